import { givenEngine } from "./engine/given.ts"
import { localstackIsPossible, startLocalstack } from "./engine/localstack.ts"
import { startMinistack } from "./engine/ministack.ts"

/** A running local cloud: all AWS services at one address. */
export interface Engine {
  readonly name: "ministack" | "localstack" | "given"
  readonly version: string
  /** `http://127.0.0.1:PORT`: an IP address, so that AWS's SDKs put a bucket's name into the path. */
  readonly endpoint: string
  /** Resolves when nothing of it runs any more. Does nothing to an engine that somebody else started. */
  stop(): Promise<void>
}

export interface EngineOptions {
  log: (line: string) => void
}

/**
 * Finds or starts an engine: the one at AWS_ENDPOINT_URL, if set (loopback, else this throws); LocalStack, where Docker
 * runs and LOCALSTACK_AUTH_TOKEN is set; else MiniStack. One that was started here ends with this process at the latest.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const given = process.env["AWS_ENDPOINT_URL"]
  if (given !== undefined && given !== "") return givenEngine(given)
  if (await localstackIsPossible(options)) return startLocalstack(options)
  return startMinistack(options)
}
