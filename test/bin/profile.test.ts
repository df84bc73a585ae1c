import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { UsageError } from "../../bin/ehr/exit.ts"
import {
  openKeys,
  type Profile,
  readProfile,
  removeProfile,
  sealKeys,
  transferFile,
  updateProfile,
  writeProfile,
} from "../../bin/ehr/profile.ts"
import { exportKeyPairs, generateKeyPairs, publicKeysOf } from "../../protocol/keys.ts"
import type { Memory } from "../../sdk/patient/session.ts"

let directory = ""
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "ehr-profile-")), "profile")
})
afterEach(() => rmSync(join(directory, ".."), { recursive: true, force: true }))

const profile: Profile = { cloud: "https://cloud.example", email: "a@example.org", keys: "sealed keys", memory: {} }
const learnt: Profile = { ...profile, memory: { patientId: "patient" } }

/** The same with whatever may be absent in it, however deep. */
type Whole<T> = T extends object ? { [K in keyof Required<T>]: Whole<Required<T>[K]> } : T

/** Everything that a device may remember: what is added to it is added here, or this doesn't compile. */
const full: Whole<Memory> = {
  provider: { cloudId: "cloud", newest: `${"n".repeat(42)}A` },
  patientId: "patient",
  fingerprint: "fingerprint",
  begins: true,
  account: "thumbprint",
  consents: { store: { iat: 1, statementHash: "h" }, "emergency-share": { iat: 2, statementHash: "h" } },
  manifest: { number: 2, hash: "h", ladder: [{ number: 1, hash: "g" }], cards: ["card"] },
  signers: { number: 1, hash: "h" },
  audit: { seq: 3, hash: "h" },
  checkpoint: { number: 4, hash: "h", covered: 3, statement: "e30.e30.e30" },
  heard: [{ number: 5, hash: "h" }],
  linked: [{ number: 4, hash: "h" }],
  uncovered: { seq: 4, checkpoint: 4 },
  accesses: {
    since: "2026-01-02T03:04:05.678Z",
    renewed: ["grant"],
    seq: 7,
    told: [{ grantId: "another", cardId: "card", grantedAt: 1_790_000_000, ended: true }],
  },
  revoked: ["card"],
  overrules: 17,
  cards: {
    card: {
      sealed: "H1.x",
      witnessed: 2,
      entry: { hriId: "hri", sequence: 1, hash: "h" },
      ended: true,
      tries: 1,
      conflict: true,
      front: { sealed: "H1.y", openPart: { number: 1, hash: "h" }, told: 1 },
    },
  },
}

describe("a profile", () => {
  test("forgets nothing that the device is to remember", () => {
    writeProfile(directory, { ...profile, memory: full })
    expect(readProfile(directory).memory).toEqual(full)
  })

  test("gives the keys back under its password alone, and nobody can export them any more", async () => {
    const keys = await generateKeyPairs({ extractable: true })
    const sealed = await sealKeys(keys, "password")
    const opened = await openKeys(sealed, "password")
    expect(await publicKeysOf(opened)).toEqual(await publicKeysOf(keys))
    await expect(exportKeyPairs(opened)).rejects.toThrow()
    await expect(openKeys(sealed, "another")).rejects.toMatchObject({ name: "UsageError" })
  })

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

  test("is removed with all that was kept of transfers, and with nothing else", () => {
    writeProfile(directory, profile)
    const [kept, strange] = [transferFile(directory, "upload", "x"), join(directory, "thesis")]
    for (const file of [kept, `${kept}.lock`, strange]) writeFileSync(file, "x")
    removeProfile(directory)
    expect(readdirSync(directory)).toEqual(["thesis"])
  })

  test("is not removed from a folder that holds none, nor anything else of it", () => {
    mkdirSync(join(directory, "transfers"), { recursive: true })
    for (const file of ["thesis", "profile.json", "transfers/thesis"]) {
      writeFileSync(join(directory, file), "{}")
      expect(() => removeProfile(directory)).toThrow(UsageError)
      expect(existsSync(join(directory, file))).toBe(true)
    }
    expect(() => removeProfile(join(directory, "nowhere"))).toThrow(UsageError)
  })

  test("that was cut short is said to be damaged, with what makes it anew", () => {
    writeProfile(directory, profile)
    writeFileSync(join(directory, "profile.json"), '{"cloud":"htt')
    expect(() => readProfile(directory)).toThrow(/damaged.*ehr sign-in/)
  })
})
