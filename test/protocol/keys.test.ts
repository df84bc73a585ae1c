import { createHash } from "node:crypto"
import { expect, test } from "vitest"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { CryptoFailure } from "../../protocol/crypto/failure.ts"
import { type EcPrivateJwk, privatePart, publicPart } from "../../protocol/crypto/p256.ts"
import {
  exportKeyPairs,
  generateKeyPairs,
  importKeyPairs,
  isPublicKey,
  lockKeyPairs,
  publicJwk,
  publicKeysOf,
  sameKey,
  thumbprint,
  unlockKeyPairs,
} from "../../protocol/keys.ts"
import { openSealed, sealTo } from "../../protocol/sealing.ts"
import { signStatement, verifyStatement } from "../../protocol/statement.ts"
import { fingerprint, frozenDevice, frozenRoot, rootSigning } from "./crypto/frozen-keys.ts"

test("the thumbprint is SHA-256 of the members in their order (RFC 7638, section 3)", async () => {
  const { x, y } = rootSigning
  const text = `{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`
  expect(await thumbprint(rootSigning)).toBe(createHash("sha256").update(text).digest("base64url"))
  expect(await thumbprint(rootSigning)).toBe(fingerprint)
  // The private half and other members don't count.
  expect(await thumbprint(frozenRoot.signing)).toBe(fingerprint)
})

test("new pairs can be exported where they were asked to be, locked ones can't, and both are the same keys", async () => {
  const keys = await generateKeyPairs({ extractable: true })
  const exported = await exportKeyPairs(keys)
  for (const jwk of [exported.signing, exported.sealing.p256])
    expect(Object.keys(jwk).toSorted()).toEqual(["crv", "d", "kty", "x", "y"])
  const publicKeys = await publicKeysOf(keys)
  expect(Object.keys(publicKeys.signing).toSorted()).toEqual(["crv", "kty", "x", "y"])
  expect(sameKey(publicKeys.signing, publicKeys.sealing.p256)).toBe(false)

  const stored = structuredClone(await lockKeyPairs(keys))
  expect([stored.signing.privateKey.extractable, stored.sealing.p256.extractable]).toEqual([false, false])
  expect(JSON.stringify(stored)).not.toContain(exported.sealing.seed)
  const unlocked = await unlockKeyPairs(stored)
  expect(await publicKeysOf(unlocked)).toEqual(publicKeys)
  await expect(exportKeyPairs(unlocked)).rejects.toThrow(TypeError)

  const { privateKey } = unlocked.signing
  const statement = await signStatement({ typ: "consent", alg: "ES256", privateKey, payload: {} })
  await verifyStatement(statement, { typ: "consent", key: publicKeys.signing, algorithms: ["ES256"] })
  const info = utf8("info")
  const sealed = await sealTo(publicKeys.sealing, info, utf8("a"))
  expect(await openSealed(unlocked.sealing, info, sealed)).toEqual(utf8("a"))
})

test("pairs that a device makes for itself are never readable, and can be locked as they are", async () => {
  const keys = await generateKeyPairs({ extractable: false })
  expect([keys.signing.privateKey.extractable, keys.sealing.p256.extractable]).toEqual([false, false])
  const locked = await lockKeyPairs(keys)
  expect(locked.signing).toBe(keys.signing)
  expect(await publicKeysOf(await unlockKeyPairs(locked))).toEqual(await publicKeysOf(keys))
  const other = await lockKeyPairs(await generateKeyPairs({ extractable: false }))
  const mixed = { ...locked, sealing: { ...locked.sealing, publicKey: other.sealing.publicKey } }
  await expect(unlockKeyPairs(mixed)).rejects.toEqual(new CryptoFailure())
})

test("keys come back from their export", async () => {
  const keys = await importKeyPairs(frozenRoot, { extractable: true })
  expect(await exportKeyPairs(keys)).toEqual(frozenRoot)
  expect(await publicJwk(keys.signing.publicKey)).toEqual(rootSigning)
  const locked = await importKeyPairs(frozenRoot, { extractable: false })
  expect([locked.signing.privateKey.extractable, locked.sealing.p256.extractable]).toEqual([false, false])
  expect(locked.signing.publicKey.extractable).toBe(true)
})

const { signing, sealing } = frozenRoot
const other = frozenDevice.signing
/** The signing key with members no type would let through. */
const changed = (members: Record<string, string>): EcPrivateJwk =>
  JSON.parse(JSON.stringify({ ...signing, ...members }))
test.each([
  ["a point off the curve", { ...signing, y: other.y }],
  ["halves of different keys", { ...signing, d: other.d }],
  ["another curve", changed({ crv: "P-384" })],
  ["another kind of key", changed({ kty: "OKP" })],
  ["no private half", { ...signing, d: "" }],
  ["a short coordinate", { ...signing, x: signing.x.slice(0, -2) }],
  ["padding", { ...signing, x: `${signing.x}=` }],
])("a private key with %s is not imported", async (_, jwk) => {
  await expect(importKeyPairs({ signing: jwk, sealing }, { extractable: false })).rejects.toThrow()
  const moved = { signing, sealing: { ...sealing, p256: jwk } }
  await expect(importKeyPairs(moved, { extractable: false })).rejects.toThrow()
})

test("a private key has its private half, strictly spelled", () => {
  expect(privatePart({ ...signing, use: "sig" } as EcPrivateJwk)).toEqual(signing)
  for (const d of [undefined, "", signing.d.slice(1), `${signing.d}=`, Array.from(signing.d)])
    expect(() => privatePart({ ...signing, d })).toThrow(TypeError)
  expect(() => privatePart({ ...signing, x: "" })).toThrow(TypeError)
})

const { x, y } = rootSigning
test.for<[string, Record<string, unknown>]>([
  ["another type", { kty: "OKP" }],
  ["no type", { kty: undefined }],
  ["another curve", { crv: "P-384" }],
  ["a short x", { x: x.slice(0, 42) }],
  ["no x", { x: undefined }],
  ["an x in pieces", { x: Array.from(x) }],
  ["a long y", { y: `${y}A` }],
  ["no y", { y: undefined }],
  ["a y in pieces", { y: Array.from(y) }],
])("a key with %s is no P-256 key", ([, changed]) => {
  expect(publicPart(rootSigning)).toEqual(rootSigning)
  expect(() => publicPart({ ...rootSigning, ...changed })).toThrow(TypeError)
})

test("a public key is a point of the curve", async () => {
  expect(await isPublicKey(rootSigning)).toBe(true)
  expect(await isPublicKey({ ...rootSigning, x: y, y: x })).toBe(false)
  expect(await isPublicKey({ ...rootSigning, x: x.slice(0, 42) })).toBe(false)
})
