import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { createServer, type IncomingMessage } from "node:http"
import { join } from "node:path"
import { CommandError } from "../command.ts"
import { openssl } from "./openssl.ts"

export interface Responder {
  /** Where requests go, over POST or GET (RFC 6960, appendix A.1). */
  readonly url: string
  /** From then on nobody answers there. */
  stop(): Promise<void>
}

/** How long an answer may be reused, minutes (`nextUpdate`). */
const validMinutes = 5
const maxRequestBytes = 16 * 1024
/** OCSPResponse { responseStatus } */
const malformedRequest = Buffer.from("30030a0101", "hex")
const internalError = Buffer.from("30030a0102", "hex")

/** Answers OCSP requests over HTTP, on loopback. */
export async function startResponder(answer: (request: Buffer) => Promise<Uint8Array>): Promise<Responder> {
  const server = createServer((request, response) => {
    readRequest(request)
      .then(answer)
      .then((body) => response.writeHead(200, { "content-type": "application/ocsp-response" }).end(body))
      .catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(0, "127.0.0.1", resolve)
  })
  server.unref()
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("The responder has no port.")
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function readRequest(request: IncomingMessage): Promise<Buffer> {
  if (request.method === "GET") return Buffer.from(decodeURIComponent((request.url ?? "").slice(1)), "base64")
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request.iterator()) {
    const part = Buffer.from(chunk)
    bytes += part.length
    if (bytes > maxRequestBytes) return Buffer.alloc(0)
    chunks.push(part)
  }
  return Buffer.concat(chunks)
}

/**
 * The answer of the authority in `directory`, from its index as it is at that moment. `openssl ocsp` has a server of its own, but that one
 * listens on every interface.
 */
export async function opensslAnswer(directory: string, request: Buffer): Promise<Buffer> {
  const exchange = await mkdtemp(join(directory, "ocsp-"))
  try {
    await writeFile(join(exchange, "request.der"), request)
    await openssl(
      [
        "ocsp",
        "-index",
        "issuing/ocsp-index.txt",
        "-CA",
        "issuing/certificate.pem",
        "-rsigner",
        "responder/certificate.pem",
        "-rkey",
        "responder/key.pem",
        "-rmd",
        "sha256",
        "-nmin",
        String(validMinutes),
        "-reqin",
        join(exchange, "request.der"),
        "-respout",
        join(exchange, "response.der"),
      ],
      directory,
    )
    return await readFile(join(exchange, "response.der"))
  } catch (error) {
    const isTheirFault = error instanceof CommandError && error.message.includes("Error reading OCSP request")
    return isTheirFault ? malformedRequest : internalError
  } finally {
    await rm(exchange, { recursive: true, force: true })
  }
}
