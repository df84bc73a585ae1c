import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { alone } from "../../bin/ehr/alone.ts"
import { UsageError } from "../../bin/ehr/exit.ts"

const folder = mkdtempSync(join(tmpdir(), "alone-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const file = join(folder, "transfer")
const lock = `${file}.lock`
const done = async () => "done"

test("what one process does, no other does meanwhile, and nothing is left of the lock", async () => {
  await alone(file, async () => {
    await expect(alone(file, done)).rejects.toThrow(/another process/)
  })
  expect(existsSync(lock)).toBe(false)
})

/** Field 22 of proc(5): when a process began, in ticks since the start of the machine. */
const beganAt = (pid: number | string) =>
  readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[19] ?? ""

test.runIf(process.platform === "linux")(
  "a lock holds while the very process that took it runs, and no longer",
  async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"])
    writeFileSync(lock, `${child.pid} ${beganAt(child.pid ?? 0)}`)
    await expect(alone(file, done)).rejects.toThrow(UsageError)
    const ended = once(child, "close")
    child.kill("SIGKILL")
    await ended
    expect(await alone(file, done)).toBe("done")
  },
)

test.runIf(process.platform === "linux")("a process that has ended and is not buried holds no lock", async () => {
  const parent = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] })
  const [said] = await once(parent.stdout, "data")
  const zombie = String(said).trim()
  await expect.poll(() => readFileSync(`/proc/${zombie}/stat`, "utf8")).toContain(") Z ")
  writeFileSync(lock, `${zombie} ${beganAt(zombie)}`)
  expect(await alone(file, done)).toBe("done")
  parent.kill("SIGKILL")
})

test.each(["", "0", "-1", "half", "1", "1 1", `${process.pid} 1`, "4194305 1"])(
  "a lock that says %j was left behind, and is taken over",
  async (said) => {
    writeFileSync(lock, said)
    expect(await alone(file, done)).toBe("done")
    expect(existsSync(lock)).toBe(false)
  },
)

test("a folder that isn't there is called that", async () => {
  await expect(alone(join(folder, "nowhere", "file"), done)).rejects.toThrow(`There is no folder ${folder}/nowhere.`)
})
