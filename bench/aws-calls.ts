import { AsyncLocalStorage } from "node:async_hooks"
import { subscribe } from "node:diagnostics_channel"
import { ClientRequest, type IncomingMessage } from "node:http"
import * as z from "zod/mini"
import { covered } from "./statistics.ts"

/** What one request made of others. Milliseconds. */
export interface Calls {
  /** Of AWS's services. */
  readonly calls: number
  /** Calls in flight at once count as one. */
  readonly steps: number
  readonly time: number
  /** What the services answered, bytes. */
  readonly bytes: number
  /** In which the certification authority was asked. */
  readonly authorityTime: number
}

interface Span {
  readonly of: "aws" | "authority"
  readonly from: number
  to: number
  bytes: number
}

const traces = new AsyncLocalStorage<Span[]>()
const open = new WeakMap<object, Span>()

/**
 * Node itself tells of every HTTP request it makes: AWS's SDK calls by `node:http`, and OCSP is asked by `fetch`. So nothing of the functions
 * is changed to be measured. Source: Node.js documentation, "Diagnostics Channel", built-in channels.
 */
const httpMessage = z.object({ request: z.instanceof(ClientRequest) })
const fetchMessage = z.object({ request: z.custom<object>((value) => typeof value === "object" && value !== null) })

const begin = (of: Span["of"]): Span | undefined => {
  const spans = traces.getStore()
  if (spans === undefined) return undefined
  const span: Span = { of, from: performance.now(), to: Number.POSITIVE_INFINITY, bytes: 0 }
  spans.push(span)
  return span
}
const end = (span: Span | undefined) => {
  if (span !== undefined) span.to = Math.min(span.to, performance.now())
}

subscribe("http.client.request.created", (message) => {
  const span = begin("aws")
  if (span === undefined) return
  const { request } = z.parse(httpMessage, message)
  request.once("response", (response: IncomingMessage) => {
    span.bytes = Number(response.headers["content-length"] ?? 0)
    response.once("end", () => end(span))
  })
  request.once("close", () => end(span))
})
subscribe("undici:request:create", (message) => {
  const span = begin("authority")
  if (span !== undefined) open.set(z.parse(fetchMessage, message).request, span)
})
for (const channel of ["undici:request:trailers", "undici:request:error"])
  subscribe(channel, (message) => end(open.get(z.parse(fetchMessage, message).request)))

/** Runs it and tells what it asked of others meanwhile. */
export const countingCalls = async <T>(run: () => Promise<T>): Promise<Calls & { readonly result: T }> => {
  const spans: Span[] = []
  const result = await traces.run(spans, run)
  const ended = performance.now()
  const within = (of: Span["of"]) =>
    spans.filter((span) => span.of === of).map(({ from, to, bytes }) => ({ from, to: Math.min(to, ended), bytes }))
  const aws = within("aws")
  const { time, steps } = covered(aws)
  return {
    calls: aws.length,
    steps,
    time,
    bytes: aws.reduce((sum, { bytes }) => sum + bytes, 0),
    authorityTime: covered(within("authority")).time,
    result,
  }
}
