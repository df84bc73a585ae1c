import { createHash } from "node:crypto"
import { createServer } from "node:http"
import { buffer } from "node:stream/consumers"
import { Problem } from "../../../contract/errors.ts"
import type { Upload } from "../../../contract/routes.ts"
import { type Bytes, concat, fromBase64url, toStandardBase64 } from "../../../protocol/crypto/bytes.ts"
import { partCount, partLength } from "../../../protocol/parts.ts"
import { Unreachable } from "../../../sdk/api.ts"
import type { Destination } from "../../../sdk/transfer/upload.ts"
import { rangeOf } from "../../kit/byte-range.ts"

export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Bytes
}
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Bytes | string
}

export const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64url")

/** One record's place in an object store and the cloud before it: what an honest one does, over HTTP or in this process. */
export class PartStore {
  /** Every part that came and was taken, in order. */
  readonly puts: { number: number; sha256: string }[] = []
  /** What was asked for of the object, in order. */
  readonly gets: { from: number; length: number }[] = []
  /** How many parts each request for addresses named. */
  readonly batches: number[] = []
  /** Requests that were begun in this process, answered or not. */
  begun = 0
  object: Bytes | undefined
  base = "http://127.0.0.1:9"
  #begun: { size: number; startedAt: string } | undefined
  readonly #parts = new Map<number, Bytes>()
  readonly #addressed = new Map<string, { length: number; sha256: string }>()
  #count = 0

  /** Whether anything is there, of an upload or of an object. */
  get empty(): boolean {
    return this.#begun === undefined && this.#parts.size === 0 && this.object === undefined
  }

  answer({ method, path, headers, body }: Asked): Answer {
    const json = (value: object): Answer => ({ status: 200, body: JSON.stringify(value) })
    const [, verb = "", id = ""] = path.split("/")
    const asked = () => JSON.parse(new TextDecoder().decode(body))
    if (verb === "begin") {
      if (this.#begun === undefined) this.#begun = { size: asked().size, startedAt: new Date().toISOString() }
      if (this.#begun.size !== asked().size) return { status: 409 }
      return json({ startedAt: this.#begun.startedAt })
    }
    if (verb === "urls") {
      const { size, parts } = asked()
      if (partCount(size) > 1 && this.#begun === undefined) return { status: 409 }
      this.batches.push(parts.length)
      return json({
        uploads: parts.map(({ number, sha256 }: { number: number; sha256: string }): Upload => {
          const name = `${number}-${++this.#count}`
          this.#addressed.set(name, { length: partLength(size, number), sha256 })
          const checksum = toStandardBase64(fromBase64url(sha256))
          return { url: `${this.base}/part/${name}`, headers: { "x-amz-checksum-sha256": checksum } }
        }),
      })
    }
    if (verb === "abort") {
      this.#parts.clear()
      this.#begun = undefined
      return json({})
    }
    if (verb === "part" && method === "PUT") {
      const signed = this.#addressed.get(id)
      const sha256 = hashOf(body)
      if (signed === undefined) return { status: 403 }
      if (signed.length !== body.length || signed.sha256 !== sha256) return { status: 400 }
      const number = Number(id.split("-")[0])
      this.puts.push({ number, sha256 })
      this.#parts.set(number, body)
      return { status: 200 }
    }
    if (verb === "object" && method === "GET") {
      if (this.object === undefined) return { status: 404 }
      const answer = rangeOf(this.object, headers)
      const [from] = /\d+/.exec(headers["range"] ?? "0") ?? []
      this.gets.push({ from: Number(from), length: answer.body.length })
      return answer
    }
    return { status: 404 }
  }

  /** What a commit makes of the parts. */
  complete(): Bytes {
    const parts = [...this.#parts].toSorted(([a], [b]) => a - b).map(([, bytes]) => bytes)
    this.object = concat(...parts)
    this.#begun = undefined
    this.#parts.clear()
    return this.object
  }
}

/** What stands between the SDK and the store: it may fail, wait, or answer otherwise. */
export type Between = (asked: Asked, answer: () => Answer, signal: AbortSignal | undefined) => Answer | Promise<Answer>

/** Runs with every `fetch` of this process answered by `store`. */
export const overStore = async <T>(
  store: PartStore,
  run: () => Promise<T>,
  between: Between = (_, answer) => answer(),
): Promise<T> => {
  const before = globalThis.fetch
  globalThis.fetch = async (input, init) => {
    init?.signal?.throwIfAborted()
    store.begun += 1
    const asked: Asked = {
      method: init?.method ?? "GET",
      path: new URL(input instanceof Request ? input.url : input).pathname,
      headers: Object.fromEntries(new Headers(init?.headers)),
      body: new Uint8Array(await new Response(init?.body).arrayBuffer()),
    }
    // What is stopped while its body is on the way doesn't come whole.
    init?.signal?.throwIfAborted()
    const answer = await between(asked, () => store.answer(asked), init?.signal ?? undefined)
    return new Response(answer.body ?? null, {
      status: answer.status,
      ...(answer.headers && { headers: answer.headers }),
    })
  }
  try {
    return await run()
  } finally {
    globalThis.fetch = before
  }
}

/** The store behind a port of this machine. What is `withheld` gets no answer, ever. */
export const served = async (store: PartStore, withheld: (asked: Asked) => boolean = () => false) => {
  const server = createServer(async (request, response) => {
    const headers = Object.fromEntries(
      Object.entries(request.headers).flatMap(([name, value]) => (typeof value === "string" ? [[name, value]] : [])),
    )
    try {
      const body = new Uint8Array(await buffer(request))
      const asked: Asked = { method: request.method ?? "", path: request.url ?? "", headers, body }
      if (withheld(asked)) return
      const answer = store.answer(asked)
      response.writeHead(answer.status, answer.headers).end(answer.body)
    } catch {
      // Whoever sent it was killed half-way.
      response.destroy()
    }
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("it listens nowhere")
  store.base = `http://127.0.0.1:${address.port}`
  return {
    base: store.base,
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

/** Asks for addresses as a session would. */
export const destinationAt = (base: string, size: number): Destination => {
  const call = async (verb: string, value: object) => {
    const response = await fetch(`${base}/${verb}`, { method: "POST", body: JSON.stringify(value) }).catch(
      (cause: unknown) => {
        throw new Unreachable("unreachable", { cause })
      },
    )
    if (!response.ok) throw new Problem(response.status >= 500 ? "busy" : "record-not-uploaded")
    return response.json()
  }
  return {
    signer: { address: base },
    whole: async ({ sha256 }) => (await call("urls", { size, parts: [{ number: 1, sha256 }] })).uploads[0],
    begin: () => call("begin", { size }),
    parts: async (parts) => (await call("urls", { size, parts })).uploads,
  }
}
