import { createHash } from "node:crypto"
import { beforeAll, describe, expect, test } from "vitest"
import { fromStandardBase64 } from "../../protocol/crypto/bytes.ts"
import { CryptoFailure } from "../../protocol/crypto/failure.ts"
import { importKeyPairs, type KeyPairs } from "../../protocol/keys.ts"
import { readStatement, signStatement, statementHash, verifyStatement } from "../../protocol/statement.ts"
import { deviceSigning, fingerprint, frozenRoot, rootSigning, signer } from "./crypto/frozen-keys.ts"
import vectors from "./crypto/vectors.json" with { type: "json" }

const { claims, consent, consentHash, named, professionals, refused, refusedProfessional } = vectors.statement
const ofPatient = { key: rootSigning, algorithms: ["ES256"] } as const
let keys: KeyPairs
beforeAll(async () => {
  keys = await importKeyPairs(frozenRoot, { extractable: false })
})

describe("a patient's statement", () => {
  test("the frozen one is read, verified and hashed", async () => {
    const statement = { header: { alg: "ES256", typ: "consent" }, payload: claims }
    expect(readStatement(consent)).toEqual(statement)
    expect(await verifyStatement(consent, { ...ofPatient, typ: "consent" })).toEqual(statement)
    expect(await verifyStatement(consent, { ...ofPatient, typ: "consent", key: keys.signing.publicKey })).toEqual(
      statement,
    )
    expect(await statementHash(consent)).toBe(consentHash)
  })

  test("what is signed now is verified", async () => {
    const compact = await signStatement({
      typ: "decision",
      alg: "ES256",
      privateKey: keys.signing.privateKey,
      payload: { ...claims, text: "Größe 😀" },
    })
    const { payload } = await verifyStatement(compact, { ...ofPatient, typ: "decision" })
    expect(payload).toEqual({ ...claims, text: "Größe 😀" })
  })

  test.each(refused)("is refused: $why", async ({ compact }) => {
    await expect(verifyStatement(compact, { ...ofPatient, typ: "consent" })).rejects.toThrow(CryptoFailure)
    const asProfessional = {
      typ: "consent",
      key: rootSigning,
      algorithms: ["ES256", "ES384", "RS256", "PS256"],
    } as const
    await expect(verifyStatement(compact, asProfessional)).rejects.toThrow(CryptoFailure)
  })

  test("is refused as another type, by another key, or where its algorithm isn't taken", async () => {
    await expect(verifyStatement(consent, { ...ofPatient, typ: "deactivation" })).rejects.toThrow(CryptoFailure)
    const other = { ...ofPatient, typ: "consent", key: deviceSigning }
    await expect(verifyStatement(consent, other)).rejects.toThrow(CryptoFailure)
    await expect(verifyStatement(consent, { ...ofPatient, typ: "consent", algorithms: ["PS256"] })).rejects.toThrow(
      CryptoFailure,
    )
    await expect(verifyStatement(consent, { ...ofPatient, typ: "consent", algorithms: [] })).rejects.toThrow(
      CryptoFailure,
    )
  })

  test("is refused with any character changed", async () => {
    for (let i = 0; i < consent.length; i++) {
      const changed = `${consent.slice(0, i)}${consent[i] === "A" ? "B" : "A"}${consent.slice(i + 1)}`
      await expect(verifyStatement(changed, { ...ofPatient, typ: "consent" })).rejects.toThrow(CryptoFailure)
    }
  })

  test("one that is too long isn't even parsed", () => {
    expect(() => readStatement(`${consent}${"A".repeat(128 * 1024)}`)).toThrow(CryptoFailure)
  })
})

describe("a statement that names its key", () => {
  const sign = (kid?: string) =>
    signStatement({
      typ: "consent",
      alg: "ES256",
      privateKey: keys.signing.privateKey,
      payload: claims,
      ...(kid === undefined ? {} : { kid }),
    })

  test("is verified by this key", async () => {
    const header = { alg: "ES256", typ: "consent", kid: fingerprint }
    expect(readStatement(named).header).toEqual(header)
    expect((await verifyStatement(named, { ...ofPatient, typ: "consent" })).header).toEqual(header)
    expect(readStatement(await sign(fingerprint)).header).toEqual(header)
    expect(readStatement(await sign()).header).toEqual({ alg: "ES256", typ: "consent" })
  })

  test("is refused by a key of another name, and by one whose name nobody can tell", async () => {
    const misnamed = await sign(signer)
    await expect(verifyStatement(misnamed, { ...ofPatient, typ: "consent" })).rejects.toThrow(CryptoFailure)
    const key = keys.signing.publicKey
    const unnamed = verifyStatement(named, { typ: "consent", key, algorithms: ["ES256"] })
    await expect(unnamed).rejects.toThrow(CryptoFailure)
  })
})

describe("the hash of a statement", () => {
  test("is that of what is signed: the same whatever the signature is, another for anything else", async () => {
    const sign = (payload: object) =>
      signStatement({ typ: "consent", alg: "ES256", privateKey: keys.signing.privateKey, payload })
    const [a, b] = await Promise.all([sign(claims), sign(claims)])
    expect(a).not.toBe(b)
    expect(await statementHash(a)).toBe(await statementHash(b))
    expect(await statementHash(await sign({ ...claims, iat: 1 }))).not.toBe(await statementHash(a))
    const signed = a.slice(0, a.lastIndexOf("."))
    expect(await statementHash(a)).toBe(createHash("sha256").update(signed).digest("base64url"))
    expect(await statementHash(named)).not.toBe(consentHash)
  })
})

describe("a professional's statement", () => {
  const algorithms = ["ES256", "ES384", "RS256", "PS256"] as const
  const expected = (certificate: string) =>
    ({ typ: "contribution", key: { certificate: fromStandardBase64(certificate) }, algorithms }) as const

  test.each(professionals)("$alg: the frozen one is verified by its certificate", async ({ certificate, compact }) => {
    const { header, payload } = await verifyStatement(compact, expected(certificate))
    expect(header.x5c).toEqual([certificate])
    expect(payload).toEqual(claims)
  })

  test.each(professionals)("$alg: what is signed now is verified", async ({ alg, certificate, privateKey }) => {
    const algorithm = alg.startsWith("ES")
      ? { name: "ECDSA", namedCurve: alg === "ES256" ? "P-256" : "P-384" }
      : { name: alg === "RS256" ? "RSASSA-PKCS1-v1_5" : "RSA-PSS", hash: "SHA-256" }
    const imported = await crypto.subtle.importKey("pkcs8", fromStandardBase64(privateKey), algorithm, false, ["sign"])
    const compact = await signStatement({
      typ: "contribution",
      alg: algorithms.find((known) => known === alg)!,
      privateKey: imported,
      payload: claims,
      x5c: [fromStandardBase64(certificate)],
    })
    expect((await verifyStatement(compact, expected(certificate))).payload).toEqual(claims)
  })

  test("is refused by another's certificate, and where its algorithm isn't taken", async () => {
    const [first, second] = professionals
    await expect(verifyStatement(first!.compact, expected(second!.certificate))).rejects.toThrow(CryptoFailure)
    const narrower = { ...expected(first!.certificate), algorithms: ["RS256"] } as const
    await expect(verifyStatement(first!.compact, narrower)).rejects.toThrow(CryptoFailure)
  })

  test.each(refusedProfessional)("is refused: $why", async ({ certificate, compact }) => {
    await expect(verifyStatement(compact, expected(certificate))).rejects.toThrow(CryptoFailure)
  })
})
