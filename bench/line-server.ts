/** A line between a client and a server of this machine (line.ts), in a process of its own, so that its work is nobody else's time. */
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import * as z from "zod/mini"
import { answerParent } from "./child.ts"
import { paceOf } from "./line.ts"

const question = z.object({ port: z.int(), bytesPerSecond: z.number().check(z.positive()) })

const carry = (from: Socket, to: Socket, pace: ReturnType<typeof paceOf>): void => {
  from.on("data", (bytes) => {
    const flows = to.write(bytes)
    const wait = pace(bytes.length, performance.now())
    if (flows && wait === 0) return
    from.pause()
    // Where the other end is gone there is nothing to go on with.
    void Promise.all([sleep(wait), flows || once(to, "drain")]).then(
      () => from.resume(),
      () => from.destroy(),
    )
  })
  from.on("end", () => to.end())
  from.on("error", () => to.destroy())
  from.on("close", () => to.destroy())
}

answerParent(async (asked) => {
  const { port, bytesPerSecond } = z.parse(question, asked)
  const [up, down] = [paceOf(bytesPerSecond), paceOf(bytesPerSecond)]
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect({ port, host: "127.0.0.1", allowHalfOpen: true })
    carry(near, far, up)
    carry(far, near, down)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()))
  const address = server.address()
  if (address === null || typeof address === "string") throw new Error("the line has no port")
  return `http://127.0.0.1:${address.port}`
})
