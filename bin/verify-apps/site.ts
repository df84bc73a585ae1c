/** What a site gives at a path. */
export type Answer =
  | { readonly outcome: "answered"; readonly status: number; readonly headers: Headers; readonly body: Uint8Array }
  | { readonly outcome: "redirected"; readonly to: string }
  | { readonly outcome: "failed"; readonly why: string }

export interface Site {
  readonly origin: string
  /** Whether the site is on this machine, where its clouds may be reached by http. */
  readonly local: boolean
  /** Asks once for each path. */
  ask(path: string): Promise<Answer>
}

const patience = 30_000
const maxBytes = 32 * 1024 * 1024
const atOnce = 8

export const isLoopback = ({ hostname }: URL): boolean =>
  hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname)

/**
 * Returns the origin of a site. Throws unless it is https, or http on this machine: what travels open is anybody's on the way, and proves nothing about
 * who serves it. Throws for a path, too, since an app is all of its origin.
 */
export const siteAddress = (text: string): URL => {
  const url = URL.parse(text)
  if (url === null) throw new Error(`${text}: not an address, such as https://ehr.example.org`)
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url)))
    throw new Error(`${text}: only https is verified, or http on this machine`)
  if (url.href !== `${url.origin}/`) throw new Error(`${text}: an app is all of its origin, ${url.origin}`)
  return url
}

const bodyOf = async (response: Response): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response.body ?? []) {
    length += chunk.length
    if (length > maxBytes) throw new Error(`sends more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const fetched = async (address: string): Promise<Answer> => {
  try {
    const response = await fetch(address, { redirect: "manual", signal: AbortSignal.timeout(patience) })
    const { status, headers } = response
    const to = headers.get("location")
    if (status >= 300 && status < 400 && to !== null) {
      await response.body?.cancel()
      return { outcome: "redirected", to }
    }
    return { outcome: "answered", status, headers, body: await bodyOf(response) }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return { outcome: "failed", why: cause instanceof Error ? cause.message : String(cause) }
  }
}

/** A site that is asked over the network; it follows no redirect, and reads no answer without end. */
export const siteAt = (url: URL): Site => {
  const answers = new Map<string, Promise<Answer>>()
  return {
    origin: url.origin,
    local: isLoopback(url),
    ask: (path) => {
      const answer = answers.get(path) ?? fetched(new URL(path, url).href)
      answers.set(path, answer)
      return answer
    },
  }
}

/** Asks for many paths, some at once, and returns the answers by path. */
export const askAll = async (site: Site, paths: Iterable<string>): Promise<Map<string, Answer>> => {
  const waiting = [...new Set(paths)]
  const answers = new Map<string, Answer>()
  const worker = async () => {
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) answers.set(path, await site.ask(path))
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return answers
}
