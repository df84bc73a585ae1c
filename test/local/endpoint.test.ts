import { createServer } from "node:net"
import { assert, ipV4Extended, property } from "fast-check"
import { describe, expect, it } from "vitest"
import { freePort, loopbackEndpoint } from "../../local/endpoint.ts"

describe("a local cloud's endpoint", () => {
  it.each([
    ["http://127.0.0.1:4566", "127.0.0.1:4566"],
    ["https://127.0.0.1", "127.0.0.1"],
    ["http://127.8.9.10:80/path", "127.8.9.10"],
    ["http://localhost:4566", "localhost:4566"],
    ["http://LOCALHOST:4566", "localhost:4566"],
    ["http://[::1]:4566", "[::1]:4566"],
    ["http://[0:0:0:0:0:0:0:1]:4566", "[::1]:4566"],
    ["http://2130706433:4566", "127.0.0.1:4566"],
    ["http://0x7f.1:4566", "127.0.0.1:4566"],
    ["http://127.1:4566", "127.0.0.1:4566"],
  ])("may be %s", (url, host) => {
    expect(loopbackEndpoint(url).host).toBe(host)
  })

  it.each([
    "https://s3.eu-central-1.amazonaws.com",
    "http://127.0.0.1.evil.com",
    "http://127.0.0.1@evil.com",
    "http://localhost:4566@evil.com",
    "http://localhost.evil.com",
    "http://evil.com/127.0.0.1",
    "http://evil.com#@127.0.0.1",
    "http://evil.com\\@127.0.0.1",
    "http://0.0.0.0:4566",
    "http://10.0.0.1:4566",
    "http://128.0.0.1",
    "http://3232235777",
    "http://[::]:4566",
    "http://[::ffff:10.0.0.1]",
    "http://[fe80::1]",
    "http://localhost.:4566",
    "http://127.0.0.1.:4566@evil.com",
    "ftp://127.0.0.1",
    "file:///etc/passwd",
    "javascript:127.0.0.1",
    "127.0.0.1:4566",
    "localhost:4566",
    "",
  ])("may not be %j", (url) => {
    expect(() => loopbackEndpoint(url)).toThrow(/local cloud|Refused/)
  })

  it("may not carry a user name or password, even to this machine", () => {
    expect(() => loopbackEndpoint("http://key:secret@127.0.0.1:4566")).toThrow(/user name or password/)
  })

  it("is never an address outside 127.0.0.0/8", () => {
    assert(
      property(ipV4Extended(), (address) => {
        const { hostname } = new URL(`http://${address}`)
        const accepted = (() => {
          try {
            return loopbackEndpoint(`http://${address}`) !== undefined
          } catch {
            return false
          }
        })()
        expect(accepted).toBe(hostname.startsWith("127."))
      }),
    )
  })
})

describe("a free port", () => {
  it("can be listened on", async () => {
    const port = await freePort()
    const server = createServer()
    await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve))
    await new Promise((resolve) => server.close(resolve))
    expect(port).toBeGreaterThan(0)
  })
})
