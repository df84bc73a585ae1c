import { hkdfSync } from "node:crypto"
import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { deriveCardKeys } from "../../protocol/card.ts"
import {
  deriveFrontKeys,
  frontAddress,
  frontOf,
  frontProof,
  isOwner,
  makeFront,
  readFront,
} from "../../protocol/card-front.ts"
import { type Bytes, concat, fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { aHash } from "../kit/holders.ts"

const page = "https://card.example/"
const secret: fc.Arbitrary<Bytes> = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => bytes.slice())
const fingerprint = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => toBase64url(bytes))
const fragmentOf = (address: string) => new URL(address).hash

describe("the front of a card", () => {
  test("is the page's address with 79 digits, whatever the secret and the fingerprint, and is read back", () => {
    fc.assert(
      fc.property(secret, fingerprint, (secret, fingerprint) => {
        const front = frontOf({ fingerprint, secret })
        const address = frontAddress(front, page)
        expect(address).toMatch(/^https:\/\/card\.example\/#2[0-9]{78}$/)
        expect(readFront(fragmentOf(address))).toEqual({ outcome: "ok", front })
        expect(isOwner(front, fingerprint)).toBe(true)
      }),
    )
  })

  test("has a secret of its own each time, and names its owner by half of their fingerprint", () => {
    const [one, other] = [makeFront({ fingerprint: aHash("F") }), makeFront({ fingerprint: aHash("F") })]
    expect(one.secret).toHaveLength(16)
    expect(one.secret).not.toEqual(other.secret)
    expect(one.owner).toEqual(fromBase64url(aHash("F")).slice(0, 16))
    expect(isOwner(one, aHash("G"))).toBe(false)
  })

  test.each([
    ["", "front-foreign"],
    ["#", "front-foreign"],
    ["#about", "front-foreign"],
    [`#2${"0".repeat(77)}x`, "front-foreign"],
    [`#3${"0".repeat(78)}`, "front-unsupported"],
    [`#2${"0".repeat(77)}`, "front-damaged"],
    [`#2${"0".repeat(79)}`, "front-damaged"],
    [`#2${(2n ** 256n).toString()}`, "front-damaged"],
    [`#2${"9".repeat(78)}`, "front-damaged"],
  ])("is not what stands in the fragment %j: %s", (fragment, outcome) => {
    expect(readFront(fragment)).toEqual({ outcome })
  })

  test.each([
    ["a query", "https://card.example/?a"],
    ["a fragment", "https://card.example/#a"],
    ["another scheme", "mailto:card@example.org"],
    ["39 characters", `https://${"a".repeat(18)}.example.org/`],
  ])("is printed with no address that has %s", (_, page) => {
    expect(() => frontAddress(makeFront({ fingerprint: aHash("F") }), page)).toThrow(TypeError)
  })

  test("is printed with an address of 38 characters", () => {
    const longest = `https://${"a".repeat(17)}.example.org/`
    expect(longest).toHaveLength(38)
    expect(frontAddress(makeFront({ fingerprint: aHash("F") }), longest)).toHaveLength(38 + 80)
  })

  test("has no part of another length", () => {
    expect(() => frontOf({ fingerprint: aHash("F"), secret: new Uint8Array(32) })).toThrow(RangeError)
    const front = makeFront({ fingerprint: aHash("F") })
    expect(() => frontAddress({ ...front, secret: new Uint8Array(15) }, page)).toThrow(TypeError)
    expect(() => frontAddress({ ...front, owner: new Uint8Array(17) }, page)).toThrow(TypeError)
  })
})

test("what follows from a front's secret is each time something else, and nothing of what would follow from a back's", async () => {
  const { secret } = makeFront({ fingerprint: aHash("F") })
  const { locator, entryKey } = await deriveFrontKeys(secret)
  expect(locator).toHaveLength(16)
  const back = await deriveCardKeys(concat(secret, secret))
  const asBack = await deriveCardKeys(secret)
  const all = [
    toBase64url(locator),
    toBase64url(entryKey.slice(0, 16)),
    ...[entryKey, ...Object.values(back), ...Object.values(asBack)].map((key) => toBase64url(key)),
    await frontProof(secret, "cloud.example"),
    await frontProof(secret, "other.example"),
  ]
  expect(new Set(all).size).toBe(all.length)
})

test("a front's keys are HKDF's of its secret, each under a label of its own", async () => {
  const { secret } = makeFront({ fingerprint: aHash("F") })
  const derived = (info: string) => new Uint8Array(hkdfSync("sha256", secret, "", `ehr-cloud/2 ${info}`, 32))
  const { locator, entryKey } = await deriveFrontKeys(secret)
  expect(locator).toEqual(derived("front-locator").slice(0, 16))
  expect(entryKey).toEqual(derived("front-entry"))
  expect(await frontProof(secret, "cloud.example")).toBe(toBase64url(derived("front-proof\0cloud.example")))
})
