import { type BaseBlock, fromBER, Integer, ObjectIdentifier, OctetString, Sequence } from "asn1js"
import { AlgorithmIdentifier } from "pkijs"
import { expect, test } from "vitest"
import { roundsOf } from "../../../sdk/hcp/pkcs12-work.ts"

const [pbes2, pbkdf2, scrypt] = ["1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12", "1.3.6.1.4.1.11591.4.11"] as const
const octets = (length: number) => new OctetString({ valueHex: new ArrayBuffer(length) })
const number = (value: number) => new Integer({ value })
const named = (oid: string, ...more: BaseBlock[]) =>
  new Sequence({ value: [new ObjectIdentifier({ value: oid }), ...more] })
const aes256 = named("2.16.840.1.101.3.4.1.42", octets(16))

/** Rounds of a protection by PBES2 whose key is derived by `values`. */
const rounds = (values: BaseBlock[], derivation: string = pbkdf2) => {
  const derived = named(derivation, new Sequence({ value: values }))
  const schema = named(pbes2, new Sequence({ value: [derived, aes256] }))
  return roundsOf(new AlgorithmIdentifier({ schema: fromBER(schema.toBER()).result }))
}

test("a key derived as programs do it is borne", () => {
  for (const count of [1, 2000, 2048, 10_000, 100_000, 600_000, 5_000_000])
    expect(rounds([octets(16), number(count)])).toBe(count)
})

test("a key that takes more rounds, none, or a number that nobody means is not borne", () => {
  for (const count of [5_000_001, 2 ** 31 - 1, 2 ** 31, 2 ** 40, 0, -1])
    expect([count, rounds([octets(16), number(count)])]).toEqual([count, "too-much"])
})

test("a salt is borne up to 128 bytes, and a key up to AES-256's", () => {
  expect(rounds([octets(128), number(2048)])).toBe(2048)
  expect(rounds([octets(129), number(2048)])).toBe("too-much")
  expect(rounds([octets(16), number(2048), number(32)])).toBe(2048)
  expect(rounds([octets(16), number(2048), number(33)])).toBe("too-much")
})

test("a key derived by scrypt, or with a salt that is elsewhere, is refused", () => {
  expect(() => rounds([octets(16), number(2048)], scrypt)).toThrow()
  expect(() => rounds([octets(16), number(2 ** 20), number(8), number(1)], scrypt)).toThrow()
  expect(() => rounds([named("1.2.3"), number(2048)])).toThrow()
})
