import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, expect, test } from "vitest"
import { alone } from "../../bin/ehr/alone.ts"
import { UsageError } from "../../bin/ehr/exit.ts"
import { localDirectory, repositoryDirectory } from "../../local/directories.ts"

const folder = mkdtempSync(path.join(tmpdir(), "ending-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a program of local/, whose scratch files go below `folder`. */
const run = (name: string, ...args: string[]) => {
  const scratch = path.join(folder, name)
  mkdirSync(scratch, { recursive: true })
  const child = spawn(process.execPath, [`local/${name}.ts`, ...args], {
    cwd: repositoryDirectory,
    env: { ...process.env, TMPDIR: scratch },
    stdio: ["ignore", "pipe", "pipe"],
  })
  let said = ""
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk))
  return { child, scratch, ended: once(child, "close"), said: () => said }
}

test("the demo says in a sentence what is wrong with its command line", async () => {
  for (const args of [["--colour"], ["word"], ["--record", path.join(folder, "nowhere")]]) {
    const { ended, said } = run("demo", ...args)
    expect(await ended).toEqual([2, null])
    expect(said()).toMatch(/Usage: npm run demo/)
    expect(said()).not.toMatch(/^ +at /m)
  }
})

test("Ctrl-C ends the demo while it starts, and leaves no key of its authority", async () => {
  const { child, scratch, ended } = run("demo")
  await expect.poll(() => readdirSync(scratch).length, { timeout: 30_000 }).toBeGreaterThan(0)
  child.kill("SIGINT")
  expect(await ended).toEqual([130, null])
  expect(readdirSync(scratch)).toEqual([])
}, 60_000)

test("Ctrl-C ends npm run dev while it starts, and leaves nothing of it", async () => {
  const { child, scratch, ended, said } = run("dev")
  const isBegun = () => child.exitCode !== null || readdirSync(scratch).length > 0
  await expect.poll(isBegun, { timeout: 30_000 }).toBe(true)
  if (/npm run dev runs already/.test(said())) return
  child.kill("SIGINT")
  expect(await ended).toEqual([130, null])
  expect(readdirSync(scratch)).toEqual([])
  expect(existsSync(path.join(localDirectory, "dev"))).toBe(false)
}, 60_000)

test("npm run dev leaves a clone alone in which it runs already", async () => {
  const dev = path.join(localDirectory, "dev")
  mkdirSync(localDirectory, { recursive: true })
  const before = existsSync(dev)
  const second = async () => {
    const { ended, said } = run("dev")
    expect(await ended).toEqual([2, null])
    expect(said()).toMatch(/npm run dev runs already/)
  }
  await alone(dev, second).catch((error: unknown) => {
    // Whoever develops here has one running.
    if (!(error instanceof UsageError)) throw error
    return second()
  })
  expect(existsSync(dev)).toBe(before)
}, 60_000)
