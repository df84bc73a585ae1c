import { createServer, type Server, type ServerResponse } from "node:http"
import { gzipSync } from "node:zlib"
import { afterEach, expect, test, vi } from "vitest"
import { apiAt, getObject, putObject } from "../../sdk/api.ts"

/** A server that answers as a hostile or broken one might. */
let server: Server | undefined
const serving = async (answer: (response: ServerResponse, seen: { cookie: string | undefined }) => void) => {
  server = createServer((request, response) => {
    request.resume()
    answer(response, { cookie: request.headers.cookie })
  })
  await new Promise<void>((listening) => server?.listen(0, "127.0.0.1", listening))
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("it listens nowhere")
  return `http://127.0.0.1:${address.port}`
}
afterEach(() => {
  vi.restoreAllMocks()
  server?.closeAllConnections()
  server?.close()
  server = undefined
})

const wellKnown = (address: string) => apiAt(address, { local: true }).call("system/well-known", {})
const here = { address: "http://127.0.0.1" }
const getWhole = (url: string, size: number) =>
  getObject(here, url, { start: 0, length: size, size }, new Uint8Array(size))
const json = { "content-type": "application/json" }
const honest = JSON.stringify({
  cloudId: "cloud.example",
  name: "Example",
  providerKeys: { first: { kty: "EC", crv: "P-256", x: "A".repeat(43), y: "A".repeat(43) }, successors: [] },
})
const problem = JSON.stringify({ type: "about:blank", status: 403, code: "card-refused", requestId: "r" })

test("an honest answer through the same server is taken", async () => {
  const address = await serving((response) => response.writeHead(200, json).end(honest))
  expect(await wellKnown(address)).toMatchObject({ cloudId: "cloud.example" })
})

test("a redirect is not followed, neither by a call nor to sealed bytes", async () => {
  let asked = 0
  const address = await serving((response) => {
    asked++
    response.writeHead(302, { location: "/elsewhere" }).end()
  })
  await expect(wellKnown(address)).rejects.toMatchObject({ name: "Unreachable" })
  await expect(getWhole(address, 10)).rejects.toMatchObject({ name: "Unreachable" })
  await expect(putObject(here, { url: address, headers: {} }, new Uint8Array(4))).rejects.toMatchObject({
    name: "Unreachable",
  })
  expect(asked).toBe(3)
})

test.each([
  ["a refusal that comes as a success", problem],
  ["a page of HTML", "<html><body>ok</body></html>"],
  ["nothing", ""],
  ["a name twice in an object", honest.replace("{", '{"cloudId":"other.example",')],
  ["bytes that are no UTF-8", Buffer.from([0x7b, 0xff, 0x7d])],
  ["a byte order mark", `\uFEFF${honest}`],
  ["a million lists, one in the other", `${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`],
  ["a million objects, one in the other", `${'{"a":'.repeat(1_000_000)}1${"}".repeat(1_000_000)}`],
])("%s is refused as an answer that can't be understood", async (_, body) => {
  const address = await serving((response) => response.writeHead(200, json).end(body))
  await expect(wellKnown(address)).rejects.toMatchObject({ code: "reply-invalid" })
})

test("a refusal that comes as a success is refused even where no field is asked for", async () => {
  const address = await serving((response) => response.writeHead(200, json).end(problem))
  const call = apiAt(address, { local: true }).call(
    "patient/halt-grant",
    { grantId: "A".repeat(22), statement: "YQ.YQ.YQ" },
    "token",
  )
  await expect(call).rejects.toMatchObject({ code: "reply-invalid" })
})

test.each([
  ["that never ends", {}],
  ["of 10 GB by its own word", { "content-length": String(10 * 1024 ** 3) }],
])("an answer %s is read no further than any answer can be long", async (_, lengths) => {
  let sent = 0
  const chunk = Buffer.alloc(1024 * 1024, 0x20)
  const address = await serving((response) => {
    response.writeHead(200, { ...json, ...lengths })
    const more = () => {
      while (!response.destroyed && response.write(chunk)) sent += chunk.length
      sent += chunk.length
    }
    response.on("drain", more)
    response.on("error", () => {})
    more()
  })
  await expect(wellKnown(address)).rejects.toMatchObject({ code: "reply-invalid" })
  expect(sent).toBeLessThan(64 * 1024 * 1024)
})

test("10 kB that unpack to 10 MB are refused", async () => {
  const bomb = gzipSync(Buffer.alloc(10 * 1024 * 1024, 0x20))
  expect(bomb.length).toBeLessThan(16 * 1024)
  const address = await serving((response) =>
    response.writeHead(200, { ...json, "content-encoding": "gzip" }).end(bomb),
  )
  await expect(wellKnown(address)).rejects.toMatchObject({ code: "reply-invalid" })
})

test("an answer that breaks off is none", async () => {
  const address = await serving((response) => {
    response.writeHead(200, { ...json, "content-length": String(honest.length) })
    response.write(honest.slice(0, 20), () => response.destroy())
  })
  await expect(wellKnown(address)).rejects.toMatchObject({ name: "Unreachable" })
})

test("sealed bytes that go on beyond their size, or break off, are refused", async () => {
  const long = await serving((response) => response.writeHead(200).end(Buffer.alloc(1000)))
  await expect(getWhole(long, 999)).rejects.toMatchObject({ code: "record-differs" })
  await expect(getWhole(long, 1001)).rejects.toMatchObject({ code: "record-differs" })
  expect(await getWhole(long, 1000)).toHaveLength(1000)
})

test("what drips without end is waited for no longer than the SDK's patience", async () => {
  const patience: number[] = []
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
    patience.push(ms)
    return timeout(200)
  })
  const address = await serving((response) => {
    response.writeHead(200, json)
    const drip = setInterval(() => response.write(" "), 20)
    response.on("close", () => clearInterval(drip))
  })
  await expect(wellKnown(address)).rejects.toMatchObject({ name: "Unreachable" })
  await expect(getWhole(address, 1_000_000)).rejects.toMatchObject({ name: "Unreachable" })
  expect(patience).toEqual([30_000, 92_500])
})

test("a cookie is never sent back", async () => {
  const cookies: (string | undefined)[] = []
  const address = await serving((response, { cookie }) => {
    cookies.push(cookie)
    response.writeHead(200, { ...json, "set-cookie": "who=patient; Path=/" }).end(honest)
  })
  await wellKnown(address)
  await wellKnown(address)
  expect(cookies).toEqual([undefined, undefined])
})

test.each([401, 403, 404, 413, 418, 429, 500, 503])(
  "status %d with a body that says nothing is a refusal of ours",
  async (status) => {
    const address = await serving((response) =>
      response.writeHead(status, { "content-type": "text/html" }).end("<p>no</p>"),
    )
    await expect(wellKnown(address)).rejects.toMatchObject({ name: "Problem" })
  },
)
