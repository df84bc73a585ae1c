import "fake-indexeddb/auto"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { type Account, createAccount, forgetEverything, readAccount } from "../../apps/ehr/device.ts"
import { keysOf } from "../../apps/ehr/device-keys.ts"
import { account, learnt } from "../../apps/ehr/state.ts"
import { behind } from "../../apps/ehr/witnesses.ts"
import { exportKeyPairs, generateKeyPairs, lockKeyPairs, publicKeysOf } from "../../protocol/keys.ts"
import { openSealed, sealTo } from "../../protocol/sealing.ts"
import type { Memory } from "../../sdk/patient/session.ts"
import { newProvider } from "../kit/provider.ts"

const newAccount = async () => {
  const keys = await generateKeyPairs({ extractable: false })
  const { keys: provider } = await newProvider()
  const cloud = { address: "https://cloud.example", cloudId: "cloud", name: "Cloud", provider }
  const locked = await lockKeyPairs(keys)
  const made: Account = { patientId: "p", fingerprint: "f", keys: locked, memory: {}, cloud, stage: "done" }
  return { keys, made }
}

afterEach(async () => {
  account.value = undefined
  await forgetEverything()
})

describe("the keys of this device", () => {
  test("come back from its store as they were, by which what was sealed to it opens", async () => {
    const { keys, made } = await newAccount()
    await createAccount(made)
    const kept = await readAccount()
    if (kept === undefined) throw new Error("nothing was kept")
    const opened = await keysOf(kept)
    expect(await publicKeysOf(opened)).toEqual(await publicKeysOf(keys))
    const info = new Uint8Array([1])
    const sealed = await sealTo(keys.sealing.publicKey, info, new Uint8Array([7]))
    expect(await openSealed(opened.sealing, info, sealed)).toEqual(new Uint8Array([7]))
  })

  test("lie in its store without a private half that anybody could read", async () => {
    const { keys, made } = await newAccount()
    await createAccount(made)
    const kept = await readAccount()
    if (kept === undefined) throw new Error("nothing was kept")
    const { signing, sealing } = kept.keys
    for (const key of [signing.privateKey, sealing.p256, sealing.lock]) expect(key.extractable).toBe(false)
    const written = Buffer.from(sealing.lockedSeed).toString("latin1")
    expect(written).not.toContain(Buffer.from(keys.sealing.seed).toString("latin1").slice(0, 16))
    await expect(exportKeyPairs(await keysOf(kept))).rejects.toThrow()
  })

  test("are made usable once for each page", async () => {
    const { made } = await newAccount()
    expect(await keysOf(made)).toBe(await keysOf(made))
  })
})

describe("cards whose index is behind", () => {
  beforeEach(async () => {
    account.value = (await newAccount()).made
  })

  test("are those that name an older manifest than this device knows, and change with what it learns", () => {
    const memory: Memory = account.value?.memory ?? {}
    expect(behind.value).toEqual([])
    memory.manifest = { number: 3, hash: "h", ladder: [], cards: [] }
    memory.cards = { old: { sealed: "", witnessed: 2 }, current: { sealed: "", witnessed: 3 } }
    learnt.value++
    expect(behind.value).toEqual(["old"])
    memory.cards["old"] = { sealed: "", witnessed: 3 }
    learnt.value++
    expect(behind.value).toEqual([])
  })
})
