import { type RouteName, routeNames, routes } from "../../contract/routes.ts"

/** What of the object store is asked by signed URL. */
export type Signed = "PUT object" | "PUT part" | "GET object"

export interface Seen {
  readonly routes: ReadonlySet<RouteName>
  readonly signed: ReadonlySet<Signed>
}

const matcher = (name: RouteName) => {
  const { method, path } = routes[name]
  const pattern = new RegExp(`^${path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "[^/]+")}$`)
  return (asked: string, place: string) => asked === method && pattern.test(place)
}
const matchers = routeNames.map((name) => ({ name, isIt: matcher(name), api: routes[name].api }))

const signedAs = (method: string, url: URL): Signed | undefined => {
  if (!url.searchParams.has("X-Amz-Signature")) return undefined
  if (method === "GET") return "GET object"
  return url.searchParams.has("uploadId") ? "PUT part" : "PUT object"
}

/** Runs something and notes which routes of the two APIs, and which signed URLs, answered it with success. */
export const watching = async (
  addresses: { readonly "ehr-cloud": string; readonly "health-record-index": string },
  seen: { readonly routes: Set<RouteName>; readonly signed: Set<Signed> },
  run: () => Promise<void>,
): Promise<void> => {
  const { fetch: ask } = globalThis
  const bases = Object.entries(addresses).map(([api, address]) => ({ api, base: address.replace(/\/+$/, "") }))
  const note = (method: string, url: URL) => {
    const signed = signedAs(method, url)
    if (signed !== undefined) seen.signed.add(signed)
    for (const { api, base } of bases) {
      if (!url.href.startsWith(`${base}/`)) continue
      const place = decodeURI(url.origin + url.pathname).slice(base.length)
      for (const each of matchers) if (each.api === api && each.isIt(method, place)) seen.routes.add(each.name)
    }
  }
  globalThis.fetch = async (input, init) => {
    const answer = await ask(input, init)
    if (answer.ok) note(init?.method ?? "GET", new URL(input instanceof Request ? input.url : input))
    return answer
  }
  try {
    await run()
  } finally {
    globalThis.fetch = ask
  }
}
