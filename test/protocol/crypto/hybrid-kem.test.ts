import { createHash } from "node:crypto"
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js"
import { describe, expect, test } from "vitest"
import { type Bytes, concat, fromHex, toHex, utf8 } from "../../../protocol/crypto/bytes.ts"
import {
  decapsulate,
  encapsulate,
  latticeKeysOf,
  requireEncapsulationKey,
} from "../../../protocol/crypto/hybrid-kem.ts"
import { agree, importPoint, randomBytes } from "../../../protocol/crypto/primitives.ts"
import vectors from "./hpke-vectors.json" with { type: "json" }
import { coinsOf, expandSeed } from "./hybrid-seed.ts"

const { draft05, draft03 } = vectors

/** Node's own ML-KEM, which OpenSSL computes; the DOM's types don't know it. */
type Subtle = {
  importKey(format: string, key: Bytes, name: string, extractable: boolean, usages: string[]): Promise<CryptoKey>
  encapsulateBits(name: string, key: CryptoKey): Promise<{ sharedKey: ArrayBuffer; ciphertext: ArrayBuffer }>
  decapsulateBits(name: string, key: CryptoKey, ciphertext: Bytes): Promise<ArrayBuffer>
  exportKey(format: string, key: CryptoKey): Promise<ArrayBuffer>
  getPublicKey(key: CryptoKey, usages: string[]): Promise<CryptoKey>
}
const openssl = crypto.subtle as unknown as Subtle
const opensslKey = (seed: Bytes) => openssl.importKey("raw-seed", seed, "ML-KEM-768", true, ["decapsulateBits"])

async function publicHalf(own: Awaited<ReturnType<typeof expandSeed>>) {
  return { mlkem768: latticeKeysOf(own.seed).encapsulation, p256: own.point }
}

describe("MLKEM768-P256", () => {
  test.each(draft03.vectors)("is that of draft-ietf-hpke-pq-03, with KDF $kdf_id and AEAD $aead_id", async (vector) => {
    const own = await expandSeed(fromHex(vector.skRm))
    const recipient = await publicHalf(own)
    expect(toHex(concat(recipient.mlkem768, recipient.p256))).toBe(vector.pkRm)
    const { enc, secret } = await encapsulate(recipient, await coinsOf(fromHex(vector.ikmE)))
    expect(toHex(enc)).toBe(vector.enc)
    expect(toHex(secret)).toBe(vector.shared_secret)
    expect(toHex(await decapsulate(own, fromHex(vector.enc)))).toBe(vector.shared_secret)
  })

  test("is that of draft-ietf-hpke-pq-05", async () => {
    const own = await expandSeed(fromHex(draft05.skRm))
    const { enc, secret } = await encapsulate(await publicHalf(own), await coinsOf(fromHex(draft05.ikmE)))
    expect(toHex(enc).startsWith(draft05.encStart)).toBe(true)
    expect(toHex(enc).endsWith(draft05.encEnd)).toBe(true)
    expect(toHex(secret)).toBe(draft05.shared_secret)
    expect(toHex(await decapsulate(own, enc))).toBe(draft05.shared_secret)
  })

  test("agrees with what OpenSSL computes of the same keys, both ways", async () => {
    for (let round = 0; round < 8; round += 1) {
      const own = await expandSeed(randomBytes(32))
      const recipient = await publicHalf(own)
      const theirs = await opensslKey(own.seed)
      const theirPublic = await openssl.getPublicKey(theirs, ["encapsulateBits"])
      expect(new Uint8Array(await openssl.exportKey("raw-public", theirPublic))).toEqual(recipient.mlkem768)

      const ours = await encapsulate(recipient)
      const opened = await openssl.decapsulateBits("ML-KEM-768", theirs, ours.enc.slice(0, 1088))
      const agreed = await agree(own.p256, await importPoint(ours.enc.slice(1088)))
      expect(ours.secret).toEqual(combined(new Uint8Array(opened), agreed, ours.enc.slice(1088), own.point))

      const sent = await openssl.encapsulateBits("ML-KEM-768", theirPublic)
      const enc = concat(new Uint8Array(sent.ciphertext), ours.enc.slice(1088))
      const expected = combined(new Uint8Array(sent.sharedKey), agreed, ours.enc.slice(1088), own.point)
      expect(await decapsulate(own, enc)).toEqual(expected)
    }
  })

  test("agrees with OpenSSL on a ciphertext that was changed: both reject it implicitly, with the same secret", async () => {
    const own = await expandSeed(randomBytes(32))
    const { enc, secret } = await encapsulate(await publicHalf(own))
    const changed = Uint8Array.from(enc, (byte, i) => (i === 500 ? byte ^ 1 : byte))
    const opened = await openssl.decapsulateBits("ML-KEM-768", await opensslKey(own.seed), changed.slice(0, 1088))
    const agreed = await agree(own.p256, await importPoint(changed.slice(1088)))
    const rejected = await decapsulate(own, changed)
    expect(rejected).not.toEqual(secret)
    expect(rejected).toEqual(combined(new Uint8Array(opened), agreed, changed.slice(1088), own.point))
  })

  test("needs both halves: neither the lattice nor the curve alone gives the secret", async () => {
    const [own, other] = await Promise.all([expandSeed(randomBytes(32)), expandSeed(randomBytes(32))])
    const { enc, secret } = await encapsulate(await publicHalf(own))
    expect(await decapsulate(own, enc)).toEqual(secret)
    expect(await decapsulate({ ...own, mlkem768: other.mlkem768 }, enc)).not.toEqual(secret)
    expect(await decapsulate({ ...own, p256: other.p256 }, enc)).not.toEqual(secret)
    expect(await decapsulate({ ...own, point: other.point }, enc)).not.toEqual(secret)
  })

  test("draws fresh randomness for both halves", async () => {
    const recipient = await publicHalf(await expandSeed(randomBytes(32)))
    const [a, b] = await Promise.all([encapsulate(recipient), encapsulate(recipient)])
    expect(a.enc.slice(0, 1088)).not.toEqual(b.enc.slice(0, 1088))
    expect(a.enc.slice(1088)).not.toEqual(b.enc.slice(1088))
    expect(a.secret).not.toEqual(b.secret)
  })

  test("refuses an encapsulation of another length", async () => {
    const own = await expandSeed(randomBytes(32))
    const { enc } = await encapsulate(await publicHalf(own))
    await expect(decapsulate(own, enc.slice(0, -1))).rejects.toThrow(RangeError)
    await expect(decapsulate(own, concat(enc, Uint8Array.of(0)))).rejects.toThrow(RangeError)
  })

  test("refuses an ephemeral point off the curve, at infinity or compressed", async () => {
    const own = await expandSeed(randomBytes(32))
    const { enc } = await encapsulate(await publicHalf(own))
    const withPoint = (point: Bytes) => decapsulate(own, concat(enc.slice(0, 1088), point))
    const point = enc.slice(1088)
    await expect(withPoint(Uint8Array.from(point, (byte, i) => (i === 64 ? byte ^ 1 : byte)))).rejects.toThrow()
    await expect(withPoint(new Uint8Array(65))).rejects.toThrow()
    await expect(withPoint(Uint8Array.from(point, (byte, i) => (i === 0 ? 2 : byte)))).rejects.toThrow()
    await expect(
      withPoint(Uint8Array.from(point, (byte, i) => (i === 0 ? 6 + (point[64]! & 1) : byte))),
    ).rejects.toThrow()
  })

  test("refuses a recipient whose lattice half has a coefficient of the modulus or more, wherever it stands", async () => {
    const recipient = await publicHalf(await expandSeed(randomBytes(32)))
    const { mlkem768 } = recipient
    // Two coefficients of 12 bits stand in three bytes, the lower bits first.
    const withCoefficient = (at: number, value: number) => {
      const changed = mlkem768.slice()
      const [first, second, third] = changed.subarray((at >> 1) * 3, (at >> 1) * 3 + 3)
      const pair =
        at % 2 === 0 ? value | (((second! >> 4) | (third! << 4)) << 12) : first! | ((second! & 15) << 8) | (value << 12)
      changed.set([pair & 255, (pair >> 8) & 255, pair >> 16], (at >> 1) * 3)
      return { ...recipient, mlkem768: changed }
    }
    for (const at of [0, 1, 2, 255, 256, 511, 512, 766, 767]) {
      await expect(requireEncapsulationKey(withCoefficient(at, 3328))).resolves.toBeUndefined()
      await expect(encapsulate(withCoefficient(at, 3328))).resolves.toBeDefined()
      for (const value of [3329, 4095]) {
        await expect(requireEncapsulationKey(withCoefficient(at, value)), `${at}`).rejects.toThrow()
        await expect(encapsulate(withCoefficient(at, value)), `${at}`).rejects.toThrow()
      }
    }
  })

  test("takes a recipient by what encapsulating takes: whatever the 32 bytes of its matrix, at its length alone, on the curve", async () => {
    const recipient = await publicHalf(await expandSeed(randomBytes(32)))
    const { mlkem768, p256 } = recipient
    const taken = [
      recipient,
      { ...recipient, mlkem768: Uint8Array.from(mlkem768, (byte, i) => (i < 1152 ? byte : 0xff)) },
      { ...recipient, mlkem768: concat(Uint8Array.of(7), mlkem768).subarray(1) },
    ]
    for (const key of taken) {
      await expect(requireEncapsulationKey(key)).resolves.toBeUndefined()
      await expect(encapsulate(key)).resolves.toBeDefined()
    }
    const refused = [
      { ...recipient, mlkem768: mlkem768.slice(1) },
      { ...recipient, mlkem768: concat(mlkem768, Uint8Array.of(0)) },
      { ...recipient, mlkem768: new Uint8Array(0) },
      { ...recipient, p256: Uint8Array.from(p256, (byte, i) => (i === 64 ? byte ^ 1 : byte)) },
      { ...recipient, p256: p256.slice(1) },
    ]
    for (const key of refused) {
      await expect(requireEncapsulationKey(key)).rejects.toThrow()
      await expect(encapsulate(key)).rejects.toThrow()
    }
  })

  test("leaves the caller's seed and keys as they are", async () => {
    const own = await expandSeed(randomBytes(32))
    const [seed, mlkem768] = [own.seed.slice(), own.mlkem768.slice()]
    const { enc } = await encapsulate(await publicHalf(own))
    await decapsulate(own, enc)
    expect(own.seed).toEqual(seed)
    expect(own.mlkem768).toEqual(mlkem768)
    expect(ml_kem768.keygen(own.seed).publicKey).toEqual(latticeKeysOf(seed).encapsulation)
  })
})

/** The draft's combiner by OpenSSL's SHA3-256. */
function combined(mlkemSecret: Bytes, agreed: Bytes, ephemeral: Bytes, recipient: Bytes): Bytes {
  const parts = concat(mlkemSecret, agreed, ephemeral, recipient, utf8("MLKEM768-P256"))
  return new Uint8Array(createHash("sha3-256").update(parts).digest())
}
