/** `npm run doctor`: says what the local cloud needs and misses on this machine, and how to get it. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { CommandError, runCommand } from "./command.ts"
import { repositoryDirectory } from "./directories.ts"
import { freePort, loopbackEndpoint } from "./endpoint.ts"
import { dockerProblem } from "./engine/docker.ts"
import { findPython } from "./engine/python.ts"
import { environmentOf, ministack } from "./engine/python-environment.ts"

type Finding =
  | { state: "ok"; text: string }
  /** Something that everything works without. */
  | { state: "note"; text: string }
  | { state: "missing"; text: string; mend: Mend }

interface Mend {
  debian: string
  fedora: string
  macos: string
}

const anywhere = (command: string): Mend => ({ debian: command, fedora: command, macos: command })
const nodeMend = anywhere("install Node 24 from https://nodejs.org or with your version manager, then `npm ci`")

const checks: (() => Promise<Finding>)[] = [
  async function node() {
    return atLeast(process.versions.node, [24, 0])
      ? { state: "ok", text: `Node ${process.versions.node}` }
      : { state: "missing", text: `Node 24 or later; this is ${process.versions.node}`, mend: nodeMend }
  },

  async function systemNode() {
    // npm names itself and the Node that runs it: "npm/11.2.0 node/v22.1.0 linux x64".
    const version = /\bnode\/v(\S+)/.exec(process.env["npm_config_user_agent"] ?? "")?.[1]
    if (version === undefined) return { state: "note", text: "npm's own Node: unknown, this wasn't started by npm" }
    return atLeast(version, [20, 19])
      ? { state: "ok", text: `npm runs on Node ${version}` }
      : { state: "missing", text: `npm runs on Node ${version}; it takes 20.19 or later`, mend: nodeMend }
  },

  async function packages() {
    return existsSync(join(repositoryDirectory, "node_modules/aws-cdk/bin/cdk"))
      ? { state: "ok", text: "npm packages are installed" }
      : { state: "missing", text: "npm packages", mend: anywhere("npm ci") }
  },

  async function python() {
    const search = await findPython()
    if (search.found) return { state: "ok", text: `Python ${search.python.version} (${search.python.command})` }
    const text = {
      missing: "Python 3.10 or later",
      "too-old": "Python 3.10 or later; there is only an older one",
      "without-venv": "Python's venv and pip; there is only Python itself",
    }
    return {
      state: "missing",
      text: text[search.reason],
      mend: {
        debian: "sudo apt-get install python3 python3-venv",
        fedora: "sudo dnf install python3 python3-pip",
        macos: "brew install python@3.13",
      },
    }
  },

  async function packageIndex() {
    const search = await findPython()
    if (!search.found)
      return { state: "note", text: "MiniStack is not installed yet, nor is the Python to install it by" }
    if (existsSync(await environmentOf(ministack, search.python)))
      return { state: "ok", text: "MiniStack is installed" }
    const asked = ["-m", "pip", "index", "versions", "ministack", "--disable-pip-version-check", "--no-input"]
    return (await versionOf(search.python.command, asked)) === undefined
      ? {
          state: "missing",
          text: "the Python package index, which MiniStack comes from once: it can't be reached",
          mend: anywhere("connect to the network, or name yours: pip config set global.index-url URL"),
        }
      : { state: "ok", text: "MiniStack can be installed: the Python package index answers" }
  },

  async function openssl() {
    const found = await versionOf("openssl", ["version"])
    const version = /^OpenSSL (\d+\.\d+\S*)/.exec(found ?? "")?.[1]
    if (version !== undefined && atLeast(version, [3, 0])) return { state: "ok", text: `OpenSSL ${version}` }
    return {
      state: "missing",
      text: `the openssl command, version 3 or later${found === undefined ? "" : `; this is ${found}`}`,
      mend: {
        debian: "sudo apt-get install openssl",
        fedora: "sudo dnf install openssl",
        macos: 'brew install openssl@3, then export PATH="$(brew --prefix openssl@3)/bin:$PATH"',
      },
    }
  },

  async function port() {
    try {
      return { state: "ok", text: `a free port of 127.0.0.1 (${await freePort()})` }
    } catch (error) {
      const text = `a free port of 127.0.0.1 (${messageOf(error)})`
      return { state: "missing", text, mend: anywhere("end programs that listen on many ports") }
    }
  },

  async function endpoint() {
    const url = process.env["AWS_ENDPOINT_URL"] ?? ""
    if (url === "") return { state: "note", text: "AWS_ENDPOINT_URL is not set: a local cloud will be started" }
    try {
      return { state: "ok", text: `AWS_ENDPOINT_URL is this machine: ${loopbackEndpoint(url).origin}` }
    } catch (error) {
      const text = `a loopback AWS_ENDPOINT_URL. ${messageOf(error)}`
      return { state: "missing", text, mend: anywhere("unset AWS_ENDPOINT_URL") }
    }
  },

  async function localstack() {
    const token = (process.env["LOCALSTACK_AUTH_TOKEN"] ?? "") !== ""
    const problem = await dockerProblem()
    if (token && problem === undefined) return { state: "ok", text: "LocalStack can be the engine" }
    const missing = [
      ...(problem === undefined ? [] : [problem]),
      ...(token ? [] : ["LOCALSTACK_AUTH_TOKEN is not set"]),
    ]
    return { state: "note", text: `MiniStack will be the engine; LocalStack can't (${missing.join(", ")})` }
  },
]

async function versionOf(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await runCommand(command, args, { timeoutMs: 20_000 })).trim()
  } catch (error) {
    if (error instanceof CommandError) return undefined
    throw error
  }
}

function atLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [actualMajor = 0, actualMinor = 0] = version.split(".").map(Number)
  return actualMajor > major || (actualMajor === major && actualMinor >= minor)
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function report(finding: Finding): string {
  if (finding.state !== "missing") return `${finding.state.padEnd(8)} ${finding.text}`
  const { debian, fedora, macos } = finding.mend
  const ways = debian === macos ? [debian] : [`Debian, Ubuntu: ${debian}`, `Fedora: ${fedora}`, `macOS: ${macos}`]
  return `MISSING  ${finding.text}. To mend it: ${ways.join(" | ")}`
}

const findings = await Promise.all(checks.map((check) => check()))
for (const finding of findings) console.log(report(finding))
const missing = findings.filter(({ state }) => state === "missing").length
console.log(missing === 0 ? "Everything is there." : `${missing} of ${findings.length} checks found something missing.`)
process.exitCode = missing === 0 ? 0 : 1
