import { once } from "node:events"
import { createServer, type Server } from "node:http"
import {
  pathParameters,
  type RequestOf,
  type ResponseOf,
  type RouteName,
  routeNames,
  routes,
} from "../../contract/routes.ts"

/** Changes the JSON that a route answers; what isn't named passes as it is. `sent`: the body of the request, where there was one. */
export type Mutations = {
  [N in RouteName]?: (answer: ResponseOf<N>, sent: RequestOf<N>) => ResponseOf<N> | Promise<ResponseOf<N>>
}

export interface Proxy {
  /** Stands before `target`. */
  readonly address: string
  /** What the cloud lies about until it is changed again. */
  mutations: Mutations
  /** Whether connections are cut at the moment. */
  down: boolean
  /** From now on there is no connection. */
  stop(): Promise<void>
}

const patterns = routeNames.map((name) => {
  const { path, method } = routes[name]
  const pattern = pathParameters(path).reduce(
    (text, parameter) => text.replace(`{${parameter}}`, "[^/]+"),
    path as string,
  )
  return { name, method, pattern: new RegExp(`^${pattern.replaceAll(".", "\\.")}$`) }
})

const close = async (server: Server) => {
  server.closeAllConnections()
  server.close()
  await once(server, "close")
}

/** A loopback server between the SDK and an EHR cloud or index: as a malicious operator, it may answer what it likes. */
export const startProxy = async (target: string): Promise<Proxy> => {
  const server = createServer(async (request, response) => {
    if (proxy.down) {
      request.destroy()
      return
    }
    const chunks = await request.toArray()
    const { method = "GET", url = "/", headers } = request
    const answer = await fetch(target + url, {
      method,
      headers: {
        ...(headers.authorization === undefined ? {} : { authorization: headers.authorization }),
        ...(headers["content-type"] === undefined ? {} : { "content-type": headers["content-type"] }),
      },
      ...(method === "GET" ? {} : { body: Buffer.concat(chunks) }),
    })
    const path = new URL(url, target).pathname
    const route = patterns.find((each) => each.method === method && each.pattern.test(path))
    const mutate = route && (proxy.mutations[route.name] as ((answer: unknown, sent: unknown) => unknown) | undefined)
    const text = await answer.text()
    const sent: unknown = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString())
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/plain" })
    response.end(answer.ok && mutate !== undefined ? JSON.stringify(await mutate(JSON.parse(text), sent)) : text)
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  const address = server.address()
  const port = typeof address === "object" && address !== null ? address.port : 0
  const proxy: Proxy = { address: `http://127.0.0.1:${port}`, mutations: {}, down: false, stop: () => close(server) }
  return proxy
}
