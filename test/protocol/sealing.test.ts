import * as fc from "fast-check"
import { beforeAll, describe, expect, test } from "vitest"
import { fromBase64url, fromHex, fromUtf8, toBase64url, toHex, utf8 } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { CryptoFailure } from "../../protocol/crypto/failure.ts"
import { latticeKeysOf } from "../../protocol/crypto/hybrid-kem.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import {
  exportSealingKeyPair,
  generateSealingKeyPair,
  importSealingKeyPair,
  isSealingKey,
  lockSealingKeyPair,
  openSealed,
  type SealContext,
  type SealingKeyPair,
  sealInfo,
  sealingKeyThumbprint,
  sealTo,
  unlockSealingKeyPair,
} from "../../protocol/sealing.ts"
import { type SealingKey, sealedText, sealingKey, sealingPrivateKey } from "../../protocol/sealing-key.ts"
import vectors from "./crypto/hpke-vectors.json" with { type: "json" }
import { coinsOf, expandSeed } from "./crypto/hybrid-seed.ts"

const { go, draft05 } = vectors
const plaintext = utf8("a data key")
const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
let own: SealingKeyPair
let other: SealingKeyPair
let context: SealContext
let info: ReturnType<typeof sealInfo>
beforeAll(async () => {
  own = await generateSealingKeyPair()
  other = await generateSealingKeyPair()
  const recipient = await sealingKeyThumbprint(own.publicKey)
  context = { kind: "contribution", aud: "cloud", subject: "patient", recipient, object: "object", epoch: 3 }
  info = sealInfo(context)
})

/** The pair that the draft derives from a seed. */
async function pairOf(seedHex: string): Promise<SealingKeyPair> {
  const { seed, mlkem768, p256, point } = await expandSeed(fromHex(seedHex), { extractable: true })
  const jwk = { kty: "EC", crv: "P-256", x: toBase64url(point.slice(1, 33)), y: toBase64url(point.slice(33)) } as const
  return { publicKey: { p256: jwk, mlkem768: toBase64url(latticeKeysOf(seed).encapsulation) }, p256, seed, mlkem768 }
}

describe("what is sealed to a key", () => {
  test("opens with it, whatever the bytes are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), fc.uint8Array({ maxLength: 300 }), async (bytes, about) => {
        const text = Uint8Array.from(bytes)
        const sealed = await sealTo(own.publicKey, Uint8Array.from(about), text)
        expect(await openSealed(own, Uint8Array.from(about), sealed)).toEqual(text)
      }),
      { numRuns: 30 },
    )
  })

  test("is named by its construction and is as long as it is said to be", async () => {
    const sealed = await sealTo(own.publicKey, info, plaintext)
    expect(sealed.startsWith("H1.")).toBe(true)
    expect(sealed.length).toBe(3 + Math.ceil(((1153 + 16 + plaintext.length) * 4) / 3))
    expect(await sealTo(own.publicKey, info, new Uint8Array(0))).toHaveLength(3 + 1559)
    expect(sealedText(sealed.length).safeParse(sealed).success).toBe(true)
    expect(sealedText(sealed.length - 1).safeParse(sealed).success).toBe(false)
    expect(sealedText(sealed.length).safeParse(sealed.replace("H1.", "H2.")).success).toBe(false)
    expect(sealedText(sealed.length).safeParse(`${sealed.slice(0, -1)}=`).success).toBe(false)
    expect(sealedText(2 * sealed.length).safeParse(`x${sealed}`).success).toBe(false)
  })

  test("is never the same twice", async () => {
    const [a, b] = await Promise.all([sealTo(own.publicKey, info, plaintext), sealTo(own.publicKey, info, plaintext)])
    expect(a).not.toBe(b)
  })

  test("is what Go's HPKE seals, and the same bytes for the same coins", async () => {
    const theirs = await pairOf(go.seed)
    const text = `H1.${toBase64url(fromHex(go.sealed))}`
    expect(await openSealed(theirs, fromHex(go.info), text)).toEqual(fromHex(go.plaintext))
    const coins = await coinsOf(fromHex(draft05.ikmE))
    const [a, b] = await Promise.all([1, 2].map(() => sealTo(theirs.publicKey, info, plaintext, coins)))
    expect(a).toBe(b)
  })

  test("opens no more once any byte of it was changed", async () => {
    const sealed = fromBase64url((await sealTo(own.publicKey, info, plaintext)).slice(3))
    // The lattice's u and v, the point's form, x and y, the ciphertext and the tag: their ends, and every 97th byte.
    const ends = [0, 959, 960, 1087, 1088, 1089, 1120, 1121, 1152, 1153, 1162, 1163, sealed.length - 1]
    const positions = new Set([...ends, ...Array.from({ length: 12 }, (_, i) => i * 97)])
    for (const position of positions) {
      for (const mask of [1, 128]) {
        const changed = Uint8Array.from(sealed, (byte, i) => (i === position ? byte ^ mask : byte))
        const attempt = openSealed(own, info, `H1.${toBase64url(changed)}`)
        await expect(attempt, `byte ${position}`).rejects.toEqual(new CryptoFailure())
      }
    }
  })

  test("opens no more once it was cut, extended, spelled otherwise or named as another construction", async () => {
    const sealed = await sealTo(own.publicKey, info, new Uint8Array(0))
    const misspelled = sealed.slice(0, -1) + alphabet[alphabet.indexOf(sealed.at(-1)!) | 1]
    expect(misspelled).not.toBe(sealed)
    const texts = [
      "",
      "H1.",
      "H1",
      sealed.slice(0, -1),
      sealed.slice(0, 1000),
      `${sealed}AAAA`,
      `${sealed}=`,
      ` ${sealed}`,
      misspelled,
    ]
    const renamed = [sealed.slice(3), sealed.replace("H1.", "H2."), sealed.replace("H1.", "h1."), `H1.${sealed}`]
    for (const text of [...texts, ...renamed]) {
      await expect(openSealed(own, info, text), text.slice(0, 8)).rejects.toEqual(new CryptoFailure())
    }
  })

  test("opens with no other key, and with neither half of it alone", async () => {
    const sealed = await sealTo(own.publicKey, info, plaintext)
    const strangers: SealingKeyPair[] = [
      other,
      { ...own, mlkem768: other.mlkem768 },
      { ...own, p256: other.p256 },
      { ...own, publicKey: other.publicKey },
      { ...other, mlkem768: own.mlkem768 },
      { ...other, p256: own.p256 },
    ]
    for (const stranger of strangers) {
      await expect(openSealed(stranger, info, sealed)).rejects.toEqual(new CryptoFailure())
    }
  })

  test("opens for no other context: each part of it counts", async () => {
    const sealed = await sealTo(own.publicKey, info, plaintext)
    const recipient = await sealingKeyThumbprint(other.publicKey)
    const changes: Partial<SealContext>[] = [
      { kind: "account-key" },
      { aud: "another" },
      { subject: "another" },
      { recipient },
      { object: "another" },
      { epoch: 4 },
    ]
    for (const change of changes) {
      const attempt = openSealed(own, sealInfo({ ...context, ...change }), sealed)
      await expect(attempt, Object.keys(change)[0]).rejects.toEqual(new CryptoFailure())
    }
    await expect(openSealed(own, new Uint8Array(0), sealed)).rejects.toEqual(new CryptoFailure())
    expect(await openSealed(own, sealInfo({ ...context }), sealed)).toEqual(plaintext)
  })
})

describe("the context of what is sealed", () => {
  test("has one spelling, whatever order its parts are given in", () => {
    const { epoch, object, recipient, subject, aud, kind } = context
    expect(sealInfo({ epoch, object, recipient, subject, aud, kind })).toEqual(info)
    expect(fromUtf8(sealInfo({ kind: "k", aud: "a", subject: "s", recipient: "r", object: "", epoch: 0 }))).toBe(
      'ehr-cloud/2 seal\0{"aud":"a","epoch":0,"kind":"k","object":"","recipient":"r","subject":"s"}',
    )
  })

  test("is the same bytes for the same parts alone", () => {
    const part = fc.oneof(fc.constantFrom("", "a", '"', '","kind":"', "\\", "\0", "1"), fc.string({ maxLength: 4 }))
    const parts = ["kind", "aud", "subject", "recipient", "object", "epoch"] as const
    const contexts = fc.record({
      kind: part,
      aud: part,
      subject: part,
      recipient: part,
      object: part,
      epoch: fc.nat({ max: 3 }),
    })
    fc.assert(
      fc.property(contexts, contexts, (a, b) => {
        const same = parts.every((part) => a[part] === b[part])
        expect(toBase64url(sealInfo(a)) === toBase64url(sealInfo(b))).toBe(same)
      }),
      { numRuns: 2_000 },
    )
  })

  test("must be whole", () => {
    const { object: _, ...partial } = context
    expect(() => sealInfo(partial as SealContext)).toThrow(TypeError)
    expect(() => sealInfo({ ...context, epoch: Number.NaN })).toThrow(TypeError)
    expect(() => sealInfo({ ...context, subject: "\ud800" })).toThrow(TypeError)
  })
})

describe("a sealing key", () => {
  test("is public in two halves of the stated lengths, and nothing else parses", () => {
    expect(sealingKey.parse(own.publicKey)).toEqual(own.publicKey)
    expect(fromBase64url(own.publicKey.mlkem768)).toHaveLength(1184)
    const { p256, mlkem768 } = own.publicKey
    const others: unknown[] = [
      { p256 },
      { mlkem768 },
      { p256, mlkem768: mlkem768.slice(1) },
      { p256, mlkem768, seed: "" },
      { p256: { ...p256, d: p256.x }, mlkem768 },
      { p256: { ...p256, crv: "P-384" }, mlkem768 },
    ]
    for (const value of others) expect(sealingKey.safeParse(value).success).toBe(false)
  })

  test("that is no point, no lattice key, or spelled otherwise, is recognised and sealed to by nobody", async () => {
    const { p256, mlkem768 } = own.publicKey
    const last = mlkem768.at(-1)!
    const bad: SealingKey[] = [
      { p256: { ...p256, y: p256.x }, mlkem768 },
      { p256: { ...p256, x: toBase64url(new Uint8Array(32).fill(255)) }, mlkem768 },
      { p256, mlkem768: `____${mlkem768.slice(4)}` },
      { p256, mlkem768: mlkem768.slice(0, -4) },
      { p256, mlkem768: mlkem768.slice(0, -1) + alphabet[alphabet.indexOf(last) | 1] },
    ]
    for (const key of bad) {
      expect(await isSealingKey(key)).toBe(false)
      await expect(sealTo(key, info, plaintext)).rejects.toThrow()
    }
    expect(await isSealingKey(own.publicKey)).toBe(true)
  })

  test("has the hash of its canonical JSON as its thumbprint", async () => {
    const thumbprint = await sealingKeyThumbprint(own.publicKey)
    expect(thumbprint).toBe(await canonicalHash(own.publicKey))
    const { p256, mlkem768 } = own.publicKey
    const reordered = { mlkem768, p256: { y: p256.y, x: p256.x, crv: p256.crv, kty: p256.kty } }
    expect(await sealingKeyThumbprint(reordered)).toBe(thumbprint)
    expect(await sealingKeyThumbprint({ ...own.publicKey, p256: other.publicKey.p256 })).not.toBe(thumbprint)
    expect(await sealingKeyThumbprint({ ...own.publicKey, mlkem768: other.publicKey.mlkem768 })).not.toBe(thumbprint)
  })

  test("keeps its private half of P-256 to the platform unless it was asked for", async () => {
    expect(own.p256.extractable).toBe(false)
    await expect(exportSealingKeyPair(own)).rejects.toThrow()
    expect((await generateSealingKeyPair({ extractable: true })).p256.extractable).toBe(true)
    expect(own.seed).not.toEqual(other.seed)
  })

  test("comes back from its export, and opens what was sealed to it", async () => {
    const pair = await generateSealingKeyPair({ extractable: true })
    const exported = sealingPrivateKey.parse(JSON.parse(JSON.stringify(await exportSealingKeyPair(pair))))
    const back = await importSealingKeyPair(exported, { extractable: false })
    expect(back.publicKey).toEqual(pair.publicKey)
    expect(back.p256.extractable).toBe(false)
    expect(await openSealed(back, info, await sealTo(pair.publicKey, info, plaintext))).toEqual(plaintext)
    const again = await importSealingKeyPair(exported, { extractable: true })
    expect(await exportSealingKeyPair(again)).toEqual(exported)
  })

  test("is not made of an export whose halves don't belong together", async () => {
    const [a, b] = await Promise.all(
      [1, 2].map(async () => exportSealingKeyPair(await generateSealingKeyPair({ extractable: true }))),
    )
    const { p256, seed } = a!
    const bad = [
      { p256: { ...p256, d: b!.p256.d }, seed },
      { p256: { ...p256, x: b!.p256.x, y: b!.p256.y }, seed },
      { p256, seed: seed.slice(0, 43) },
      { p256, seed: toBase64url(randomBytes(65)) },
      { p256: { ...p256, d: toBase64url(new Uint8Array(32)) }, seed },
    ]
    for (const exported of bad) await expect(importSealingKeyPair(exported, { extractable: true })).rejects.toThrow()
  })
})

describe("a locked pair", () => {
  test("survives the device's store and opens what was sealed to it", async () => {
    const pair = await generateSealingKeyPair({ extractable: true })
    const sealed = await sealTo(pair.publicKey, info, plaintext)
    const stored = structuredClone(await lockSealingKeyPair(pair))
    expect(stored.p256.extractable).toBe(false)
    expect(stored.lock.extractable).toBe(false)
    expect(await openSealed(await unlockSealingKeyPair(stored), info, sealed)).toEqual(plaintext)
  })

  test("holds the seed nowhere in the clear", async () => {
    const locked = await lockSealingKeyPair(own)
    expect(locked.lockedSeed).toHaveLength(12 + 64 + 16)
    expect(Object.keys(locked).sort()).toEqual(["lock", "lockedSeed", "p256", "publicKey"])
    for (let at = 0; at + 8 <= own.seed.length; at += 8) {
      expect(toHex(locked.lockedSeed)).not.toContain(toHex(own.seed.slice(at, at + 8)))
    }
    expect((await lockSealingKeyPair(own)).lockedSeed).not.toEqual(locked.lockedSeed)
  })

  test("doesn't unlock with another lock, a changed seed or the seed of another key", async () => {
    const [a, b] = await Promise.all([lockSealingKeyPair(own), lockSealingKeyPair(other)])
    const flipped = Uint8Array.from(a.lockedSeed, (byte, i) => (i === 20 ? byte ^ 1 : byte))
    const bad = [
      { ...a, lock: b.lock },
      { ...a, lockedSeed: flipped },
      { ...a, lockedSeed: new Uint8Array(0) },
      { ...a, lock: b.lock, lockedSeed: b.lockedSeed },
    ]
    for (const locked of bad) await expect(unlockSealingKeyPair(locked)).rejects.toEqual(new CryptoFailure())
    expect(await unlockSealingKeyPair(a)).toEqual(own)
  })
})
