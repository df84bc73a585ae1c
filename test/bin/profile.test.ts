import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { type Profile, readProfile, removeProfile, updateProfile, writeProfile } from "../../bin/ehr/profile.ts"

let directory = ""
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "ehr-profile-")), "profile")
})
afterEach(() => rmSync(join(directory, ".."), { recursive: true, force: true }))

const profile: Profile = { cloud: "https://cloud.example", email: "a@example.org", keys: "sealed keys", memory: {} }
const learnt: Profile = { ...profile, memory: { patientId: "patient" } }

describe("a profile", () => {
  test("keeps what a command learnt", () => {
    writeProfile(directory, profile)
    updateProfile(directory, learnt)
    expect(readProfile(directory).memory).toEqual({ patientId: "patient" })
  })

  test("that was removed while a command ran doesn't come back with what the command learnt", () => {
    writeProfile(directory, profile)
    removeProfile(directory)
    updateProfile(directory, learnt)
    expect(existsSync(directory)).toBe(false)
  })

  test("that was made anew while a command ran stays the new one", () => {
    const other = { ...profile, keys: "other sealed keys" }
    writeProfile(directory, other)
    updateProfile(directory, learnt)
    expect(readProfile(directory)).toEqual(other)
  })
})
