import { randomBytes } from "node:crypto"
import { createServer } from "node:http"
import { buffer } from "node:stream/consumers"
import { expect, test } from "vitest"
import { paceOf, startLine } from "../../bench/line.ts"
import { credentials } from "../../local/environment.ts"

/** Milliseconds that it takes to send so many chunks, by senders who wait as they are told, a millisecond too long. */
const sent = (chunks: number, bytes: number, pace: ReturnType<typeof paceOf>): number => {
  let now = 1000
  for (let i = 0; i < chunks; i++) {
    const wait = pace(bytes, now)
    if (wait > 0) now += Math.ceil(wait) + 1
  }
  return now - 1000
}

test("a line lets through what it says, however coarse the timers are, and never more", () => {
  const took = sent(2000, 64 * 1024, paceOf(125e6))
  const due = (2000 * 64 * 1024) / 125e3
  expect(took).toBeGreaterThan(due - 11)
  expect(took).toBeLessThan(due + 11)
})

test("what a line didn't carry while nobody sent isn't made up for", () => {
  const pace = paceOf(1000)
  expect(pace(1000, 0)).toBeCloseTo(995)
  expect(pace(1000, 60_000)).toBeCloseTo(995)
})

test("all bytes come through, both ways, many at once, and an end that breaks off breaks off the other", async () => {
  const server = createServer(async (request, response) => {
    const body = await buffer(request).catch(() => undefined)
    if (body === undefined || request.url === "/broken") response.destroy()
    else response.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("it listens nowhere")
  const endpoint = `http://127.0.0.1:${address.port}`
  const storage = { name: "fast", description: "a store", endpoint, credentials, stop: async () => {} } as const
  const line = await startLine(storage, 1)
  try {
    expect(line.description).toBe("a store, 1 Gbit/s")
    await Promise.all(
      [0, 1, 1_000_000, 3_000_000].map(async (size) => {
        const body = randomBytes(size)
        const response = await fetch(line.endpoint, { method: "PUT", body })
        expect(Buffer.compare(Buffer.from(await response.arrayBuffer()), body)).toBe(0)
      }),
    )
    await expect(fetch(`${line.endpoint}/broken`)).rejects.toThrow()
  } finally {
    await line.stop()
    server.closeAllConnections()
    server.close()
  }
})
