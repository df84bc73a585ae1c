import * as z from "zod/mini"
import { Problem, problemDetails } from "../contract/errors.ts"
import type { Upload } from "../contract/routes.ts"
import { pathParameters, type RequestOf, type ResponseOf, type RouteName, routes } from "../contract/routes.ts"
import { deviceAddress, isLocal, serviceAddress } from "../protocol/address.ts"
import { CodedError } from "../protocol/coded-error.ts"
import { type Bytes, concat, free } from "../protocol/crypto/bytes.ts"
import { parseJson } from "../protocol/crypto/strict-json.ts"
import { IntegrityFailure, orFail } from "../protocol/integrity.ts"

/** The network gave no answer; the same call may be made again. */
export class Unreachable extends CodedError<"unreachable"> {
  override readonly name = "Unreachable"
}

/** One EHR cloud or HRI, and the only place of the SDK that speaks HTTP. URLs and bodies never go into an error. */
export interface Api {
  readonly address: string
  /** `outlives`: what is asked is sent though its page is being closed. */
  call<N extends RouteName>(
    name: N,
    request: RequestOf<N>,
    accessToken?: string,
    options?: { readonly outlives?: boolean },
  ): Promise<ResponseOf<N>>
}

/** The largest answer of an API that is read, bytes: no function can give a larger one. */
const maxReplyBytes = 6 * 1024 * 1024
/** How long the whole of an answer may take, milliseconds. */
const patience = 30_000
/** Sealed bytes may take longer, but must come faster than this, bytes a millisecond. */
const slowestBytes = 16

const unreachable = (cause: unknown) => new Unreachable("unreachable", { cause })

/** `stop`: the caller's own signal; its reason is thrown as it is. */
const attempt = async (url: URL, init: RequestInit, bytes = 0, stop?: AbortSignal): Promise<Response> => {
  const inTime = AbortSignal.timeout(patience + Math.ceil(bytes / slowestBytes))
  try {
    return await fetch(url, {
      ...init,
      signal: stop === undefined ? inTime : AbortSignal.any([stop, inTime]),
      redirect: "error",
      referrerPolicy: "no-referrer",
      cache: "no-store",
      credentials: "omit",
    })
  } catch (cause) {
    stop?.throwIfAborted()
    throw unreachable(cause)
  }
}

/** Hands on the body as it comes, until `take` says that it is enough. */
const eachChunk = async (
  { body }: Response,
  take: (chunk: Uint8Array) => boolean,
  stop?: AbortSignal,
): Promise<void> => {
  const reader = body?.getReader()
  if (reader === undefined) return
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      if (!take(value)) break
    }
  } catch (cause) {
    stop?.throwIfAborted()
    throw unreachable(cause)
  }
  await reader.cancel().catch(() => undefined)
}

/** The body, as long as it is no longer than `most`; `undefined` where it is. Whatever length was announced doesn't count. */
const bodyOf = async (response: Response, most: number): Promise<Bytes | undefined> => {
  const chunks: Uint8Array[] = []
  let length = 0
  await eachChunk(response, (chunk) => {
    length += chunk.length
    chunks.push(chunk)
    return length <= most
  })
  return length > most ? undefined : concat(...chunks)
}

const jsonOf = async (response: Response): Promise<unknown> => {
  const body = await bodyOf(response, maxReplyBytes)
  if (body === undefined) throw new IntegrityFailure("reply-invalid")
  return orFail("reply-invalid", () => parseJson(body))
}

const refusalIn = async (response: Response): Promise<Problem> => {
  const body = await jsonOf(response).catch(() => undefined)
  const problem = z.safeParse(problemDetails, body)
  if (problem.success) return new Problem(problem.data.code, { field: problem.data.field })
  // API Gateway answers by itself, before any function of ours runs.
  if (response.status === 401) return new Problem("unauthenticated")
  if (response.status === 404) return new Problem("not-found")
  if (response.status === 413) return new Problem("request-too-large")
  return new Problem(response.status === 429 || response.status === 503 ? "busy" : "internal")
}

/**
 * Returns the API at an address, without a trailing slash needed. Throws `address-refused` for one that a device isn't sent to (docs/protocol.md,
 * "Addresses"). `local`: whoever names it may name this very machine.
 */
export const apiAt = (address: string, { local = false }: { readonly local?: boolean } = {}): Api => {
  const service = serviceAddress(address, { local })
  if (service === undefined) throw new IntegrityFailure("address-refused")
  const base = service.href.replace(/\/+$/, "")
  return {
    address: base,
    call: async (name, request, accessToken, { outlives = false } = {}) => {
      const { method, path, response: schema } = routes[name]
      const fields = new Map<string, unknown>(Object.entries(request))
      let filled: string = path
      for (const parameter of pathParameters(path)) {
        filled = filled.replace(`{${parameter}}`, encodeURIComponent(String(fields.get(parameter))))
        fields.delete(parameter)
      }
      const url = new URL(base + filled)
      const rest = [...fields].filter(([, value]) => value !== undefined)
      if (method === "GET") for (const [field, value] of rest) url.searchParams.set(field, String(value))
      const response = await attempt(url, {
        method,
        headers: {
          ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
          ...(method === "GET" ? {} : { "content-type": "application/json" }),
        },
        keepalive: outlives,
        ...(method === "GET" ? {} : { body: JSON.stringify(Object.fromEntries(rest)) }),
      })
      if (!response.ok) throw await refusalIn(response)
      const reply = await jsonOf(response)
      const parsed = await orFail("reply-invalid", () => {
        // A refusal that came as a success would be read as one where the contract asks for no field.
        if (z.safeParse(problemDetails, reply).success) throw new Error("a refusal")
        return z.parse(schema, reply)
      })
      // oxlint-disable-next-line typescript/consistent-type-assertions -- the schema parsed is that of N; TypeScript can't follow the index
      return parsed as ResponseOf<typeof name>
    },
  }
}

/**
 * What an address outside any cloud answers, which was found to be public before: got, or asked with `json`. `text`: absent where it is longer than `most`
 * bytes. Throws `Unreachable`, also for a redirection.
 */
export const fetchText = async (
  url: URL,
  { json, most, signal }: { readonly json?: string; readonly most: number; readonly signal?: AbortSignal },
): Promise<{ readonly status: number; readonly text: string | undefined }> => {
  const post = { method: "POST", headers: { "content-type": "application/json" } }
  const response = await attempt(url, json === undefined ? { method: "GET" } : { ...post, body: json }, most, signal)
  const body = await bodyOf(response, most)
  return { status: response.status, text: body === undefined ? undefined : new TextDecoder().decode(body) }
}

/** The cloud that signed an address. */
export type Signer = Pick<Api, "address">

/** Where a cloud may have sealed bytes got or put: it could otherwise have a device call on its owner's own network. */
const objectAddress = ({ address }: Signer, url: string): URL => {
  const signed = deviceAddress(url, { local: isLocal(address) })
  if (signed === undefined) throw new IntegrityFailure("reply-invalid")
  return signed
}

/** What an object store may ask a client to send along. */
const uploadHeader = /^(content-type|content-length|if-none-match|x-amz-[a-z0-9-]+)$/i

/** The object store takes the address no more: it has ended, or never was one. */
export class Expired extends Problem {}

/** What comes out otherwise when it is tried again: too long, met by another at this moment, too much. */
const passing = new Set([408, 409, 429])

const refused = (status: number, code: "record-not-uploaded" | "not-found"): Problem => {
  if (status === 403) return new Expired(code)
  return new Problem(status >= 500 || passing.has(status) ? "busy" : code)
}

/**
 * The status of an object store's answer, where 400 stands for what has a status of its own: a body that stalled is a timeout, and an address that was
 * signed in a session that has ended is refused as one that has ended itself. Source: Amazon S3 API Reference, "Error responses":
 * `RequestTimeout`, `ExpiredToken`.
 */
const statusOf = async (response: Response): Promise<number> => {
  const said = response.status === 400 ? await bodyOf(response, 4096) : undefined
  if (said === undefined) return response.status
  const [, code] = /<Code>(\w+)<\/Code>/.exec(new TextDecoder().decode(said)) ?? []
  if (code === "RequestTimeout") return 408
  return code === "ExpiredToken" ? 403 : response.status
}

/** Whether a request may say how long its body is: in Node, not in a browser, which works it out. */
const saysLength = new Request("https://length.invalid", { headers: { "content-length": "0" } }).headers.has(
  "content-length",
)
/** Bytes that are handed to the socket at once. */
const chunkBytes = 1024 * 1024

/** A body of bytes. Node copies bytes that are given whole, twice; in pieces it doesn't. */
const bodyWith = (bytes: Bytes, headers: Record<string, string>): RequestInit => {
  if (!saysLength || bytes.length <= chunkBytes) return { body: bytes, headers }
  let position = 0
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      controller.enqueue(bytes.subarray(position, position + chunkBytes))
      position += chunkBytes
      if (position >= bytes.length) controller.close()
    },
  })
  const init = { body, duplex: "half", headers: { ...headers, "content-length": String(bytes.length) } }
  return init
}

/** PUTs sealed bytes to where the cloud said. `taken`: something is there already, and stays. */
export const putObject = async (
  signer: Signer,
  { url, headers }: Upload,
  sealed: Bytes,
  stop?: AbortSignal,
): Promise<"put" | "taken"> => {
  const address = objectAddress(signer, url)
  if (Object.keys(headers).some((name) => !uploadHeader.test(name))) throw new IntegrityFailure("reply-invalid")
  const response = await attempt(address, { method: "PUT", ...bodyWith(sealed, headers) }, sealed.length, stop)
  const status = await statusOf(response)
  if (!response.bodyUsed) await response.body?.cancel()
  if (status === 412) return "taken"
  if (!response.ok) throw refused(status, "record-not-uploaded")
  return "put"
}

/**
 * GETs `length` bytes of an object that has `size`, from `start` on, into the beginning of `into`. Stops reading, and fails, where the answer is of
 * other bytes, or of more or fewer.
 */
export const getObject = async (
  signer: Signer,
  url: string,
  { start, length, size }: { start: number; length: number; size: number },
  into: Bytes,
  stop?: AbortSignal,
): Promise<Bytes> => {
  const whole = length === size
  const range = `bytes=${start}-${start + length - 1}`
  const init = { method: "GET", ...(whole ? {} : { headers: { range } }) }
  const response = await attempt(objectAddress(signer, url), init, length, stop)
  const failWith = async (error: Error): Promise<never> => {
    if (!response.bodyUsed) await response.body?.cancel()
    throw error
  }
  if (!response.ok && response.status !== 416) return failWith(refused(await statusOf(response), "not-found"))
  // A browser shows the header only where the object store lets it; what the bytes are, the cipher tells.
  const said = response.headers.get("content-range")
  const asked = said === null || said === `${range.replace("=", " ")}/${size}`
  if (!whole && (response.status !== 206 || !asked)) return failWith(new IntegrityFailure("record-differs"))
  const sealed = into.subarray(0, length)
  let filled = 0
  await eachChunk(
    response,
    (chunk) => {
      if (filled + chunk.length <= length) sealed.set(chunk, filled)
      filled += chunk.length
      free(chunk)
      return filled <= length
    },
    stop,
  )
  if (filled !== length) throw new IntegrityFailure("record-differs")
  return sealed
}
