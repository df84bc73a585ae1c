import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, test } from "vitest"
import { UsageError } from "../../bin/ehr/exit.ts"
import { alone } from "../../bin/ehr/profile.ts"

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
  // The first process of all runs, whoever asks.
  writeFileSync(lock, "1")
  await expect(alone(file, done)).rejects.toThrow(UsageError)
  rmSync(lock)
})

test.each(["", "0", "-1", "half", "4194305"])(
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
