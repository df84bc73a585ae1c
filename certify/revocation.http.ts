import { RevocationFault, type RevocationPort } from "./revocation-port.ts"

const timeoutMilliseconds = 3000
const maxAnswerBytes = 64 * 1024
const maxListBytes = 1024 * 1024

const readCapped = async (response: Response, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> => {
  if (response.body === null) throw new RevocationFault("refused")
  const chunks: Uint8Array[] = []
  let length = 0
  // Leaving the loop by an error cancels the body.
  for await (const chunk of response.body) {
    length += chunk.length
    if (length > maxBytes)
      throw new RevocationFault("too-large", { cause: `the answer is longer than ${maxBytes} bytes` })
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

interface Expected {
  readonly maxBytes: number
  /** Of the answer; any, where it says nothing. */
  readonly type?: string
}

const exchange = async (
  url: string,
  init: Omit<RequestInit, "headers"> & { headers: Record<string, string> },
  { maxBytes, type }: Expected,
): Promise<Uint8Array<ArrayBuffer>> => {
  const { protocol } = new URL(url)
  if (protocol !== "http:" && protocol !== "https:")
    throw new RevocationFault("unreachable", { cause: `${protocol} is not spoken here` })
  const response = await fetch(url, {
    ...init,
    // A connection kept from the request before may have died while the function was frozen, and would cost an emergency its access.
    headers: { ...init.headers, connection: "close" },
    // Not followed: a redirect is a status like any other, and not 200.
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMilliseconds),
  })
  const [given] = (response.headers.get("content-type") ?? "").split(";")
  if (response.status !== 200 || (type !== undefined && given?.trim().toLowerCase() !== type)) {
    await response.body?.cancel()
    throw new RevocationFault("refused", { cause: `status ${response.status}, content type ${given}` })
  }
  return readCapped(response, maxBytes)
}

/** One fault for whatever went wrong. */
const orFault = async <T>(work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof RevocationFault) throw cause
    const isLate = cause instanceof Error && cause.name === "TimeoutError"
    throw new RevocationFault(isLate ? "timeout" : "unreachable", { cause })
  }
}

/**
 * OCSP (RFC 6960, appendix A.1: one POST) and CRLs (RFC 5280, 4.2.1.13) over HTTP: 3 s for all of it, no redirects, 64 KiB of an
 * answer and 1 MiB of a list at most. Both are signed, and so may come over plain HTTP.
 */
export const httpRevocation: RevocationPort = {
  ask: (url, request) =>
    orFault(() =>
      exchange(
        url,
        {
          method: "POST",
          headers: { "content-type": "application/ocsp-request", accept: "application/ocsp-response" },
          body: request,
        },
        { maxBytes: maxAnswerBytes, type: "application/ocsp-response" },
      ),
    ),
  // Servers name the type of a list as they like.
  fetchCrl: (url) =>
    orFault(() => exchange(url, { headers: { accept: "application/pkix-crl" } }, { maxBytes: maxListBytes })),
}
