import { spawnSync } from "node:child_process"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"

const directory = mkdtempSync(join(tmpdir(), "doctor-test-"))
const script = fileURLToPath(new URL("../../local/doctor.ts", import.meta.url))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function doctor(env: NodeJS.ProcessEnv) {
  const { stdout, status } = spawnSync(process.execPath, [script], { encoding: "utf8", env })
  const line = (about: RegExp) => stdout.split("\n").find((text) => about.test(text)) ?? ""
  return { stdout, status, line }
}

/** A directory for the PATH with nothing but these commands, each a shell script. */
function path(name: string, commands: Record<string, string>): string {
  const bin = join(directory, name)
  mkdirSync(bin)
  for (const [command, body] of Object.entries(commands)) {
    writeFileSync(join(bin, command), `#!/bin/sh\n${body}\n`)
    chmodSync(join(bin, command), 0o755)
  }
  return bin
}

const good = { python3: "echo 3.12.1; echo base", openssl: "echo OpenSSL 3.0.2 15 Mar 2022" }

describe("the doctor", () => {
  it("is content when all is there, with or without Docker", () => {
    const { status, stdout, line } = doctor({
      PATH: path("good", good),
      npm_config_user_agent: "npm/10.8.2 node/v20.19.0 linux x64",
    })
    expect(stdout).not.toContain("MISSING")
    expect(line(/npm runs/)).toBe("ok       npm runs on Node 20.19.0")
    expect(line(/LocalStack/)).toMatch(/^note .*MiniStack will be the engine/)
    expect(status).toBe(0)
  })

  it("finds neither Python nor openssl on an empty PATH, and says how to get them", () => {
    const { status, line } = doctor({ PATH: path("empty", {}) })
    expect(line(/Python/)).toMatch(
      /^MISSING .*apt-get install python3 python3-venv .*dnf install python3 .*brew install python/,
    )
    expect(line(/openssl/)).toMatch(/^MISSING .*apt-get install openssl .*dnf install openssl .*brew install openssl@3/)
    expect(status).toBe(1)
  })

  it("tells an old Python from one without venv", () => {
    expect(doctor({ PATH: path("old", { ...good, python3: "exit 3" }) }).line(/Python/)).toMatch(
      /^MISSING .*only an older one/,
    )
    const without = doctor({ PATH: path("without-venv", { ...good, python3: "exit 4" }) })
    expect(without.line(/Python/)).toMatch(/^MISSING .*venv and pip/)
    expect(without.status).toBe(1)
  })

  it("takes a later Python beside an old one", () => {
    const bin = path("both", { ...good, python3: "exit 3", "python3.11": "echo 3.11.9; echo base" })
    expect(doctor({ PATH: bin }).line(/Python/)).toBe("ok       Python 3.11.9 (python3.11)")
  })

  it("looks whether the Python package index can be reached, and says what to do where it can't", () => {
    const python3 = (index: string) => `case "$*" in *"pip index"*) ${index};; *) echo 3.12.1; echo base;; esac`
    const there = doctor({ PATH: path("index", { ...good, python3: python3("echo ministack") }) })
    expect(there.line(/MiniStack/)).toBe("ok       MiniStack can be installed: the Python package index answers")
    const none = doctor({ PATH: path("no-index", { ...good, python3: python3("exit 1") }) })
    expect(none.line(/package index/)).toMatch(/^MISSING .*can't be reached.*connect to the network/)
    expect(none.status).toBe(1)
  })

  it.each([
    ["OpenSSL 1.1.1w  11 Sep 2023", "old-openssl"],
    ["LibreSSL 3.3.6", "libressl"],
  ])("doesn't take %s for OpenSSL 3", (version, name) => {
    const { status, line } = doctor({ PATH: path(name, { ...good, openssl: `echo ${version}` }) })
    expect(line(/openssl/)).toMatch(/^MISSING .*version 3 or later; this is (Libre|Open)SSL/)
    expect(status).toBe(1)
  })

  it("refuses npm on too old a Node, and an endpoint elsewhere", () => {
    const { status, line } = doctor({
      PATH: path("elsewhere", good),
      npm_config_user_agent: "npm/10.8.2 node/v18.20.4 linux x64",
      AWS_ENDPOINT_URL: "https://sts.amazonaws.com",
    })
    expect(line(/npm runs/)).toMatch(/^MISSING /)
    expect(line(/AWS_ENDPOINT_URL/)).toMatch(/^MISSING .*sts\.amazonaws\.com is not this machine/)
    expect(status).toBe(1)
  })
})
