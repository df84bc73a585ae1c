import { randomUUID } from "node:crypto"
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import * as z from "zod/mini"
import { localDirectory, makeScratchDirectory, repositoryDirectory } from "../directories.ts"
import { freePort } from "../endpoint.ts"
import type { Engine, EngineOptions } from "../engine.ts"
import { region } from "../environment.ts"
import { type GuardedProcess, startGuarded } from "./guarded-process.ts"
import { ministack as program, pythonOf } from "./python-environment.ts"

const startSeconds = 60
const attempts = 3
const keptLogs = 20

const health = z.object({ version: z.string(), edition: z.string() })

/** Starts MiniStack on a free port of 127.0.0.1, with nothing of an earlier run and nothing left behind when it stops. */
export async function startMinistack({ log }: EngineOptions): Promise<Engine> {
  const python = await pythonOf(program, log)
  for (let attempt = 1; ; attempt++) {
    const started = await tryStart(python)
    if ("endpoint" in started) return started
    const lostItsPort = /already in use|Errno (48|98)/i.test(started.logTail)
    if (lostItsPort && attempt < attempts) continue
    throw new Error(`MiniStack ${started.problem}. The end of ${started.logFile}:\n${started.logTail}`)
  }
}

interface FailedStart {
  problem: string
  logFile: string
  logTail: string
}

async function tryStart(python: string): Promise<Engine | FailedStart> {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  // Not below this repository: functions unpacked there would find its node_modules and its package.json.
  const scratchDirectory = makeScratchDirectory("ministack")
  const logFile = newLogFile(port)
  // Comes back from the health address, and tells this engine from a stranger that took the port.
  const mark = randomUUID()
  const ministack = startGuarded({
    command: python,
    args: ["-m", "ministack"],
    env: ministackEnvironment({ endpoint, port, scratchDirectory, mark }),
    logFile,
    scratchDirectory,
  })
  const version = await versionWhenHealthy(endpoint, mark, ministack)
  if (version !== undefined) return { name: "ministack", version, endpoint, stop: () => ministack.stop() }

  const problem = ministack.running ? `did not answer within ${startSeconds} s` : "ended while it was starting"
  await ministack.stop()
  return { problem, logFile, logTail: readFileSync(logFile, "utf8").split("\n").slice(-30).join("\n").trim() }
}

interface Settings {
  endpoint: string
  port: number
  scratchDirectory: string
  mark: string
}

/**
 * The whole environment of the engine, and so of its Lambda functions: nothing of the developer's own (profiles,
 * credentials, proxies, NODE_OPTIONS) may reach them.
 */
function ministackEnvironment({ endpoint, port, scratchDirectory, mark }: Settings): NodeJS.ProcessEnv {
  return {
    // Lambda's Node is the one that runs us.
    PATH: [dirname(process.execPath), process.env["PATH"]].join(delimiter),
    LANG: "C.UTF-8",
    HOME: scratchDirectory,
    TMPDIR: scratchDirectory,
    STATE_DIR: join(scratchDirectory, "state"),
    S3_DATA_DIR: join(scratchDirectory, "s3"),
    GATEWAY_PORT: String(port),
    BIND_HOST: "127.0.0.1",
    MINISTACK_HOST: "127.0.0.1",
    MINISTACK_REGION: region,
    MINISTACK_EDITION: mark,
    AWS_ENDPOINT_URL: endpoint,
    LAMBDA_EXECUTOR: "local",
    NODE_PATH: lambdaRuntimeModules(scratchDirectory),
    LOG_LEVEL: "WARNING",
    // Both listen on fixed ports and on every interface.
    SFTP_ENABLED: "0",
    IOT_MTLS_ENABLED: "0",
    // It removes containers it takes for its own; there are none.
    DOCKER_HOST: "unix:///dev/null/none",
    PYTHONUNBUFFERED: "1",
  }
}

/** As in Lambda's own runtime, `require` finds AWS's SDK and nothing else: CDK's custom resources count on it. */
function lambdaRuntimeModules(scratchDirectory: string): string {
  const modules = join(scratchDirectory, "runtime-modules")
  mkdirSync(modules)
  symlinkSync(join(repositoryDirectory, "node_modules/@aws-sdk"), join(modules, "@aws-sdk"))
  return modules
}

async function versionWhenHealthy(endpoint: string, mark: string, ministack: GuardedProcess) {
  const deadline = Date.now() + startSeconds * 1000
  while (ministack.running && Date.now() < deadline) {
    const answer = await askHealth(endpoint)
    if (answer?.edition === mark) return answer.version
    await sleep(100)
  }
  return undefined
}

async function askHealth(endpoint: string): Promise<z.infer<typeof health> | undefined> {
  try {
    const response = await fetch(`${endpoint}/_ministack/health`, { signal: AbortSignal.timeout(2_000) })
    return health.parse(await response.json())
  } catch {
    return undefined
  }
}

/** In `.local/logs/`, of which the newest are kept. */
function newLogFile(port: number): string {
  const directory = join(localDirectory, "logs")
  mkdirSync(directory, { recursive: true })
  const old = readdirSync(directory).filter((name) => name.startsWith("ministack-"))
  for (const name of old.sort().slice(0, -keptLogs)) rmSync(join(directory, name), { force: true })
  const time = new Date().toISOString().replaceAll(/[:.]/g, "-")
  return join(directory, `ministack-${time}-${port}.log`)
}
