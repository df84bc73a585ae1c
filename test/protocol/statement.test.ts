import { beforeAll, describe, expect, test } from "vitest"
import { fromStandardBase64 } from "../../protocol/crypto/bytes.ts"
import { CryptoFailure } from "../../protocol/crypto/failure.ts"
import { importPatientKeys, type PatientKeys } from "../../protocol/keys.ts"
import { readStatement, signStatement, statementHash, verifyStatement } from "../../protocol/statement.ts"
import { frozenKeys, frozenPublicKeys } from "./crypto/frozen-keys.ts"
import vectors from "./crypto/vectors.json" with { type: "json" }

const { claims, consent, consentHash, hriEntry, professionals, refused, refusedIndex, refusedProfessional } =
  vectors.statement
const ofPatient = { key: frozenPublicKeys.signing, algorithms: ["ES256"] } as const
let keys: PatientKeys
beforeAll(async () => {
  keys = await importPatientKeys(frozenKeys, { extractable: false })
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

  test.each(refused)("refused: $why", async ({ compact }) => {
    await expect(verifyStatement(compact, { ...ofPatient, typ: "consent" })).rejects.toThrow(CryptoFailure)
    const asProfessional = {
      typ: "consent",
      key: frozenPublicKeys.signing,
      algorithms: ["ES256", "ES384", "RS256", "PS256"],
    } as const
    await expect(verifyStatement(compact, asProfessional)).rejects.toThrow(CryptoFailure)
  })

  test("refused as another type, by another key, or where its algorithm isn't taken", async () => {
    await expect(verifyStatement(consent, { ...ofPatient, typ: "deactivation" })).rejects.toThrow(CryptoFailure)
    const other = { ...ofPatient, typ: "consent", key: frozenPublicKeys.agreement }
    await expect(verifyStatement(consent, other)).rejects.toThrow(CryptoFailure)
    await expect(verifyStatement(consent, { ...ofPatient, typ: "consent", algorithms: ["PS256"] })).rejects.toThrow(
      CryptoFailure,
    )
    await expect(verifyStatement(consent, { ...ofPatient, typ: "consent", algorithms: [] })).rejects.toThrow(
      CryptoFailure,
    )
  })

  test("refused with any character changed", async () => {
    for (let i = 0; i < consent.length; i++) {
      const changed = `${consent.slice(0, i)}${consent[i] === "A" ? "B" : "A"}${consent.slice(i + 1)}`
      await expect(verifyStatement(changed, { ...ofPatient, typ: "consent" })).rejects.toThrow(CryptoFailure)
    }
  })

  test("one that is too long isn't even parsed", () => {
    expect(() => readStatement(`${consent}${"A".repeat(128 * 1024)}`)).toThrow(CryptoFailure)
  })
})

describe("a statement to the index", () => {
  test("carries its key", async () => {
    const header = { alg: "ES256", typ: "hri-entry", jwk: frozenPublicKeys.signing }
    expect(readStatement(hriEntry).header).toEqual(header)
    expect((await verifyStatement(hriEntry, { ...ofPatient, typ: "hri-entry" })).header).toEqual(header)
    const signed = await signStatement({
      typ: "hri-entry",
      alg: "ES256",
      privateKey: keys.signing.privateKey,
      payload: claims,
      jwk: frozenKeys.signing,
    })
    expect(readStatement(signed).header).toEqual(header)
  })

  test.each(refusedIndex)("refused: $why", async ({ compact }) => {
    await expect(verifyStatement(compact, { ...ofPatient, typ: "hri-entry" })).rejects.toThrow(CryptoFailure)
    const key = keys.signing.publicKey
    const verifying = verifyStatement(compact, { typ: "hri-entry", key, algorithms: ["ES256"] })
    await expect(verifying).rejects.toThrow(CryptoFailure)
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

  test.each(refusedProfessional)("refused: $why", async ({ certificate, compact }) => {
    await expect(verifyStatement(compact, expected(certificate))).rejects.toThrow(CryptoFailure)
  })
})
