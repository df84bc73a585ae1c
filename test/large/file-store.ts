import { open } from "node:fs/promises"
import { createServer } from "node:http"
import { buffer } from "node:stream/consumers"
import { partBytes } from "../../protocol/primitives.ts"
import type { Destination } from "../../sdk/transfer/upload.ts"

/** One object in a file of this machine, behind a port of it: parts come in, each to its place, and ranges go out. */
export const fileStore = async (file: string) => {
  const handle = await open(file, "w+", 0o600)
  const server = createServer(async (request, response) => {
    const number = Number(request.url?.slice(1))
    if (request.method === "PUT") {
      const body = await buffer(request)
      await handle.write(body, 0, body.length, (number - 1) * partBytes)
      response.writeHead(200).end()
      return
    }
    const { size } = await handle.stat()
    const [, from = 0, to = size - 1] = (/^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "") ?? []).map(Number)
    const body = Buffer.alloc(Math.min(to, size - 1) - from + 1)
    await handle.read(body, 0, body.length, from)
    const range = `bytes ${from}-${from + body.length - 1}/${size}`
    response.writeHead(request.headers.range === undefined ? 200 : 206, { "content-range": range }).end(body)
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  const address = server.address()
  if (typeof address !== "object" || address === null) throw new Error("it listens nowhere")
  const base = `http://127.0.0.1:${address.port}`
  const to = (number: number) => ({ url: `${base}/${number}`, headers: { "x-amz-checksum-sha256": "" } })
  const destination: Destination = {
    signer: { address: base },
    whole: async () => to(1),
    begin: async () => ({ startedAt: new Date().toISOString() }),
    parts: async (parts) => parts.map(({ number }) => to(number)),
  }
  return {
    destination,
    address: async () => `${base}/object`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
      await handle.close()
    },
  }
}
