import { existsSync, mkdirSync } from "node:fs"
import { copyFile, mkdtemp, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { CommandError, runCommand } from "../local/command.ts"
import { localDirectory, makeScratchDirectory } from "../local/directories.ts"
import { freePort } from "../local/endpoint.ts"
import { startGuarded } from "../local/engine/guarded-process.ts"
import { credentials, region } from "../local/environment.ts"
import type { ObjectStorage } from "./object-storage.ts"

/** Versity S3 Gateway, Apache-2.0: an S3 server in Go on a folder. For measurements alone; nothing that is deployed knows it. */
export const pinned = {
  command: "github.com/versity/versitygw/cmd/versitygw",
  module: "github.com/versity/versitygw",
  version: "v1.8.0",
  /** Of the module, as the checksum database has it. */
  hash: "h1:au+wI+aybno/STsQiSm35Uu6Q6iK5MWReQxgO6SEMFc=",
} as const

/** Go's own settings without whatever would let it take a module unchecked. */
const goEnvironment = (more: Record<string, string> = {}): NodeJS.ProcessEnv => {
  const unchecked = /^(GOFLAGS|GOINSECURE|GONOSUMDB|GONOSUMCHECK|GOPRIVATE|GONOPROXY|GOSUMDB)$/
  const kept = Object.entries(process.env).filter(([name]) => !unchecked.test(name))
  return { ...Object.fromEntries(kept), GOSUMDB: "sum.golang.org", ...more }
}

/** That a program was built from exactly the pinned module: Go writes it into each. */
export const isPinned = (goVersion: string): boolean =>
  goVersion.split("\n").some((line) => line.trim() === ["mod", pinned.module, pinned.version, pinned.hash].join("\t"))

const checkPinned = async (binary: string): Promise<void> => {
  const built = await runCommand("go", ["version", "-m", binary], { env: goEnvironment() })
  if (!isPinned(built)) throw new Error(`${binary} is not ${pinned.module} ${pinned.version}`)
}

export type FastStore =
  | { readonly outcome: "there"; readonly binary: string }
  /** `because` is for people. */
  | { readonly outcome: "absent"; readonly because: string }

/** The program, built by `go install` when it is first needed (some minutes), into a folder named after its version. */
export const fastStore = async (log: (line: string) => void): Promise<FastStore> => {
  const parent = join(localDirectory, "versitygw")
  const binary = join(parent, pinned.version, "versitygw")
  try {
    await runCommand("go", ["version"], { env: goEnvironment() })
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    return { outcome: "absent", because: "Go is not installed, by which the fast S3 server is built (https://go.dev)" }
  }
  if (!existsSync(binary)) {
    log(`Building ${pinned.module} ${pinned.version} with Go (once, some minutes) ...`)
    mkdirSync(parent, { recursive: true })
    const building = await mkdtemp(join(parent, "building-"))
    try {
      await runCommand("go", ["install", `${pinned.command}@${pinned.version}`], {
        env: goEnvironment({ GOBIN: building }),
      })
      mkdirSync(join(parent, pinned.version), { recursive: true })
      await copyFile(join(building, "versitygw"), `${binary}.new`)
      await rename(`${binary}.new`, binary)
    } catch (error) {
      if (!(error instanceof CommandError)) throw error
      return { outcome: "absent", because: `the fast S3 server could not be built: ${error.message}` }
    } finally {
      await rm(building, { recursive: true, force: true })
    }
  }
  await checkPinned(binary)
  return { outcome: "there", binary }
}

const startSeconds = 30

/** Starts it on a free port of 127.0.0.1, on an empty folder that goes with it. */
export const startFastStore = async (binary: string): Promise<ObjectStorage> => {
  const port = await freePort()
  const endpoint = `http://127.0.0.1:${port}`
  const scratchDirectory = makeScratchDirectory("fast-store")
  const data = join(scratchDirectory, "data")
  mkdirSync(data)
  mkdirSync(join(localDirectory, "logs"), { recursive: true })
  const server = startGuarded({
    command: binary,
    args: ["--port", `127.0.0.1:${port}`, "--region", region, "--health", "/healthy", "--quiet", "posix", data],
    env: {
      PATH: process.env["PATH"],
      HOME: scratchDirectory,
      TMPDIR: scratchDirectory,
      ROOT_ACCESS_KEY: credentials.accessKeyId,
      ROOT_SECRET_KEY: credentials.secretAccessKey,
    },
    logFile: join(localDirectory, "logs", `versitygw-${port}.log`),
    scratchDirectory,
  })
  const deadline = Date.now() + startSeconds * 1000
  while (server.running && Date.now() < deadline) {
    const answer = await fetch(`${endpoint}/healthy`).catch(() => undefined)
    if (answer?.ok === true)
      return { name: "fast", description: `versitygw ${pinned.version}`, endpoint, credentials, stop: server.stop }
    await sleep(100)
  }
  await server.stop()
  throw new Error("the fast S3 server did not start")
}
