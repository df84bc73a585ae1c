import { beforeAll, describe, expect, test } from "vitest"
import { sealUnder } from "../../../protocol/crypto/envelope.ts"
import { CryptoFailure } from "../../../protocol/crypto/failure.ts"
import { derive } from "../../../protocol/crypto/primitives.ts"
import type { Entry } from "../../../protocol/practice/entry.ts"
import {
  createPracticeKeys,
  nextPracticeKeys,
  openPracticeKeys,
  practiceKeyAt,
  sharePracticeKeys,
} from "../../../protocol/practice/keys.ts"
import { entryPadding, packEntries } from "../../../protocol/practice/packed-entries.ts"
import { openEntry, sealEntry } from "../../../protocol/practice/sealed-entry.ts"
import {
  generateSealingKeyPair,
  type SealingKeyPair,
  sealInfo,
  sealingKeyThumbprint,
  sealTo,
} from "../../../protocol/sealing.ts"
import { named } from "../../kit/entries.ts"

const place = { cloudId: "cloud.example", practiceId: "A".repeat(22) }
let [root, owner, reception, leaver]: SealingKeyPair[] = []
const holder = (pair: SealingKeyPair | undefined, role: "owner" | "clinician" | "reception") => {
  if (pair === undefined) throw new Error("no pair")
  return { role, sealing: pair.publicKey }
}
beforeAll(async () => {
  ;[root, owner, reception, leaver] = await Promise.all([
    generateSealingKeyPair(),
    generateSealingKeyPair(),
    generateSealingKeyPair(),
    generateSealingKeyPair(),
  ])
})
const made = () =>
  createPracticeKeys(place, [holder(root, "owner"), holder(owner, "owner"), holder(leaver, "clinician")])

describe("a practice's keys", () => {
  test("open to the root and to each member, by their role: the reception has none for what is clinical", async () => {
    const { keys, opened } = await made()
    expect(await openPracticeKeys(place, keys, root!)).toEqual(opened)
    expect(await openPracticeKeys(place, keys, owner!)).toEqual(opened)
    const shared = await sharePracticeKeys(place, keys, opened, [
      holder(root, "owner"),
      holder(owner, "owner"),
      holder(reception, "reception"),
    ])
    const { epoch, directory } = opened
    expect(await openPracticeKeys(place, shared, reception!)).toEqual({ epoch, directory })
    await expect(practiceKeyAt(shared, { epoch, directory }, "clinical", 1)).rejects.toThrow(CryptoFailure)
    expect(await practiceKeyAt(shared, { epoch, directory }, "directory", 1)).toEqual(directory)
  })

  test("open to nobody else, nor as another practice's", async () => {
    const { keys } = await made()
    await expect(openPracticeKeys(place, keys, reception!)).rejects.toThrow(CryptoFailure)
    const other = { ...place, practiceId: `${"B".repeat(21)}A` }
    await expect(openPracticeKeys(other, keys, owner!)).rejects.toThrow(CryptoFailure)
    await expect(openPracticeKeys(place, { ...keys, epoch: 2 }, owner!)).rejects.toThrow(CryptoFailure)
  })

  test("are two of 32 bytes, or the directory's alone: a copy of any other length opens nothing", async () => {
    const { keys } = await made()
    const recipient = await sealingKeyThumbprint(owner!.publicKey)
    const info = sealInfo({
      kind: "practice-keys",
      aud: place.cloudId,
      subject: place.practiceId,
      recipient,
      object: "",
      epoch: 1,
    })
    const copyOf = async (length: number) => ({
      ...keys,
      sealed: [{ to: recipient, sealed: await sealTo(owner!.publicKey, info, new Uint8Array(length).fill(7)) }],
    })
    const key = new Uint8Array(32).fill(7)
    expect(await openPracticeKeys(place, await copyOf(32), owner!)).toEqual({ epoch: 1, directory: key })
    expect(await openPracticeKeys(place, await copyOf(64), owner!)).toEqual({ epoch: 1, directory: key, clinical: key })
    for (const length of [0, 31, 33, 63, 65, 96])
      await expect(openPracticeKeys(place, await copyOf(length), owner!), `${length}`).rejects.toThrow(CryptoFailure)
  })

  test("are others once somebody left, who opens nothing newer, while those who stay open all that is older", async () => {
    const { keys, opened } = await made()
    const stay = [holder(root, "owner"), holder(owner, "owner")]
    const second = await nextPracticeKeys(place, keys, opened, stay)
    const third = await nextPracticeKeys(place, second.keys, second.opened, stay)
    await expect(openPracticeKeys(place, third.keys, leaver!)).rejects.toThrow(CryptoFailure)
    for (const name of ["directory", "clinical"] as const) {
      for (const [epoch, of] of [opened, second.opened, third.opened].entries())
        expect(await practiceKeyAt(third.keys, third.opened, name, epoch + 1)).toEqual(of[name])
      // With what they had, and all that the cloud has.
      await expect(practiceKeyAt({ ...third.keys, epoch: 1 }, opened, name, 2)).rejects.toThrow(CryptoFailure)
      await expect(practiceKeyAt(third.keys, { ...opened, epoch: 3 }, name, 2)).rejects.toThrow(CryptoFailure)
      await expect(practiceKeyAt(third.keys, third.opened, name, 0)).rejects.toThrow(CryptoFailure)
    }
    expect(new Set([opened, second.opened, third.opened].map(({ directory }) => directory.join())).size).toBe(3)
  })
})

describe("a sealed entry", () => {
  test("opens as this version of this file's alone", async () => {
    const { opened } = await made()
    const entry = named("Smith", "John", { version: 2 })
    const sealed = await sealEntry(opened.directory, entry)
    expect(await openEntry(opened.directory, entry, sealed)).toEqual(entry)
    await expect(openEntry(opened.clinical, entry, sealed)).rejects.toThrow(CryptoFailure)
    await expect(openEntry(opened.directory, { ...entry, version: 1 }, sealed)).rejects.toThrow(CryptoFailure)
    await expect(openEntry(opened.directory, named("Smith", "John"), sealed)).rejects.toThrow(CryptoFailure)
  })

  test("is no other's, nor one of several, whoever sealed it as this one", async () => {
    const { opened } = await made()
    const entry = named("Smith", "John", { version: 2 })
    const sealedAsThis = async (...entries: readonly Entry[]) =>
      sealUnder(
        await derive(opened.directory, "entry", entry.fileId, entry.version),
        await packEntries(entries, entryPadding),
      )
    expect(await openEntry(opened.directory, entry, await sealedAsThis(entry))).toEqual(entry)
    for (const others of [[named("Doe", "Jane", { version: 2 })], [{ ...entry, version: 3 }], [entry, entry]])
      await expect(openEntry(opened.directory, entry, await sealedAsThis(...others))).rejects.toThrow(CryptoFailure)
  })

  test("has one length for a short name and a long one", async () => {
    const { opened } = await made()
    const [short, long] = await Promise.all(
      [named("Li", "Bo"), named("Wolfeschlegelstein", "Hubert Blaine", { phones: ["+30 210 1234567"] })].map((entry) =>
        sealEntry(opened.directory, entry),
      ),
    )
    expect(short?.length).toBe(long?.length)
  })
})
