import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { fromBase64url, fromHex, toBase64url, toHex, utf8 } from "../../../protocol/crypto/bytes.ts"
import { CryptoFailure } from "../../../protocol/crypto/failure.ts"
import {
  derive,
  gcmOpen,
  gcmSeal,
  hkdfSha256,
  hmacSha256,
  importAesKey,
  randomBytes,
  sha256,
  unwrapKey,
  wrapKey,
} from "../../../protocol/crypto/primitives.ts"
import vectors from "./vectors.json" with { type: "json" }

const range = (from: number, to: number) => Uint8Array.from({ length: to - from + 1 }, (_, i) => from + i)

test("SHA-256 of abc is that of FIPS 180-4", async () => {
  expect(toHex(await sha256(utf8("abc")))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
})

// RFC 4231, cases 1, 2, 6.
test.each([
  ["0b".repeat(20), "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"],
  ["4a656665", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"],
  [
    "aa".repeat(131),
    "Test Using Larger Than Block-Size Key - Hash Key First",
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  ],
])("HMAC-SHA-256 under %s is that of RFC 4231", async (key, text, mac) => {
  expect(toHex(await hmacSha256(fromHex(key), utf8(text)))).toBe(mac)
})

// RFC 5869, appendix A.1 to A.3.
test.each([
  [
    "0b".repeat(22),
    toHex(range(0x00, 0x0c)),
    toHex(range(0xf0, 0xf9)),
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
  ],
  [
    toHex(range(0x00, 0x4f)),
    toHex(range(0x60, 0xaf)),
    toHex(range(0xb0, 0xff)),
    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
  ],
  ["0b".repeat(22), "", "", "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"],
])("HKDF-SHA-256 of %s is that of RFC 5869", async (key, salt, info, output) => {
  expect(toHex(await hkdfSha256(fromHex(key), fromHex(salt), fromHex(info), output.length / 2))).toBe(output)
})

describe("A256KW", () => {
  // RFC 3394, section 4.6.
  const wrapping = fromHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
  const key = fromHex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f")
  const wrapped = fromHex("28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21")

  test("wraps and unwraps as RFC 3394 has it", async () => {
    expect(await wrapKey(wrapping, key)).toEqual(wrapped)
    expect(await unwrapKey(wrapping, wrapped)).toEqual(key)
  })

  test("every bit of the wrapped key counts, and every byte of its length", async () => {
    for (let bit = 0; bit < wrapped.length * 8; bit++) {
      const changed = wrapped.slice()
      changed[bit >> 3]! ^= 1 << (bit & 7)
      await expect(unwrapKey(wrapping, changed)).rejects.toThrow(CryptoFailure)
    }
    for (const length of [0, 8, 16, 24, 32, 39]) {
      await expect(unwrapKey(wrapping, wrapped.slice(0, length))).rejects.toThrow(CryptoFailure)
    }
    await expect(unwrapKey(key, wrapped)).rejects.toThrow(CryptoFailure)
  })

  test("takes keys of 32 bytes only, on both sides", async () => {
    for (const length of [0, 16, 24, 31, 33]) {
      await expect(wrapKey(wrapping, new Uint8Array(length))).rejects.toThrow(RangeError)
      await expect(wrapKey(new Uint8Array(length), key)).rejects.toThrow(RangeError)
      await expect(unwrapKey(new Uint8Array(length), wrapped)).rejects.toThrow(RangeError)
    }
  })

  test("any key comes back", async () => {
    const key32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes.slice())
    await fc.assert(
      fc.asyncProperty(key32, key32, async (outer, inner) => {
        expect(await unwrapKey(outer, await wrapKey(outer, inner))).toEqual(inner)
      }),
    )
  })
})

test.each(vectors.derive)("the key of $label $parts is the frozen one", async ({ key, label, parts, derived }) => {
  expect(toBase64url(await derive(fromBase64url(key), label, ...parts))).toBe(derived)
})

test("derived keys differ by key, label, parts and their borders; numbers are decimal", async () => {
  const key = randomBytes(32)
  const keys = await Promise.all([
    derive(key, "a"),
    derive(key, "a", ""),
    derive(key, "a", "b"),
    derive(key, "ab"),
    derive(key, "a", "b", "c"),
    derive(key, "a", "bc"),
    derive(randomBytes(32), "a"),
  ])
  expect(new Set(keys.map(toHex)).size).toBe(keys.length)
  expect(await derive(key, "category", "laboratory", 12)).toEqual(await derive(key, "category", "laboratory", "12"))
})

test("AES-GCM fails with one code, and gives no reason", async () => {
  const key = await importAesKey(randomBytes(32))
  const nonce = randomBytes(12)
  const sealed = await gcmSeal(key, nonce, utf8("text"))
  expect(await gcmOpen(key, nonce, sealed)).toEqual(utf8("text"))
  const attempts = [
    gcmOpen(key, randomBytes(12), sealed),
    gcmOpen(await importAesKey(randomBytes(32)), nonce, sealed),
    gcmOpen(key, nonce, sealed.slice(1)),
    gcmOpen(key, nonce, new Uint8Array(0)),
  ]
  const failures = await Promise.all(attempts.map((attempt) => attempt.catch((error: unknown) => error)))
  for (const failure of failures) {
    expect(failure).toBeInstanceOf(CryptoFailure)
    expect(failure).toMatchObject({ code: "unreadable" })
    expect(failure).not.toHaveProperty("cause")
  }
  expect(new Set(failures.map(String)).size).toBe(1)
})

test("a wrapped key of another length is none, though its wrapping is right", async () => {
  const wrapping = randomBytes(32)
  const by = await crypto.subtle.importKey("raw", wrapping, "AES-KW", false, ["wrapKey"])
  const wrapped = async (length: number) => {
    const key = await crypto.subtle.importKey("raw", randomBytes(length), "AES-GCM", true, ["encrypt"])
    return new Uint8Array(await crypto.subtle.wrapKey("raw", key, by, "AES-KW"))
  }
  expect(await unwrapKey(wrapping, await wrapped(32))).toHaveLength(32)
  await expect(unwrapKey(wrapping, await wrapped(16))).rejects.toThrow(CryptoFailure)
})
