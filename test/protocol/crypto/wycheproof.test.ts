import { createCipheriv, createHash, createPublicKey } from "node:crypto"
import { importJWK } from "jose/key/import"
import { describe, expect, test } from "vitest"
import { type Bytes, fromHex, toHex, utf8 } from "../../../protocol/crypto/bytes.ts"
import { openSealed, openUnder, sealTo } from "../../../protocol/crypto/envelope.ts"
import { CryptoFailure } from "../../../protocol/crypto/failure.ts"
import { gcmOpen, gcmSeal, hkdfSha256, importAesKey, unwrapKey, wrapKey } from "../../../protocol/crypto/primitives.ts"
import { publicPart } from "../../../protocol/keys.ts"
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

  test("JWE: of ECDH-ES+A256KW with A256GCM every valid one, and nothing else", async () => {
    type Group = { private: JsonWebKey & { k?: string } }
    let valid = 0
    const vectors: Vectors<Group, { jwe: string; pt?: string }> = read("json_web_encryption_test.json")
    for (const { tests, ...group } of vectors.testGroups) {
      const key = group.private
      const agreement =
        key.kty === "EC" && key.crv === "P-256"
          ? await crypto.subtle.importKey(
              "jwk",
              { kty: key.kty, crv: key.crv, x: key.x!, y: key.y!, d: key.d! },
              { name: "ECDH", namedCurve: "P-256" },
              false,
              ["deriveBits"],
            )
          : undefined
      for (const { tcId, jwe, pt, result } of tests) {
        const header = Buffer.from(jwe.split(".")[0]!, "base64url").toString()
        const ours = header.includes('"ECDH-ES+A256KW"') && header.includes('"A256GCM"') && result === "valid"
        if (agreement !== undefined && ours) {
          valid += 1
          expect(toHex(await openSealed(agreement, jwe)), `${tcId}`).toBe(pt)
        } else if (agreement !== undefined) {
          await expect(openSealed(agreement, jwe), `${tcId}`).rejects.toThrow(CryptoFailure)
        } else if (key.kty === "oct") {
          const shared: Bytes = new Uint8Array(Buffer.from(key.k!, "base64url"))
          await expect(openUnder(shared, jwe), `${tcId}`).rejects.toThrow(CryptoFailure)
        }
      }
    }
    expect(valid).toBe(1)
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

  test("ECDH on P-256: every point off the curve is refused where we agree on keys", async () => {
    type Vector = { public: JsonWebKey; private: JsonWebKey; shared: string; flags: string[] }
    const vectors: Vectors<object, Vector> = read("ecdh_secp256r1_webcrypto_test.json")
    for (const { tests } of vectors.testGroups) {
      for (const { tcId, public: theirs, result } of tests) {
        if (result !== "invalid") continue
        const recipient = { kty: "EC", crv: "P-256", x: theirs.x ?? "", y: theirs.y ?? "" } as const

        await expect(sealTo(recipient, new Uint8Array(1)), `${tcId}`).rejects.toThrow()
      }
    }
  })

  test("ECDH on P-256: an envelope opens with the agreed secret that is published, from every valid point", async () => {
    type Vector = { public: JsonWebKey; private: JsonWebKey; shared: string; flags: string[] }
    const vectors: Vectors<object, Vector> = read("ecdh_secp256r1_webcrypto_test.json")
    let opened = 0
    for (const { tests } of vectors.testGroups) {
      for (const { tcId, public: theirs, private: ours, shared, result } of tests) {
        const { kty, crv, x, y, d } = { kty: "EC", crv: "P-256", ...ours }
        const key = crypto.subtle.importKey(
          "jwk",
          { kty, crv, x: x!, y: y!, d: d! },
          { name: "ECDH", namedCurve: "P-256" },
          false,
          ["deriveBits"],
        )
        const epk = { kty: theirs.kty, crv: theirs.crv, x: theirs.x, y: theirs.y }
        const jwe = envelopeOf(epk, Buffer.from(shared, "hex"))
        if (result === "valid") {
          opened += 1
          expect(toHex(await openSealed(await key, jwe)), `${tcId}`).toBe(toHex(utf8("agreed")))
        } else {
          const opening = key.then((imported) => openSealed(imported, jwe))
          await expect(opening, `${tcId}`).rejects.toThrow()
        }
      }
    }
    expect(opened).toBeGreaterThan(200)
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

/** A JWE (ECDH-ES+A256KW, A256GCM) from a published agreed secret, by node:crypto alone (RFC 7518, 4.6.2). */
function envelopeOf(epk: object, shared: Buffer): string {
  const header = Buffer.from(JSON.stringify({ alg: "ECDH-ES+A256KW", enc: "A256GCM", epk })).toString("base64url")
  const length = (value: number) => Buffer.from(Uint32Array.of(value).buffer).swap32()
  const alg = Buffer.from("ECDH-ES+A256KW")
  const info = [length(1), shared, length(alg.length), alg, length(0), length(0), length(256)]
  const contentKey = Buffer.alloc(32, 1)
  const agreed = createHash("sha256").update(Buffer.concat(info)).digest()
  const wrapping = createCipheriv("id-aes256-wrap", agreed, Buffer.alloc(8, 0xa6))
  const wrapped = Buffer.concat([wrapping.update(contentKey), wrapping.final()])
  const cipher = createCipheriv("aes-256-gcm", contentKey, Buffer.alloc(12, 2)).setAAD(Buffer.from(header))
  const text = Buffer.concat([cipher.update("agreed"), cipher.final()])
  return [
    header,
    ...[wrapped, Buffer.alloc(12, 2), text, cipher.getAuthTag()].map((part) => part.toString("base64url")),
  ].join(".")
}
