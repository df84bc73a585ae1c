import { AsyncLocalStorage } from "node:async_hooks"
import { subscribe } from "node:diagnostics_channel"
import { ClientRequest, type IncomingMessage } from "node:http"
import { covered } from "./statistics.ts"

/** What one request made of AWS's services. Milliseconds. */
export interface AwsCalls {
  readonly calls: number
  /** Calls in flight at once count as one. */
  readonly steps: number
  readonly time: number
}

interface Span {
  readonly from: number
  to: number
}

const traces = new AsyncLocalStorage<Span[]>()
const open = new WeakMap<object, Span>()

/**
 * Node itself tells of every HTTP request it makes, which AWS's SDK makes its calls by; `fetch`, by which OCSP is asked, is none of them. So
 * nothing of the functions is changed to be measured.
 */
subscribe("http.client.request.created", (message) => {
  const spans = traces.getStore()
  if (spans === undefined) return
  const request = requestIn(message)
  const from = performance.now()
  const span = { from, to: Number.POSITIVE_INFINITY }
  spans.push(span)
  open.set(request, span)
  const end = () => {
    span.to = Math.min(span.to, performance.now())
  }
  request.once("response", (response: IncomingMessage) => response.once("end", end))
  request.once("close", end)
})

const requestIn = (message: unknown): ClientRequest => {
  if (
    typeof message === "object" &&
    message !== null &&
    "request" in message &&
    message.request instanceof ClientRequest
  )
    return message.request
  throw new Error("this Node tells of its requests in another way")
}

/** Runs it and tells what it asked of AWS meanwhile. */
export const countingCalls = async <T>(run: () => Promise<T>): Promise<AwsCalls & { readonly result: T }> => {
  const spans: Span[] = []
  const result = await traces.run(spans, run)
  const ended = performance.now()
  const { time, steps } = covered(spans.map(({ from, to }) => ({ from, to: Math.min(to, ended) })))
  return { calls: spans.length, steps, time, result }
}
