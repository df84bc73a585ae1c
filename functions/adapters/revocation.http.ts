import type { RevocationPort } from "../domain/certification.ts"

const timeoutMilliseconds = 3000
const maxAnswerBytes = 64 * 1024

const readCapped = async (response: Response): Promise<Uint8Array<ArrayBuffer>> => {
  if (response.body === null) throw new Error("there is no answer")
  const chunks: Uint8Array[] = []
  let length = 0
  // Leaving the loop by an error cancels the body.
  for await (const chunk of response.body) {
    length += chunk.length
    if (length > maxAnswerBytes) throw new Error(`the answer is longer than ${maxAnswerBytes} bytes`)
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

const post = async (url: string, request: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> => {
  const { protocol } = new URL(url)
  if (protocol !== "http:" && protocol !== "https:") throw new Error(`${protocol} is not spoken here`)
  const response = await fetch(url, {
    method: "POST",
    // A connection kept from the request before may have died while the function was frozen, and would cost an emergency its access.
    headers: { "content-type": "application/ocsp-request", accept: "application/ocsp-response", connection: "close" },
    body: request,
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMilliseconds),
  })
  const [type] = (response.headers.get("content-type") ?? "").split(";")
  if (response.status !== 200 || type?.trim().toLowerCase() !== "application/ocsp-response") {
    await response.body?.cancel()
    throw new Error(`status ${response.status}, content type ${type}`)
  }
  return readCapped(response)
}

/**
 * OCSP over HTTP (RFC 6960, appendix A.1): one POST, 3 s for all of it, no redirects, 64 KiB at most. The answer is signed, and so
 * may come over plain HTTP. Throws, with its cause, where no answer of that kind came.
 */
export const httpRevocation: RevocationPort = {
  ask: async (url, request) => {
    try {
      return await post(url, request)
    } catch (cause) {
      throw new Error("the revocation responder gave no usable answer", { cause })
    }
  },
}
