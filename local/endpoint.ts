import { createServer } from "node:net"

/**
 * The address of a local cloud. Throws unless it is http or https on this very machine (127.0.0.0/8, ::1 or
 * `localhost`): what the local cloud's tools do to an endpoint must never happen to AWS or to a colleague's machine.
 */
export function loopbackEndpoint(url: string): URL {
  const parsed = URL.parse(url)
  if (parsed === null) throw new Error(`"${url}" is no address; a local cloud's looks like http://127.0.0.1:4566.`)
  if (parsed.protocol !== "http:" && parsed.protocol !== "https:") {
    throw new Error(`A local cloud is reached over http or https, not over "${parsed.protocol}".`)
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw new Error(`The local cloud's address must not have a user name or password: it was meant for ${parsed.host}.`)
  }
  if (!isLoopback(parsed.hostname)) {
    throw new Error(
      `Refused: ${parsed.hostname} is not this machine. A local cloud runs on 127.0.0.1, [::1] or localhost; ` +
        "unset AWS_ENDPOINT_URL to have one started here.",
    )
  }
  return parsed
}

/** `hostname` as `URL` gives it: every notation of an IPv4 address (decimal, hexadecimal, short) has become dotted. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
}

/** A port of 127.0.0.1 that nobody listens on; somebody else may take it before the caller does. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => {
        if (address === null || typeof address === "string") reject(new Error("No port of 127.0.0.1 is free."))
        else resolve(address.port)
      })
    })
  })
}
