import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { runCommand } from "../command.ts"
import { localDirectory, repositoryDirectory } from "../directories.ts"
import { freePort } from "../endpoint.ts"
import type { Engine, EngineOptions } from "../engine.ts"
import { dockerProblem } from "./docker.ts"
import { startGuarded } from "./guarded-process.ts"
import { askVersion } from "./version.ts"

/** Includes the first download of the image. */
const startSeconds = 600
const graceMs = 30_000

/** LocalStack has no Cognito and no HTTP APIs without a token, and runs in Docker only. */
export async function localstackIsPossible({ log }: EngineOptions): Promise<boolean> {
  if ((process.env["LOCALSTACK_AUTH_TOKEN"] ?? "") === "") return false
  const possible = await dockerProblem()
  if (possible === undefined) return true
  log(`LOCALSTACK_AUTH_TOKEN is set, but ${possible}: using MiniStack.`)
  return false
}

/** Starts LocalStack as `localstack-compose.yml` says, in a Compose project of its own. */
export async function startLocalstack({ log }: EngineOptions): Promise<Engine> {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const logDirectory = join(localDirectory, "logs")
  mkdirSync(logDirectory, { recursive: true })
  const logFile = join(logDirectory, `localstack-${port}.log`)
  const env = { ...process.env, EHR_CLOUD_LOCALSTACK_PORT: String(port) }
  const compose = [
    "compose",
    "--file",
    join(repositoryDirectory, "localstack-compose.yml"),
    "--project-name",
    `ehr-cloud-${port}`,
  ]
  const localstack = startGuarded({ command: "docker", args: [...compose, "up"], env, logFile, graceMs })
  const stop = async () => {
    await localstack.stop()
    await runCommand("docker", [...compose, "down", "--volumes", "--timeout", "5"], { env })
  }

  log("Starting LocalStack (the first time, Docker downloads its image) ...")
  const deadline = Date.now() + startSeconds * 1000
  while (localstack.running && Date.now() < deadline) {
    const version = await askVersion(endpoint)
    if (version !== undefined) return { name: "localstack", version, endpoint, stop }
    await sleep(500)
  }
  const problem = localstack.running ? `did not answer within ${startSeconds} s` : "ended while it was starting"
  await stop()
  throw new Error(`LocalStack ${problem}; see ${logFile}. Is LOCALSTACK_AUTH_TOKEN valid?`)
}
