import { compactDecrypt } from "jose/jwe/compact/decrypt"
import { CompactEncrypt } from "jose/jwe/compact/encrypt"
import { expect, test } from "vitest"
import { fromBase64url, fromUtf8, toBase64url, utf8 } from "../../../protocol/crypto/bytes.ts"
import { CryptoFailure } from "../../../protocol/crypto/failure.ts"
import { openUnderPassword, sealUnderPassword } from "../../../protocol/crypto/password.ts"

const password = "Correct-Horse-7-Battery"
const sealed = await sealUnderPassword(password, utf8("two keys"))

const madeBy = (header: { alg: string; enc: string }, p2c: number) =>
  new CompactEncrypt(utf8("two keys"))
    .setProtectedHeader(header)
    .setKeyManagementParameters({ p2c })
    .encrypt(utf8(password))

test("what is sealed under a password opens with it", async () => {
  expect(fromUtf8(await openUnderPassword(password, sealed))).toBe("two keys")
})

test("what is sealed under a password says in its header what RFC 7518 has it say, with a salt of its own each time", async () => {
  const headerOf = (jwe: string) => JSON.parse(fromUtf8(fromBase64url(jwe.split(".")[0] ?? "")))
  const again = await sealUnderPassword(password, utf8("two keys"))
  for (const jwe of [sealed, again])
    expect(headerOf(jwe)).toEqual({
      alg: "PBES2-HS512+A256KW",
      enc: "A256GCM",
      p2c: 600_000,
      p2s: expect.stringMatching(/^[\w-]{22,}$/),
    })
  expect(headerOf(again).p2s).not.toBe(headerOf(sealed).p2s)
})

test("what is sealed under a password opens with any JWE library", async () => {
  const { plaintext } = await compactDecrypt(sealed, utf8(password), {
    keyManagementAlgorithms: ["PBES2-HS512+A256KW"],
    maxPBES2Count: 600_000,
  })
  expect(fromUtf8(new Uint8Array(plaintext))).toBe("two keys")
})

test("what is sealed under a password does not open with another, nor with none", async () => {
  for (const other of ["correct-Horse-7-Battery", `${password} `, ""])
    await expect(openUnderPassword(other, sealed)).rejects.toBeInstanceOf(CryptoFailure)
})

test("what is sealed under a password does not open once any of its parts is changed", async () => {
  for (const i of [0, 1, 2, 3, 4]) {
    const parts = sealed.split(".")
    const bytes = fromBase64url(parts[i] ?? "")
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
    parts[i] = toBase64url(bytes)
    await expect(openUnderPassword(password, parts.join("."))).rejects.toBeInstanceOf(CryptoFailure)
  }
})

test("opening by a password takes no other algorithm, and no work without end", async () => {
  const foreign = [
    await madeBy({ alg: "PBES2-HS256+A128KW", enc: "A256GCM" }, 1000),
    await madeBy({ alg: "PBES2-HS512+A256KW", enc: "A128GCM" }, 1000),
    await madeBy({ alg: "PBES2-HS512+A256KW", enc: "A256GCM" }, 600_001),
    "",
    "a.b.c.d.e",
  ]
  for (const jwe of foreign) await expect(openUnderPassword(password, jwe)).rejects.toBeInstanceOf(CryptoFailure)
})
