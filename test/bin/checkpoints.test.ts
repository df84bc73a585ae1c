import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { keepCheckpoint, keptCheckpoint } from "../../bin/ehr/checkpoints.ts"
import { removeProfile, writeProfile } from "../../bin/ehr/profile.ts"

let directory = ""
const file = () => join(directory, "checkpoints.json")
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "ehr-checkpoints-")), "profile")
})
afterEach(() => rmSync(join(directory, ".."), { recursive: true, force: true }))

test("the newest checkpoint of each provider is kept for the next access from this machine, for its owner alone", () => {
  expect(keptCheckpoint(directory, "one")).toBeUndefined()
  keepCheckpoint(directory, "one", "e30.e30.1")
  keepCheckpoint(directory, "two", "e30.e30.2")
  keepCheckpoint(directory, "one", "e30.e30.3")
  expect(keptCheckpoint(directory, "one")).toBe("e30.e30.3")
  expect(keptCheckpoint(directory, "two")).toBe("e30.e30.2")
  expect(statSync(file()).mode & 0o777).toBe(0o600)
})

test("a file of checkpoints that is damaged counts as none, and keeps no access from being asked for", () => {
  keepCheckpoint(directory, "one", "e30.e30.1")
  writeFileSync(file(), readFileSync(file(), "utf8").slice(0, -3))
  expect(keptCheckpoint(directory, "one")).toBeUndefined()
  keepCheckpoint(directory, "one", "e30.e30.2")
  expect(keptCheckpoint(directory, "one")).toBe("e30.e30.2")
})

test("checkpoints go with the profile that they lie beside", () => {
  writeProfile(directory, { cloud: "https://cloud.example", email: "a@example.org", keys: "sealed", memory: {} })
  keepCheckpoint(directory, "one", "e30.e30.1")
  removeProfile(directory)
  expect(existsSync(directory)).toBe(false)
})
