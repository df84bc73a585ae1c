import { createHash } from "node:crypto"
import { expect, test } from "vitest"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { openSealed, sealTo } from "../../protocol/crypto/envelope.ts"
import {
  type EcPrivateJwk,
  exportPrivateJwks,
  generatePatientKeys,
  importPatientKeys,
  isPublicKey,
  lockKeys,
  publicJwk,
  publicPart,
  sameKey,
  thumbprint,
} from "../../protocol/keys.ts"
import { signStatement, verifyStatement } from "../../protocol/statement.ts"
import { frozenKeys, frozenPublicKeys } from "./crypto/frozen-keys.ts"
import vectors from "./crypto/vectors.json" with { type: "json" }

test("the thumbprint is SHA-256 of the members in their order (RFC 7638, section 3)", async () => {
  const { x, y } = frozenPublicKeys.signing
  const text = `{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`
  expect(await thumbprint(frozenPublicKeys.signing)).toBe(createHash("sha256").update(text).digest("base64url"))
  expect(await thumbprint(frozenPublicKeys.signing)).toBe(vectors.patient.fingerprint)
  // The private half and other members don't count.
  expect(await thumbprint(frozenKeys.signing)).toBe(vectors.patient.fingerprint)
})

test("new keys can be exported, locked ones can't, and both are the same keys", async () => {
  const keys = await generatePatientKeys()
  const jwks = await exportPrivateJwks(keys)
  for (const jwk of [jwks.signing, jwks.agreement])
    expect(Object.keys(jwk).toSorted()).toEqual(["crv", "d", "kty", "x", "y"])
  const locked = await lockKeys(keys)
  expect([locked.signing.privateKey.extractable, locked.agreement.privateKey.extractable]).toEqual([false, false])
  await expect(exportPrivateJwks(locked)).rejects.toThrow(TypeError)
  const [signing, agreement] = [await publicJwk(locked.signing.publicKey), await publicJwk(locked.agreement.publicKey)]
  expect(Object.keys(signing).toSorted()).toEqual(["crv", "kty", "x", "y"])
  expect(sameKey(signing, await publicJwk(keys.signing.publicKey))).toBe(true)
  expect(sameKey(signing, agreement)).toBe(false)

  const statement = await signStatement({
    typ: "consent",
    alg: "ES256",
    privateKey: locked.signing.privateKey,
    payload: {},
  })
  await verifyStatement(statement, { typ: "consent", key: signing, algorithms: ["ES256"] })
  expect(await openSealed(locked.agreement.privateKey, await sealTo(agreement, utf8("a")))).toEqual(utf8("a"))
})

test("keys come back from their JWKs", async () => {
  const keys = await importPatientKeys(frozenKeys, { extractable: true })
  expect(await exportPrivateJwks(keys)).toEqual(frozenKeys)
  expect(await publicJwk(keys.signing.publicKey)).toEqual(frozenPublicKeys.signing)
})

const { signing, agreement } = frozenKeys
/** The signing key with members no type would let through. */
const changed = (members: Record<string, string>): EcPrivateJwk =>
  JSON.parse(JSON.stringify({ ...signing, ...members }))
test.each([
  ["a point off the curve", { ...signing, y: agreement.y }],
  ["halves of different keys", { ...signing, d: agreement.d }],
  ["another curve", changed({ crv: "P-384" })],
  ["another kind of key", changed({ kty: "OKP" })],
  ["no private half", { ...signing, d: "" }],
  ["a short coordinate", { ...signing, x: signing.x.slice(0, -2) }],
  ["padding", { ...signing, x: `${signing.x}=` }],
])("isn't imported: %s", async (_, jwk) => {
  await expect(importPatientKeys({ signing: jwk, agreement }, { extractable: false })).rejects.toThrow()
  await expect(importPatientKeys({ signing, agreement: jwk }, { extractable: false })).rejects.toThrow()
})

const { x, y } = frozenPublicKeys.signing
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
  expect(publicPart(frozenPublicKeys.signing)).toEqual(frozenPublicKeys.signing)
  expect(() => publicPart({ ...frozenPublicKeys.signing, ...changed })).toThrow(TypeError)
})

test("a public key is a point of the curve", async () => {
  expect(await isPublicKey(frozenPublicKeys.signing)).toBe(true)
  expect(await isPublicKey({ ...frozenPublicKeys.signing, x: y, y: x })).toBe(false)
  expect(await isPublicKey({ ...frozenPublicKeys.signing, x: x.slice(0, 42) })).toBe(false)
})
