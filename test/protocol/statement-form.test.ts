import { expect, test } from "vitest"
import { CryptoFailure } from "../../protocol/crypto/failure.ts"
import { sameKey } from "../../protocol/keys.ts"
import { maxStatementLength, readStatement } from "../../protocol/statement.ts"
import { deviceSigning, fingerprint, rootSigning as signing } from "./crypto/frozen-keys.ts"

/** What is refused before anybody looks at the signature. */
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")
const compact = (header: unknown, payload: unknown = {}) => `${part(header)}.${part(payload)}.AAAA`
const good = { alg: "ES256", typ: "consent" }

test("the form that is taken: a header of known members, a payload, a signature", () => {
  expect(readStatement(compact(good, { a: 1 }))).toStrictEqual({ header: good, payload: { a: 1 } })
  for (const alg of ["ES384", "RS256", "PS256"])
    expect(readStatement(compact({ ...good, alg })).header).toEqual({ ...good, alg })
  const x5c = Array<string>(8).fill("AAAA")
  expect(readStatement(compact({ ...good, x5c })).header).toEqual({ ...good, x5c })
  expect(readStatement(compact({ ...good, kid: fingerprint })).header).toEqual({ ...good, kid: fingerprint })
})

test.each([
  ["one part", part(good)],
  ["two parts", `${part(good)}.${part({})}`],
  ["four parts", `${compact(good)}.AAAA`],
  ["nothing", ""],
  ["a header that is null", compact(null)],
  ["a header that is a list", compact([])],
  ["a header that is a list of one", compact([good])],
  ["a header that is a text", compact("ES256")],
  ["a header that is a number", compact(1)],
  ["no algorithm", compact({ typ: "consent" })],
  ["an unknown algorithm", compact({ ...good, alg: "ES512" })],
  ["alg none", compact({ ...good, alg: "none" })],
  ["an algorithm that is no text", compact({ ...good, alg: ["ES256"] })],
  ["no type", compact({ alg: "ES256" })],
  ["an empty type", compact({ ...good, typ: "" })],
  ["a type that is no text", compact({ ...good, typ: 1 })],
  ["a foreign member", compact({ ...good, crit: [] })],
  ["no certificates", compact({ ...good, x5c: [] })],
  ["nine certificates", compact({ ...good, x5c: Array(9).fill("AAAA") })],
  ["a certificate that is no list", compact({ ...good, x5c: "AAAA" })],
  ["certificates in an object", compact({ ...good, x5c: { length: 1, 0: "AAAA" } })],
  ["an empty certificate", compact({ ...good, x5c: [""] })],
  ["a certificate that is no text", compact({ ...good, x5c: [1] })],
  ["a certificate in base64url", compact({ ...good, x5c: ["-_-_"] })],
  ["a key in the header", compact({ ...good, jwk: signing })],
  ["a name that is no thumbprint", compact({ ...good, kid: fingerprint.slice(1) })],
  ["a name of 33 bytes", compact({ ...good, kid: `${fingerprint}A` })],
  ["a name that is empty", compact({ ...good, kid: "" })],
  ["a name that is no text", compact({ ...good, kid: [fingerprint] })],
  ["a name in pieces", compact({ ...good, kid: Array.from(fingerprint) })],
  ["a name that is null", compact({ ...good, kid: null })],
  ["a name beside certificates", compact({ ...good, kid: fingerprint, x5c: ["AAAA"] })],
])("a statement is refused unread for %s", (_, text) => {
  expect(() => readStatement(text)).toThrow(CryptoFailure)
})

test("the longest statement is read, and none a character longer", () => {
  const fixed = `${part(good)}..AAAA`.length
  const payloadOf = (characters: number) =>
    Buffer.from(JSON.stringify("a".repeat((characters / 4) * 3 - 2))).toString("base64url")
  const length = maxStatementLength - fixed - ((maxStatementLength - fixed) % 4)
  const signature = "A".repeat(4 + maxStatementLength - fixed - length)
  const longest = `${part(good)}.${payloadOf(length)}.${signature}`
  expect(longest).toHaveLength(maxStatementLength)
  expect(readStatement(longest).header).toEqual(good)
  expect(() => readStatement(`${longest}AAAA`)).toThrow(CryptoFailure)
})

test("two keys are the same by curve and both coordinates", () => {
  expect(sameKey(signing, { ...signing })).toBe(true)
  expect(sameKey(signing, { ...signing, x: deviceSigning.x })).toBe(false)
  expect(sameKey(signing, { ...signing, y: deviceSigning.y })).toBe(false)
  expect(sameKey(signing, { ...signing, crv: "P-384" as "P-256" })).toBe(false)
})
