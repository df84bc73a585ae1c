import { createDecipheriv } from "node:crypto"
import { describe, expect, test } from "vitest"
import { type Bytes, concat, fromHex, toHex } from "../../../protocol/crypto/bytes.ts"
import { keySchedule, open, sealer } from "../../../protocol/crypto/hpke.ts"
import { latticeKeysOf } from "../../../protocol/crypto/hybrid-kem.ts"
import vectors from "./hpke-vectors.json" with { type: "json" }
import { coinsOf, expandSeed } from "./hybrid-seed.ts"

const { rfc9180, draft05, draft03, go } = vectors
const aes128 = 0x0001
const schedules = [rfc9180, draft05, draft03.vectors[0]!]

describe("HPKE's key schedule", () => {
  test.each(schedules)("is that of the published vector, KEM $kem_id", async (vector) => {
    expect(vector.aead_id).toBe(aes128)
    const suite = { kem: vector.kem_id, aead: aes128, keyLength: 16 }
    const { key, nonce } = await keySchedule(suite, fromHex(vector.shared_secret), fromHex(vector.info))
    expect(toHex(key)).toBe(vector.key)
    expect(toHex(nonce)).toBe(vector.base_nonce)
    expect(toHex(openAes128(key, nonce, vector.encryption))).toBe(vector.encryption.pt)
  })

  test("depends on the KEM, the AEAD, the secret and the info", async () => {
    const suite = { kem: 80, aead: 2, keyLength: 32 }
    const secret = fromHex(draft05.shared_secret)
    const info = fromHex(draft05.info)
    const made = await Promise.all([
      keySchedule(suite, secret, info),
      keySchedule({ ...suite, kem: 81 }, secret, info),
      keySchedule({ ...suite, aead: 1 }, secret, info),
      keySchedule(
        suite,
        Uint8Array.from(secret, (byte) => byte ^ 1),
        info,
      ),
      keySchedule(suite, secret, info.slice(1)),
    ])
    expect(new Set(made.map(({ key }) => toHex(key))).size).toBe(5)
    expect(new Set(made.map(({ nonce }) => toHex(nonce))).size).toBe(5)
  })

  test("refuses a key that is longer than one block of HKDF", async () => {
    const suite = { kem: 80, aead: 2, keyLength: 33 }
    await expect(keySchedule(suite, new Uint8Array(32), new Uint8Array(0))).rejects.toThrow(RangeError)
  })
})

describe("HPKE", () => {
  test("opens what Go sealed with the same suite", async () => {
    const own = await expandSeed(fromHex(go.seed))
    expect(toHex(await open(own, fromHex(go.info), fromHex(go.sealed)))).toBe(go.plaintext)
  })

  test("seals to the same bytes under the same coins, and to others without them", async () => {
    const own = await expandSeed(fromHex(draft05.skRm))
    const recipient = { mlkem768: latticeKeysOf(own.seed).encapsulation, p256: own.point }
    const coins = await coinsOf(fromHex(draft05.ikmE))
    const info = fromHex(draft05.info)
    const plaintext = Uint8Array.of(1, 2, 3)
    const seal = async (...by: [typeof coins?]) => (await sealer(recipient, info, ...by))(plaintext)
    const sealed = await seal(coins)
    expect(sealed.length).toBe(1153 + 3 + 16)
    expect(await seal(coins)).toEqual(sealed)
    expect(await seal()).not.toEqual(sealed)
    expect(await open(own, info, sealed)).toEqual(plaintext)
  })

  test("seals one message for each encapsulation: a second would have the nonce of the first", async () => {
    const own = await expandSeed(fromHex(draft05.skRm))
    const seal = await sealer({ mlkem768: latticeKeysOf(own.seed).encapsulation, p256: own.point }, new Uint8Array(0))
    const [first, second] = await Promise.allSettled([seal(Uint8Array.of(1)), seal(Uint8Array.of(2))])
    expect(first.status).toBe("fulfilled")
    expect(second.status).toBe("rejected")
    await expect(seal(Uint8Array.of(1))).rejects.toThrow()
  })
})

function openAes128(key: Bytes, nonce: Bytes, { aad, ct }: { aad: string; ct: string }): Bytes {
  const decipher = createDecipheriv("aes-128-gcm", key, nonce)
  const sealed = fromHex(ct)
  decipher.setAAD(fromHex(aad))
  decipher.setAuthTag(sealed.slice(-16))
  return concat(decipher.update(sealed.slice(0, -16)), decipher.final())
}
