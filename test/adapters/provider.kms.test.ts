import { createHash, createVerify, generateKeyPairSync, sign } from "node:crypto"
import type { KMSClient } from "@aws-sdk/client-kms"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { rawSignature } from "../../functions/adapters/ecdsa-der.ts"
import { kmsProvider } from "../../functions/adapters/provider.kms.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { sentCommands } from "../fakes/sent-commands.ts"

const ecdsa = { name: "ECDSA", namedCurve: "P-256" }
const withSha256 = { name: "ECDSA", hash: "SHA-256" }
const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
const spki = new Uint8Array(publicKey.export({ type: "spki", format: "der" }))

/** An INTEGER in DER (X.690, 8.3): as few octets as there can be, and the first bit is the sign. */
const integer = (value: Uint8Array): number[] => {
  const from = value.findIndex((byte) => byte !== 0)
  const digits = from === -1 ? [0] : [...value.subarray(from)]
  const signed = (digits[0] ?? 0) >= 0x80 ? [0, ...digits] : digits
  return [0x02, signed.length, ...signed]
}
const der = (r: Uint8Array, s: Uint8Array) => {
  const body = [...integer(r), ...integer(s)]
  return Uint8Array.from([0x30, body.length, ...body])
}
/** 32 bytes, often with leading zeros or a first bit. */
const number = fc.uint8Array({ minLength: 0, maxLength: 32 }).map((digits) => {
  const value = new Uint8Array(32)
  value.set(digits, 32 - digits.length)
  return value
})

describe("an ECDSA signature in DER", () => {
  test("becomes r || s of 32 bytes each, however short they are", () => {
    fc.assert(
      fc.property(number, number, (r, s) => {
        expect([...rawSignature(der(r, s))]).toEqual([...r, ...s])
      }),
      { numRuns: 500 },
    )
  })

  test("of a real key verifies with Web Crypto", async () => {
    const key = await crypto.subtle.importKey("spki", spki, ecdsa, false, ["verify"])
    await fc.assert(
      fc.asyncProperty(fc.string(), async (text) => {
        const raw = rawSignature(sign("sha256", utf8(text.toWellFormed()), privateKey))
        expect(await crypto.subtle.verify(withSha256, key, raw, utf8(text.toWellFormed()))).toBe(true)
      }),
      { numRuns: 100 },
    )
  })

  test("cut short, lengthened, or of another form is refused, never misread", () => {
    const whole = der(new Uint8Array(32).fill(0x81), new Uint8Array(32).fill(0x7f))
    for (let length = 0; length < whole.length; length++)
      expect(() => rawSignature(whole.subarray(0, length))).toThrow()
    expect(() => rawSignature(Uint8Array.from([...whole, 0]))).toThrow("not an ECDSA signature")
    const changed = (at: number, value: number) => whole.map((byte, i) => (i === at ? value : byte))
    for (const [at, value] of [
      [0, 0x31],
      [1, 0],
      [1, 0x81],
      [2, 0x03],
      [3, 0],
      [3, 34],
      [3, 0x80],
      [3, 0xff],
      [37, 0x03],
      [38, 33],
    ] as const)
      expect(() => rawSignature(changed(at, value))).toThrow("not an ECDSA signature")
  })

  test("with a number of more than 256 bits is refused", () => {
    const long = Uint8Array.from([0x30, 38, 0x02, 33, 1, ...new Uint8Array(32), 0x02, 1, 1])
    expect(() => rawSignature(long)).toThrow("not an ECDSA signature")
  })

  test("of any bytes never gives anything but 64 bytes or an error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          return rawSignature(bytes).length === 64
        } catch (error) {
          return error instanceof Error && error.message === "not an ECDSA signature"
        }
      }),
      { numRuns: 2000 },
    )
  })
})

const key = { keyId: "the-key", kid: "A".repeat(43) }

describe("the provider", () => {
  test("signs the digest of the bytes by the KMS key, which is told nothing else", async () => {
    const message = utf8("to be signed")
    const Signature = sign("sha256", message, privateKey)
    const { client, sent } = sentCommands<KMSClient>({ Signature })
    const digest = new Uint8Array(createHash("sha256").update(message).digest())
    const raw = await kmsProvider(client, key).sign(message)
    expect(sent).toEqual([
      {
        command: "SignCommand",
        input: { KeyId: "the-key", Message: digest, MessageType: "DIGEST", SigningAlgorithm: "ECDSA_SHA_256" },
      },
    ])
    expect(createVerify("sha256").update(message).verify({ key: publicKey, dsaEncoding: "ieee-p1363" }, raw)).toBe(true)
  })

  test("without an answer throws", async () => {
    const provider = kmsProvider(sentCommands<KMSClient>({}).client, key)
    await expect(provider.sign(utf8("x"))).rejects.toThrow("no signature")
  })
})
