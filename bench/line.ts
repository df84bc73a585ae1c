import * as z from "zod/mini"
import { startChild } from "./child.ts"
import type { ObjectStorage } from "./object-storage.ts"

/** Milliseconds that a line may be behind before its sender waits, or make up for a waiting that was too long: timers are no finer. */
const slackMs = 5

/** How long whoever sent so many bytes at `now` (milliseconds) waits before the next, on a line that all senders share. */
export const paceOf = (bytesPerSecond: number) => {
  let free = Number.NEGATIVE_INFINITY
  return (bytes: number, now: number): number => {
    free = Math.max(free, now - slackMs) + (bytes / bytesPerSecond) * 1000
    return free - now < slackMs ? 0 : free - now
  }
}

/** A line of so many bits a second in each direction, without latency, before an object store that is otherwise the same. */
export const startLine = async (storage: ObjectStorage, gigabitsPerSecond: number): Promise<ObjectStorage> => {
  const line = startChild(new URL("line-server.ts", import.meta.url))
  try {
    const bytesPerSecond = (gigabitsPerSecond * 1e9) / 8
    const { port } = new URL(storage.endpoint)
    const endpoint = await line.ask({ port: Number(port), bytesPerSecond }, z.string())
    const description = `${storage.description}, ${gigabitsPerSecond} Gbit/s`
    return { name: "line", description, endpoint, credentials: storage.credentials, stop: line.stop }
  } catch (error) {
    await line.stop()
    throw error
  }
}
