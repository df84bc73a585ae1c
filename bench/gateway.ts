/**
 * In place of API Gateway and Lambda: every function of both stacks in this process, as it is deployed, behind one HTTP server on
 * loopback. What a bearer token says is taken for true: here nobody attacks, and API Gateway's own work is not what is measured. Each
 * answer tells in `server-timing` how long the function took and what it asked of others (`Calls`).
 */
import { existsSync } from "node:fs"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { decodeJwt } from "jose"
import * as z from "zod/mini"
import { type RouteName, routeNames, routes } from "../contract/routes.ts"
import { gatewayEvent } from "../test/kit/gateway-event.ts"
import { routeOf } from "../test/kit/network.ts"
import { countingCalls } from "./aws-calls.ts"
import { answerParent } from "./child.ts"

const answerSchema = z.object({ statusCode: z.number(), headers: z.record(z.string(), z.string()), body: z.string() })
type Handler = (event: object, context: object) => Promise<unknown>
const moduleSchema = z.object({ handler: z.custom<Handler>((value) => typeof value === "function") })

const handlers = new Map<RouteName | "object", Handler>()

const serve = async (name: RouteName): Promise<void> => {
  const file = new URL(`../functions/${name}.ts`, import.meta.url)
  if (!existsSync(file)) return
  const { handler } = z.parse(moduleSchema, await import(file.href))
  handlers.set(name, handler)
}

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString("utf8")
}

const claimsOf = ({ headers: { authorization } }: IncomingMessage) =>
  authorization?.startsWith("Bearer ") === true ? decodeJwt(authorization.slice(7)) : undefined

/**
 * As many of a function run at once as this one process bears; the others wait for their turn before they begin, so that what a function
 * awaits is its own and not its neighbours' work. On Lambda each has a process of its own.
 */
const mostAtOnce = 8
const turns = new Map<RouteName, { running: number; waiting: (() => void)[] }>()
const inTurn = async <T>(name: RouteName, run: () => Promise<T>): Promise<T> => {
  const turn = turns.get(name) ?? { running: 0, waiting: [] }
  turns.set(name, turn)
  if (turn.running >= mostAtOnce) await new Promise<void>((begin) => turn.waiting.push(begin))
  else turn.running += 1
  try {
    return await run()
  } finally {
    const next = turn.waiting.shift()
    if (next === undefined) turn.running -= 1
    else next()
  }
}

let requests = 0

const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  const url = new URL(request.url ?? "/", "http://127.0.0.1")
  const name = routeOf(request.method ?? "", url)
  const handler = handlers.get(name)
  if (name === "object" || handler === undefined || !url.pathname.startsWith(`/${routes[name].api}/`)) {
    response.writeHead(404).end()
    return
  }
  const asked = { url, body: await bodyOf(request) }
  const event = gatewayEvent(name, asked, claimsOf(request), String(++requests))
  const { from, result, ...made } = await inTurn(name, async () => {
    const from = performance.now()
    return { from, ...(await countingCalls(() => handler(event, {}))) }
  })
  const told = { function: performance.now() - from, aws: made.time, authority: made.authorityTime, ...made }
  const { statusCode, headers, body } = z.parse(answerSchema, result)
  const timing = Object.entries(told).map(([name, value]) => `${name};dur=${value.toFixed(3)}`)
  response.writeHead(statusCode, { ...headers, "server-timing": timing.join(", ") }).end(body)
}

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    console.error(error)
    response.writeHead(500).end()
  })
})
// A user of the benchmark waits for others' transfers between two requests.
server.keepAliveTimeout = 120_000

const listen = async (): Promise<string> => {
  await Promise.all(routeNames.map(serve))
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the gateway has no port")
  return `http://127.0.0.1:${address.port}`
}

answerParent(listen)
