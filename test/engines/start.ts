import { mkdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { CommandError, runCommand } from "../../local/command.ts"
import { localDirectory, makeScratchDirectory } from "../../local/directories.ts"
import { freePort } from "../../local/endpoint.ts"
import { startGuarded } from "../../local/engine/guarded-process.ts"
import { startMinistack } from "../../local/engine/ministack.ts"
import { type PinnedProgram, pythonOf } from "../../local/engine/python-environment.ts"
import { credentials, region } from "../../local/environment.ts"
import { confirmationCode } from "../../local/mailbox.ts"
import type { Running } from "./provision.ts"

const moto: PinnedProgram = { title: "moto", directory: "moto", requirements: "test/engines/moto-requirements.txt" }
const localstack: PinnedProgram = {
  title: "LocalStack",
  directory: "localstack",
  requirements: "test/engines/localstack-requirements.txt",
  fromSource: ["airspeed-ext", "crontab", "jsonpath-rw"],
}
type Log = (line: string) => void
const startSeconds = 120

/** The version a requirements file pins. */
const pinned = (program: PinnedProgram, name: string) =>
  new RegExp(`^${name}==(\\S+)`, "m").exec(readFileSync(program.requirements, "utf8"))?.[1] ?? "unknown"

interface Program {
  readonly title: string
  readonly command: string
  args(port: number, scratch: string): string[]
  env?(port: number, scratch: string): NodeJS.ProcessEnv
  /** Answered once it can be used, whatever the status. */
  readonly healthPath: string
}

/** Starts a program on a free port of 127.0.0.1, with a directory of its own and nothing of this user's environment. */
const start = async ({ title, command, args, env, healthPath }: Program) => {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const scratchDirectory = makeScratchDirectory(title.toLowerCase())
  const logFile = join(localDirectory, "logs", `${title.toLowerCase()}-${port}.log`)
  mkdirSync(dirname(logFile), { recursive: true })
  const engine = startGuarded({
    command,
    args: args(port, scratchDirectory),
    env: {
      PATH: process.env["PATH"],
      HOME: scratchDirectory,
      TMPDIR: scratchDirectory,
      LANG: "C.UTF-8",
      ...env?.(port, scratchDirectory),
    },
    logFile,
    scratchDirectory,
  })
  const deadline = Date.now() + startSeconds * 1000
  while (engine.running && Date.now() < deadline) {
    const answer = await fetch(endpoint + healthPath, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined)
    if (answer !== undefined) return { endpoint, stop: () => engine.stop() }
    await sleep(200)
  }
  await engine.stop()
  throw new Error(`${title} did not start; see ${logFile}`)
}

const startMoto = async (log: Log): Promise<Running> => {
  const python = await pythonOf(moto, log)
  const engine = await start({
    title: "moto",
    command: python,
    args: (port) => ["-m", "moto.server", "--host", "127.0.0.1", "--port", String(port)],
    healthPath: "/moto-api/",
  })
  const services = ["S3", "S3 signed URLs", "KMS", "DynamoDB", "Cognito", "SES"] as const
  return { name: "moto", version: pinned(moto, "moto"), credentials, services, ...engine }
}

const startLocalstack = async (log: Log): Promise<Running> => {
  const python = await pythonOf(localstack, log)
  const engine = await start({
    title: "LocalStack",
    command: python,
    args: () => ["-m", "localstack.runtime.main"],
    env: (port) => ({
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
      SERVICES: "s3,kms,sts",
      S3_SKIP_SIGNATURE_VALIDATION: "0",
      SKIP_SSL_CERT_DOWNLOAD: "1",
      DISABLE_EVENTS: "1",
    }),
    healthPath: "/_localstack/health",
  })
  const services = ["S3", "S3 signed URLs", "KMS"] as const
  return { name: "LocalStack", version: pinned(localstack, "localstack-core"), credentials, services, ...engine }
}

/** Compiled by Go from the sources that `go.sum` names by hash. */
const startVersitygw = async (log: Log): Promise<Running> => {
  const directory = join(import.meta.dirname, "versitygw")
  const version = /versitygw v(\S+)/.exec(readFileSync(join(directory, "go.mod"), "utf8"))?.[1] ?? "unknown"
  const binary = join(localDirectory, "versitygw", version)
  log("Building versitygw (the first time, this takes minutes) ...")
  mkdirSync(dirname(binary), { recursive: true })
  await runCommand("go", ["build", "-mod=readonly", "-o", binary, "github.com/versity/versitygw/cmd/versitygw"], {
    cwd: directory,
  })
  const engine = await start({
    title: "versitygw",
    command: binary,
    args: (port, scratch) => {
      const [objects, versions, metadata] = ["objects", "versions", "metadata"].map((name) => {
        mkdirSync(join(scratch, name))
        return join(scratch, name)
      })
      const posix = ["posix", "--versioning-dir", versions ?? "", "--sidecar", metadata ?? "", objects ?? ""]
      return ["--port", `127.0.0.1:${port}`, "--region", region, ...posix]
    },
    env: () => ({ ROOT_ACCESS_KEY: credentials.accessKeyId, ROOT_SECRET_KEY: credentials.secretAccessKey }),
    healthPath: "/",
  })
  return { name: "versitygw", version, credentials, services: ["S3", "S3 signed URLs"], ...engine }
}

const startPinnedMinistack = async (log: Log): Promise<Running> => {
  const engine = await startMinistack({ log })
  return {
    name: "MiniStack",
    version: engine.version,
    endpoint: engine.endpoint,
    credentials,
    services: ["S3", "S3 signed URLs", "KMS", "DynamoDB", "Cognito", "SES"],
    confirmationCode: (email) => confirmationCode(engine, email),
    stop: () => engine.stop(),
  }
}

/** Each engine that runs without Docker; undefined where this machine lacks what it is built with. */
export const engines: Readonly<Record<string, (log: Log) => Promise<Running | undefined>>> = {
  MiniStack: startPinnedMinistack,
  LocalStack: startLocalstack,
  moto: startMoto,
  versitygw: (log) =>
    startVersitygw(log).catch((error: unknown) => {
      if (!(error instanceof CommandError && error.notFound)) throw error
      log("versitygw is not run: it is compiled by Go, and there is none")
      return undefined
    }),
}
