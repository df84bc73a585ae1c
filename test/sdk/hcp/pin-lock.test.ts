import { describe, expect, test } from "vitest"
import { generateLockingKey } from "../../../protocol/crypto/primitives.ts"
import { lockKey, unlockKey } from "../../../sdk/hcp/pin-lock.ts"

const kinds = [
  { name: "ECDSA", namedCurve: "P-256" },
  { name: "ECDSA", namedCurve: "P-384" },
  { name: "RSA-PSS", modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: "SHA-256" },
] as const
const signing = { name: "", hash: "SHA-256", saltLength: 32 }
const message = new TextEncoder().encode("a statement")
const pin = "374 912"

const made = async (kind: (typeof kinds)[number] = kinds[0]) => {
  const pair: CryptoKeyPair = await crypto.subtle.generateKey(kind, true, ["sign", "verify"])
  return { ...pair, lock: await lockKey(pair.privateKey, pin) }
}

describe("a private key under a PIN", () => {
  test.each(kinds)("of $name signs as before once it is opened, and can't be exported", async (kind) => {
    const { publicKey, lock } = await made(kind)
    const key = await unlockKey(lock, pin)
    if (key === undefined) throw new Error("not opened")
    const how = { ...signing, name: kind.name }
    expect(await crypto.subtle.verify(how, publicKey, await crypto.subtle.sign(how, key, message), message)).toBe(true)
    expect([key.extractable, key.usages]).toEqual([false, ["sign"]])
  })

  test("is not opened by another PIN, however near", async () => {
    const { lock } = await made()
    for (const other of ["374 913", "374912", "", "374 912 "]) expect(await unlockKey(lock, other)).toBeUndefined()
  })

  test("is opened by the same PIN however a keyboard writes its letters", async () => {
    const { privateKey } = await made()
    expect(
      await unlockKey(await lockKey(privateKey, "\u03ac\u03bb\u03c6\u03b1"), "\u03b1\u0301\u03bb\u03c6\u03b1"),
    ).toBeDefined()
  })

  test("is opened on its own device alone, and lies nowhere as it is", async () => {
    const { privateKey, lock } = await made()
    await expect(unlockKey({ ...lock, deviceKey: await generateLockingKey() }, pin)).rejects.toThrow()
    expect(lock.deviceKey.extractable).toBe(false)
    const plain = Buffer.from(await crypto.subtle.exportKey("pkcs8", privateKey))
    expect(Buffer.from(lock.sealed).includes(plain.subarray(36, 68))).toBe(false)
  })

  test("that was changed on the disk is not opened", async () => {
    const { lock } = await made()
    const sealed = lock.sealed.map((byte, i) => (i === 40 ? byte ^ 1 : byte))
    await expect(unlockKey({ ...lock, sealed }, pin)).rejects.toThrow()
    expect(await unlockKey({ ...lock, rounds: lock.rounds - 1 }, pin)).toBeUndefined()
  })

  test("is not the same twice: nobody sees that two devices have one PIN", async () => {
    const { privateKey, lock } = await made()
    const again = await lockKey(privateKey, pin)
    expect([again.salt, again.sealed]).not.toEqual([lock.salt, lock.sealed])
    expect(again.rounds).toBeGreaterThanOrEqual(600_000)
  })
})
