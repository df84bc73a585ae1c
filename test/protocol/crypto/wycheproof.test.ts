import { createPublicKey } from "node:crypto"
import { importJWK } from "jose/key/import"
import { describe, expect, test } from "vitest"
import { type Bytes, concat, fromBase64url, fromHex, toHex } from "../../../protocol/crypto/bytes.ts"
import { openUnder } from "../../../protocol/crypto/envelope.ts"
import { CryptoFailure } from "../../../protocol/crypto/failure.ts"
import { publicPart } from "../../../protocol/crypto/p256.ts"
import {
  agree,
  gcmOpen,
  gcmSeal,
  hkdfSha256,
  importAesKey,
  importAgreementKey,
  importPoint,
  unwrapKey,
  wrapKey,
} from "../../../protocol/crypto/primitives.ts"
import type { EcPublicJwk } from "../../../protocol/primitives.ts"
import { readStatement, verifyStatement } from "../../../protocol/statement.ts"
import { sample, withoutSamples } from "../../samples.ts"

/** A file of Project Wycheproof's attack vectors (C2SP/wycheproof, Apache-2.0): groups with something in common, and the cases of each. */
type Vectors<Group, Case> = {
  testGroups: (Group & { tests: (Case & { tcId: number; result: "valid" | "invalid" | "acceptable" })[] })[]
}
const read = (file: string) => JSON.parse(Buffer.from(sample(`wycheproof/${file}`)).toString("utf8"))

describe.skipIf(withoutSamples)("Wycheproof", () => {
  test("AES key wrapping: of keys of 32 bytes every valid one, and nothing else", async () => {
    let valid = 0
    const vectors: Vectors<{ keySize: number }, { key: string; msg: string; ct: string }> = read("aes_wrap_test.json")
    for (const { tests, ...group } of vectors.testGroups) {
      for (const { tcId, key, msg, ct, result } of tests) {
        const ours = group.keySize === 256 && msg.length === 64 && result === "valid"
        if (ours) {
          valid += 1
          expect(toHex(await wrapKey(fromHex(key), fromHex(msg))), `${tcId}`).toBe(ct)
          expect(toHex(await unwrapKey(fromHex(key), fromHex(ct))), `${tcId}`).toBe(msg)
        } else {
          const failure = group.keySize === 256 ? CryptoFailure : RangeError
          await expect(unwrapKey(fromHex(key), fromHex(ct)), `${tcId}`).rejects.toThrow(failure)
        }
      }
    }
    expect(valid).toBe(4)
  })

  test("HKDF-SHA-256", async () => {
    const vectors: Vectors<object, { ikm: string; salt: string; info: string; size: number; okm: string }> =
      read("hkdf_sha256_test.json")
    for (const { tests } of vectors.testGroups) {
      for (const { tcId, ikm, salt, info, size, okm, result } of tests) {
        const deriving = hkdfSha256(fromHex(ikm), fromHex(salt), fromHex(info), size)
        if (result === "valid") expect(toHex(await deriving), `${tcId}`).toBe(okm)
        else await expect(deriving, `${tcId}`).rejects.toThrow()
      }
    }
  })

  test("AES-256-GCM with nonces of 12 bytes and without associated data", async () => {
    type Vector = { key: string; iv: string; aad: string; msg: string; ct: string; tag: string }
    let tried = 0
    const vectors: Vectors<{ keySize: number; ivSize: number }, Vector> = read("aes_gcm_test.json")
    for (const { tests, ...group } of vectors.testGroups) {
      if (group.keySize !== 256 || group.ivSize !== 96) continue
      for (const { tcId, key, iv, aad, msg, ct, tag, result } of tests) {
        if (aad !== "") continue
        tried += 1
        const imported = await importAesKey(fromHex(key))
        const opening = gcmOpen(imported, fromHex(iv), fromHex(ct + tag))
        if (result === "valid") {
          expect(toHex(await opening), `${tcId}`).toBe(msg)
          expect(toHex(await gcmSeal(imported, fromHex(iv), fromHex(msg))), `${tcId}`).toBe(ct + tag)
        } else await expect(opening, `${tcId}`).rejects.toThrow(CryptoFailure)
      }
    }
    expect(tried).toBeGreaterThan(30)
  })

  test("JWE: not one is an envelope, whatever key it is for", async () => {
    let tried = 0
    const vectors: Vectors<{ private: JsonWebKey & { k?: string } }, { jwe: string }> = read(
      "json_web_encryption_test.json",
    )
    for (const { tests, ...group } of vectors.testGroups) {
      const key: Bytes = new Uint8Array(Buffer.from(group.private.k ?? group.private.d ?? "", "base64url"))
      for (const { tcId, jwe } of tests) {
        tried += 1
        await expect(openUnder(key, jwe), `${tcId}`).rejects.toThrow(CryptoFailure)
      }
    }
    expect(tried).toBeGreaterThan(30)
  })

  test("JWS: not one is a statement, each naming its key", async () => {
    for (const file of ["json_web_signature_test.json", "json_web_key_test.json"]) {
      const vectors: Vectors<{ public?: EcPublicJwk; private: EcPublicJwk }, { jws: string }> = read(file)
      for (const { tests, ...group } of vectors.testGroups) {
        const key = group.public ?? group.private
        for (const { tcId, jws } of tests) {
          expect(() => readStatement(jws), `${tcId}`).toThrow(CryptoFailure)
          const verifying = verifyStatement(jws, { typ: "", key, algorithms: ["ES256", "RS256", "PS256"] })
          await expect(verifying, `${tcId}`).rejects.toThrow(CryptoFailure)
        }
      }
    }
  })

  test("ECDH on P-256: the secret that is published from every valid point, and no point off the curve", async () => {
    type Vector = { public: JsonWebKey; private: JsonWebKey; shared: string }
    const vectors: Vectors<object, Vector> = read("ecdh_secp256r1_webcrypto_test.json")
    let [agreed, refused] = [0, 0]
    for (const { tests } of vectors.testGroups) {
      for (const { tcId, public: theirs, private: ours, shared, result } of tests) {
        const { kty, crv, x, y, d } = { kty: "EC", crv: "P-256", ...ours }
        const agreeing = async () => {
          const jwk = publicPart(theirs)
          const point = concat(Uint8Array.of(4), fromBase64url(jwk.x), fromBase64url(jwk.y))
          return agree(await importAgreementKey({ kty, crv, x: x!, y: y!, d: d! }, false), await importPoint(point))
        }
        if (result === "valid") {
          agreed += 1
          expect(toHex(await agreeing()), `${tcId}`).toBe(shared)
        } else {
          refused += 1
          await expect(agreeing(), `${tcId}`).rejects.toThrow()
        }
      }
    }
    expect(agreed).toBeGreaterThan(200)
    expect(refused).toBeGreaterThan(10)
  })

  test("ECDSA on P-256: keys are imported, and signatures judged, as published; none is a statement's", async () => {
    type Group = { publicKeyJwk?: EcPublicJwk; publicKeyDer: string }
    const vectors: Vectors<Group, { msg: string; sig: string }> = read("ecdsa_secp256r1_sha256_p1363_test.json")
    const [header, payload] = ['{"alg":"ES256","typ":"deactivation"}', '{"aud":"cloud.example"}'].map((part) =>
      Buffer.from(part).toString("base64url"),
    )
    let valid = 0
    for (const { tests, ...group } of vectors.testGroups) {
      const der = Buffer.from(group.publicKeyDer, "hex")
      const jwk = publicPart(createPublicKey({ key: der, format: "der", type: "spki" }).export({ format: "jwk" }))
      // As jose does it where statements are verified.
      const key = await importJWK(jwk, "ES256")
      if (!(key instanceof CryptoKey)) throw new Error("no key")
      for (const { tcId, msg, sig, result } of tests) {
        const verified = crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, fromHex(sig), fromHex(msg))
        expect(await verified, `${tcId}`).toBe(result === "valid")
        if (result === "valid") valid += 1
        // Zeros, the group's order, too many or too few bytes: none of them may sign everything.
        const statement = `${header}.${payload}.${Buffer.from(sig, "hex").toString("base64url")}`
        const verifying = verifyStatement(statement, { typ: "deactivation", key: jwk, algorithms: ["ES256"] })
        await expect(verifying, `${tcId}`).rejects.toThrow(CryptoFailure)
      }
    }
    expect(valid).toBeGreaterThan(100)
  })
})
