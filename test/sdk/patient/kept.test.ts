import { describe, expect, test } from "vitest"
import { utf8 } from "../../../protocol/crypto/bytes.ts"
import { generateKeyPairs } from "../../../protocol/keys.ts"
import { describeKept, keep, openKept } from "../../../sdk/patient/kept.ts"

const person = async (patientId: string) => ({ patientId, keys: await generateKeyPairs({ extractable: false }) })

describe("what a device keeps", () => {
  const document = utf8("Allergic to penicillin.")
  const about = { title: "A letter", category: "document" }
  const unreadable = { name: "IntegrityFailure", code: "record-unreadable" }

  test("opens with the device's keys, which nobody can take out of it, and says what it is without being opened", async () => {
    const owner = await person("a")
    const kept = await keep(owner, "waiting/1", about, document)
    expect(await openKept(owner, "waiting/1", kept)).toEqual(document)
    expect(await describeKept(owner, "waiting/1", kept)).toMatchObject(about)
  })

  test("has nothing readable in it", async () => {
    const kept = await keep(await person("a"), "waiting/1", about, document)
    const stored = JSON.stringify(kept) + Buffer.from(kept.sealed).toString("latin1")
    expect(stored).not.toMatch(/penicillin|A letter|document/)
  })

  test("opens for nobody else, in no other place, and changed in no part", async () => {
    const owner = await person("a")
    const kept = await keep(owner, "waiting/1", about, document)
    const changed = { ...kept, sealed: Uint8Array.from(kept.sealed, (byte, i) => (i === 60 ? byte ^ 1 : byte)) }
    await expect(openKept(await person("a"), "waiting/1", kept)).rejects.toMatchObject(unreadable)
    await expect(openKept({ ...owner, patientId: "b" }, "waiting/1", kept)).rejects.toMatchObject(unreadable)
    await expect(openKept(owner, "waiting/2", kept)).rejects.toMatchObject(unreadable)
    await expect(describeKept(owner, "waiting/2", kept)).rejects.toMatchObject(unreadable)
    await expect(openKept(owner, "waiting/1", changed)).rejects.toMatchObject(unreadable)
  })
})
