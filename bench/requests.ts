import { type RouteName, routeNames, routes } from "../contract/routes.ts"

/** A request of the SDK as the client saw it. Milliseconds; `to`: when the answer's head was there. */
export interface Seen {
  readonly route: RouteName | "object"
  readonly method: string
  readonly from: number
  readonly to: number
  /** What the function said of itself, by name. */
  readonly timing: Readonly<Record<string, number>>
}

const patterns = routeNames
  .map((name) => {
    const { method, path, api } = routes[name]
    const pattern = path.replaceAll(".", "\\.").replaceAll(/\{\w+\}/g, "([^/]+)")
    return { name, method, path: new RegExp(`^/${api}${pattern}$`), length: path.length }
  })
  .sort((a, b) => b.length - a.length)

const routeOf = (method: string, { pathname }: URL): RouteName | "object" =>
  patterns.find((pattern) => pattern.method === method && pattern.path.test(pathname))?.name ?? "object"

const timingIn = (header: string | null): Record<string, number> =>
  Object.fromEntries(
    [...(header ?? "").matchAll(/(\w+);dur=([\d.]+)/g)].map(([, name = "", value]) => [name, Number(value)]),
  )

/** Notes every `fetch` of this process until it is stopped, and changes none. Of a benchmark's own process: the SDK knows nothing of it. */
export const watchRequests = (): { take(): Seen[]; stop(): void } => {
  let seen: Seen[] = []
  const real = globalThis.fetch
  globalThis.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const method = init?.method ?? (input instanceof Request ? input.method : "GET")
    const from = performance.now()
    const response = await real(input, init)
    const timing = timingIn(response.headers.get("server-timing"))
    seen.push({ route: routeOf(method, url), method, from, to: performance.now(), timing })
    return response
  }
  return {
    take: () => {
      const taken = seen
      seen = []
      return taken
    },
    stop: () => {
      globalThis.fetch = real
    },
  }
}
