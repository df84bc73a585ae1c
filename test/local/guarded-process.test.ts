import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { afterAll, describe, expect, it } from "vitest"
import * as z from "zod"

const directory = mkdtempSync(join(tmpdir(), "guarded-test-"))
const moduleUrl = new URL("../../local/engine/guarded-process.ts", import.meta.url).href
afterAll(() => rmSync(directory, { recursive: true, force: true }))

/** Like an engine: writes down its own pid and its worker's, and neither heeds SIGTERM nor ends when its parent does. */
const engine = `
  const { spawn } = require("node:child_process"), { writeFileSync } = require("node:fs")
  process.on("SIGTERM", () => {})
  const worker = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" })
  writeFileSync(process.argv[1], JSON.stringify([process.pid, worker.pid]))
  setInterval(() => {}, 1000)
`

/** A process of its own that guards an engine, and then does `what`. */
async function parentThat(what: string, name: string) {
  const scratch = join(directory, `${name}-scratch`)
  const pids = join(directory, `${name}-pids`)
  const script = join(directory, `${name}.mts`)
  mkdirSync(scratch)
  writeFileSync(
    script,
    `import { startGuarded } from ${JSON.stringify(moduleUrl)}
     const guarded = startGuarded({
       command: process.execPath,
       args: ["-e", ${JSON.stringify(engine)}, ${JSON.stringify(pids)}],
       env: { PATH: process.env.PATH },
       logFile: ${JSON.stringify(join(directory, `${name}.log`))},
       scratchDirectory: ${JSON.stringify(scratch)},
     })
     const { existsSync } = await import("node:fs")
     while (!existsSync(${JSON.stringify(pids)})) await new Promise((resolve) => setTimeout(resolve, 20))
     ${what}`,
  )
  const parent = spawn(process.execPath, [script], {
    stdio: "ignore",
    cwd: fileURLToPath(new URL(".", import.meta.url)),
  })
  const exited = once(parent, "exit")
  await until(() => existsSync(pids) && readFileSync(pids, "utf8").endsWith("]"))
  return { parent, exited, scratch, pids: z.array(z.number()).parse(JSON.parse(readFileSync(pids, "utf8"))) }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(20)
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  // In a container without an init, an orphan that has ended stays a zombie.
  const stat = `/proc/${pid}/stat`
  return !existsSync(stat) || !/\) Z /.test(readFileSync(stat, "utf8"))
}

const signalling = (signal: NodeJS.Signals) => (parent: ChildProcess) => void parent.kill(signal)

describe("a guarded process", () => {
  it.each([
    ["is stopped", "await guarded.stop(); process.exit(0)", () => {}],
    ["ends", "process.exit(0)", () => {}],
    ["has nothing left to do", "", () => {}],
    ["throws", "setTimeout(() => { throw new Error() }, 50)", () => {}],
    ["gets SIGINT", "setInterval(() => {}, 1000)", signalling("SIGINT")],
    ["gets SIGTERM", "setInterval(() => {}, 1000)", signalling("SIGTERM")],
    ["gets SIGKILL", "setInterval(() => {}, 1000)", signalling("SIGKILL")],
  ])("is gone with its workers and its directory when its parent %s", async (name, what, act) => {
    const { parent, exited, scratch, pids } = await parentThat(what, name.replaceAll(" ", "-"))
    act(parent)
    await exited
    await until(() => !pids.some(lives) && !existsSync(scratch))
  })

  it("is wholly gone by the time stop() resolves", async () => {
    const seen = join(directory, "seen")
    const look = `
      const [engine] = JSON.parse((await import("node:fs")).readFileSync(${JSON.stringify(join(directory, "now-pids"))}, "utf8"))
      await guarded.stop()
      let alive = true
      try { process.kill(engine, 0) } catch { alive = false }
      ;(await import("node:fs")).writeFileSync(${JSON.stringify(seen)}, JSON.stringify({ alive, running: guarded.running }))`
    await (await parentThat(look, "now")).exited
    expect(JSON.parse(readFileSync(seen, "utf8"))).toEqual({ alive: false, running: false })
  })
})
