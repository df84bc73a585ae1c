/**
 * The service worker of both apps: the shell opens without a network. It keeps the app's own files and what it was told, nothing
 * else: no answer of a cloud, no signed URL, no record ever enters its cache.
 */
declare const self: ServiceWorkerGlobalScope
/** Put in by the build: the paths of the app's files, and a name that changes with any of them. */
declare const shellFiles: readonly string[]
declare const shellName: string

/** What the app was told, which differs by deployment: where its clouds are, and whom it takes for a professional. */
const told = ["/config.json", "/trust-policy.json"]

const installed = async (): Promise<void> => {
  const cache = await caches.open(shellName)
  await cache.addAll([...shellFiles, ...told].map((path) => new Request(path, { cache: "reload", redirect: "error" })))
}

const activated = async (): Promise<void> => {
  for (const name of await caches.keys()) if (name !== shellName) await caches.delete(name)
  await self.clients.claim()
}

/** The newest where there is a network; the one kept where there is none, or none that answers as the app's own server. */
const configured = async (request: Request, path: string): Promise<Response> => {
  const cache = await caches.open(shellName)
  try {
    const response = await fetch(request, { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(3000) })
    if (!response.ok || response.headers.get("content-type")?.startsWith("application/json") !== true)
      throw new Error("not the configuration")
    await cache.put(path, response.clone())
    return response
  } catch (error) {
    const kept = await cache.match(path)
    if (kept === undefined) throw error
    return kept
  }
}

const shell = async (request: Request, path: string): Promise<Response> =>
  (await (await caches.open(shellName)).match(path)) ?? fetch(request)

/** Accesses whose pages are gone, by id: how each is kept from being ended. */
const ending = new Map<string, () => void>()
/** How long a page that is loaded anew may take, milliseconds. */
const patience = 15_000

const isRequest = (data: unknown): data is { id: string; url: string; body: string } =>
  typeof data === "object" &&
  data !== null &&
  ["id", "url", "body"].every((name) => typeof Reflect.get(data, name) === "string")

/** Ends an access whose page was closed; one that is only loaded anew says that it is back. */
const endUnlessBack = async ({ id, url, body }: { id: string; url: string; body: string }): Promise<void> => {
  const isBack = await new Promise<boolean>((done) => {
    ending.set(id, () => done(true))
    setTimeout(() => done(false), patience)
  })
  ending.delete(id)
  if (isBack) return
  const headers = { "content-type": "application/json" }
  await fetch(url, {
    method: "POST",
    headers,
    body,
    credentials: "omit",
    redirect: "error",
    referrerPolicy: "no-referrer",
  })
}

self.addEventListener("install", (event) => event.waitUntil(installed()))
self.addEventListener("activate", (event) => event.waitUntil(activated()))
self.addEventListener("message", (event) => {
  const { data } = event
  if (data === "take-over") void self.skipWaiting()
  else if (data.kind === "back") ending.get(data.id)?.()
  else if (data.kind === "end-unless-back" && isRequest(data)) event.waitUntil(endUnlessBack(data))
})
self.addEventListener("fetch", (event) => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== "GET" || origin !== self.location.origin) return
  if (request.mode === "navigate") event.respondWith(shell(request, "/index.html"))
  else if (told.includes(pathname)) event.respondWith(configured(request, pathname))
  else if (shellFiles.includes(pathname)) event.respondWith(shell(request, pathname))
})
