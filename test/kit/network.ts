import { pathParameters, type ResponseOf, type RouteName, routeNames, routes } from "../../contract/routes.ts"
import type { Bytes } from "../../protocol/crypto/bytes.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"

/** What the SDK asked over HTTP; `object` is a GET or PUT of sealed bytes at a signed address. */
export interface Asked {
  readonly route: RouteName | "object"
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: Bytes
}

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Bytes
}

/** Everything between the SDK and whoever answers. */
export type Network = (asked: Asked) => Promise<Reply>

export const jsonReply = (value: unknown, status = 200): Reply => ({
  status,
  headers: { "content-type": status < 400 ? "application/json" : "application/problem+json" },
  body: utf8(JSON.stringify(value)),
})

export const jsonOf = ({ body }: Pick<Reply, "body">): unknown => JSON.parse(new TextDecoder().decode(body))

const patterns = routeNames.map((name) => {
  const path = routes[name].path.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "([^/]+)")
  return { name, method: routes[name].method, path: new RegExp(`${path}$`) }
})

/** The route that a request is for. The longest path that fits: addresses have paths of their own on a local cloud. */
export const routeOf = (method: string, url: URL): RouteName | "object" => {
  const fitting = patterns
    .filter((pattern) => pattern.method === method && pattern.path.test(url.pathname))
    .sort((a, b) => routes[b.name].path.length - routes[a.name].path.length)
  return fitting[0]?.name ?? "object"
}

/** The request as the one object the contract describes. */
export const requestIn = (name: RouteName, { url, body }: Pick<Asked, "url" | "body">): object => {
  const { method, path } = routes[name]
  const values = new RegExp(`${path.replace(/[.]/g, "\\.").replace(/\{\w+\}/g, "([^/]+)")}$`).exec(url.pathname) ?? []
  const inPath = pathParameters(path).map((parameter, i) => [parameter, decodeURIComponent(values[i + 1] ?? "")])
  const sent = method === "GET" ? Object.fromEntries(url.searchParams) : body.length === 0 ? {} : jsonOf({ body })
  return { ...(sent as object), ...Object.fromEntries(inPath) }
}

const askedOf = async (input: Parameters<typeof fetch>[0], init: RequestInit | undefined): Promise<Asked> => {
  const request = new Request(input, init)
  const url = new URL(request.url)
  return {
    route: routeOf(request.method, url),
    method: request.method,
    url,
    headers: Object.fromEntries(request.headers),
    body: new Uint8Array(await request.arrayBuffer()),
  }
}

const real = globalThis.fetch

/** The true network. */
export const internet: Network = async ({ method, url, headers, body }) => {
  const response = await real(url, { method, headers, ...(body.length === 0 ? {} : { body }), redirect: "manual" })
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: new Uint8Array(await response.arrayBuffer()),
  }
}

/** Runs with every `fetch` of this process answered by `network`. One at a time: there is one `fetch`. */
export const over = async <T>(network: Network, run: () => Promise<T>): Promise<T> => {
  const before = globalThis.fetch
  globalThis.fetch = async (input, init) => {
    const { status, headers, body } = await network(await askedOf(input, init))
    return new Response([204, 304].includes(status) ? null : body, { status, headers })
  }
  try {
    return await run()
  } finally {
    globalThis.fetch = before
  }
}

/** What was answered, in order. */
export type Tape = readonly { readonly asked: Asked; readonly reply: Reply }[]

export const recording = (network: Network) => {
  const tape: { asked: Asked; reply: Reply }[] = []
  const recorder: Network = async (asked) => {
    const reply = await network(asked)
    tape.push({ asked, reply })
    return reply
  }
  return { recorder, tape }
}

/** Which checkpoint and which manifest a device has seen go into the question; they grow within one run. */
const growing: readonly Asked["route"][] = ["patient/get-checkpoint", "patient/get-manifest", "hcp/list-records"]

const questionOf = ({ route, method, url }: Asked): string => {
  const { href, pathname, searchParams } = url
  const page = ["category", "page"].map((name) => searchParams.get(name)).join(" ")
  return growing.includes(route) ? `${method} ${pathname} ${page}` : `${method} ${href}`
}

type Lies = { [N in RouteName]?: (reply: ResponseOf<N>, asked: Asked) => unknown }

/** The network, with the replies of some routes changed on the way. Refusals pass as they are. */
export const lying =
  (network: Network, lies: Lies): Network =>
  async (asked) => {
    const reply = await network(asked)
    const lie =
      asked.route === "object" ? undefined : (lies[asked.route] as ((...args: unknown[]) => unknown) | undefined)
    return lie === undefined || reply.status !== 200 ? reply : jsonReply(lie(jsonOf(reply), asked))
  }

/** The way back to what is known already: none. */
const withoutLinks = (reply: Reply): Reply => {
  const body = jsonOf(reply) as { links?: unknown; newest?: { links?: unknown } } | null
  if (body?.links !== undefined) return jsonReply({ ...body, links: [] }, reply.status)
  if (body?.newest?.links !== undefined) return jsonReply({ newest: { ...body.newest, links: [] } }, reply.status)
  return reply
}

/**
 * Answers from a tape: the n-th time a thing is asked with its n-th answer, and with the last one from then on. What is not on
 * the tape is not found.
 */
export const replaying = (
  tape: Tape,
  tampered: (index: number, reply: Reply) => Reply = (_, reply) => reply,
): Network => {
  const counts = new Map<string, number>()
  return async (asked) => {
    const question = questionOf(asked)
    const nth = counts.get(question) ?? 0
    counts.set(question, nth + 1)
    const places = tape.flatMap((entry, i) => (questionOf(entry.asked) === question ? [i] : []))
    const index = places[Math.min(nth, places.length - 1)]
    const entry = index === undefined ? undefined : tape[index]
    // Read on from where it was read before: nothing has come since.
    if (entry === undefined && asked.route === "patient/read-audit-trail") return jsonReply({ events: [] })
    if (index === undefined || entry === undefined)
      return jsonReply({ type: "about:blank", title: "", status: 404, code: "not-found", requestId: "-" }, 404)
    const reply = tampered(index, entry.reply)
    return entry.asked.url.href === asked.url.href ? reply : withoutLinks(reply)
  }
}
