import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { afterAll, afterEach, describe, expect, it, vi } from "vitest"
import { deploy } from "../../local/deploy.ts"
import { localstackIsPossible } from "../../local/engine/localstack.ts"
import { startEngine } from "../../local/engine.ts"
import { localCloudEnvironment } from "../../local/environment.ts"

const quiet = { log: () => {} }
let server: Server | undefined

afterEach(() => {
  vi.unstubAllEnvs()
  server?.close()
})

async function listen(answer: string): Promise<number> {
  const listening = createServer((_request, response) => response.end(answer))
  server = listening
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve))
  const address = listening.address()
  return typeof address === "object" && address !== null ? address.port : 0
}

describe("the engine at AWS_ENDPOINT_URL", () => {
  it("is taken when it is on this machine, and left running", async () => {
    const port = await listen('{"version":"4.2"}')
    vi.stubEnv("AWS_ENDPOINT_URL", `http://localhost:${port}/`)
    const engine = await startEngine(quiet)
    expect(engine).toMatchObject({ name: "given", version: "4.2", endpoint: `http://127.0.0.1:${port}` })
    await engine.stop()
    expect((await fetch(engine.endpoint)).ok).toBe(true)
  })

  it("may keep its version to itself", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${await listen("hello")}`)
    expect((await startEngine(quiet)).version).toBe("unknown")
  })

  it("is refused anywhere else", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", "https://s3.eu-central-1.amazonaws.com")
    await expect(startEngine(quiet)).rejects.toThrow(/Refused: s3\.eu-central-1\.amazonaws\.com is not this machine/)
  })

  it("must answer", async () => {
    const port = await listen("")
    server?.close()
    vi.stubEnv("AWS_ENDPOINT_URL", `http://127.0.0.1:${port}`)
    await expect(startEngine(quiet)).rejects.toThrow(/No local cloud answers/)
  })
})

describe("LocalStack", () => {
  const directory = mkdtempSync(join(tmpdir(), "engine-test-"))
  const calls = join(directory, "calls")
  const answering = `require("node:http")
    .createServer((_, response) => response.end('{"version":"2026.8"}'))
    .listen(process.env.EHR_CLOUD_LOCALSTACK_PORT, "127.0.0.1")`
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  /** A `docker` in front of any other, whose `compose up` does `up`. */
  function stubDocker({ info = "exit 0", up = "exit 1" }): void {
    const script = `#!/bin/sh
      echo "$*" >> "${calls}"
      case "$*" in
        info) ${info} ;;
        *" up") ${up} ;;
      esac`
    writeFileSync(join(directory, "docker"), script)
    chmodSync(join(directory, "docker"), 0o755)
    vi.stubEnv("PATH", [directory, process.env["PATH"]].join(delimiter))
    vi.stubEnv("AWS_ENDPOINT_URL", "")
  }

  it("is started where Docker runs and a token is set, and its containers are removed", async () => {
    stubDocker({ up: `exec "${process.execPath}" -e '${answering.replaceAll("'", `'"'"'`)}'` })
    vi.stubEnv("LOCALSTACK_AUTH_TOKEN", "token")
    const engine = await startEngine(quiet)
    expect(engine).toMatchObject({ name: "localstack", version: "2026.8" })
    expect(engine.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    await engine.stop()
    await expect(fetch(engine.endpoint)).rejects.toThrow()
    expect(readFileSync(calls, "utf8")).toMatch(/--project-name ehr-cloud-\d+ down --volumes/)
  })

  it("says where to look when it can't start", async () => {
    stubDocker({ up: "exit 55" })
    vi.stubEnv("LOCALSTACK_AUTH_TOKEN", "expired")
    await expect(startEngine(quiet)).rejects.toThrow(/LocalStack ended while it was starting; see .*\.log/)
  })

  it("isn't possible without a token, nor with a Docker engine that doesn't answer", async () => {
    const lines: string[] = []
    const log = (line: string) => void lines.push(line)
    stubDocker({ info: "exit 1" })
    vi.stubEnv("LOCALSTACK_AUTH_TOKEN", "")
    expect(await localstackIsPossible({ log })).toBe(false)
    expect(lines).toEqual([])
    vi.stubEnv("LOCALSTACK_AUTH_TOKEN", "token")
    expect(await localstackIsPossible({ log })).toBe(false)
    expect(lines).toEqual(["LOCALSTACK_AUTH_TOKEN is set, but no Docker engine answers: using MiniStack."])
  })
})

describe("a deployment to a local cloud", () => {
  it("goes to no other machine", async () => {
    const options = {
      endpoint: "https://cloudformation.eu-central-1.amazonaws.com",
      context: {},
      outDir: "never",
      ...quiet,
    }
    await expect(deploy(options)).rejects.toThrow(/Refused/)
  })

  it("takes nothing of the developer's own AWS", () => {
    const base = {
      HOME: "/home/ada",
      AWS_PROFILE: "production",
      AWS_ACCESS_KEY_ID: "AKIAREAL",
      AWS_SESSION_TOKEN: "real",
      AWS_ENDPOINT_URL_S3: "https://s3.amazonaws.com",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.2",
      HTTPS_PROXY: "http://proxy",
      http_proxy: "http://proxy",
      CDK_DEFAULT_ACCOUNT: "123456789012",
    }
    expect(localCloudEnvironment("http://127.0.0.1:1", base)).toEqual({
      HOME: "/home/ada",
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      AWS_ACCESS_KEY_ID: "000000000000",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_REGION: "eu-central-1",
      AWS_DEFAULT_REGION: "eu-central-1",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      AWS_EC2_METADATA_DISABLED: "true",
    })
  })

  it("says at the end of its error what the CLI said last", async () => {
    // Bootstrapping fails first: nothing at that address speaks AWS.
    const endpoint = `http://127.0.0.1:${await listen("this is not AWS")}`
    await expect(deploy({ endpoint, context: {}, outDir: "never", ...quiet })).rejects.toThrow(
      /failed with exit code 1\.\n.+/s,
    )
  })
})
