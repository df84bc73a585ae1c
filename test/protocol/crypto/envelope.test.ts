import { beforeAll, describe, expect, test } from "vitest"
import { fromBase64url, utf8 } from "../../../protocol/crypto/bytes.ts"
import { keyIdOf, openSealed, openUnder, sealTo, sealUnder } from "../../../protocol/crypto/envelope.ts"
import { CryptoFailure } from "../../../protocol/crypto/failure.ts"
import { randomBytes } from "../../../protocol/crypto/primitives.ts"
import { importPatientKeys, publicJwk } from "../../../protocol/keys.ts"
import { frozenKeys } from "./frozen-keys.ts"
import vectors from "./vectors.json" with { type: "json" }

const { envelope } = vectors
const plaintext = fromBase64url(envelope.plaintext)
const key = fromBase64url(envelope.key)
let agreement: CryptoKey
beforeAll(async () => {
  agreement = (await importPatientKeys(frozenKeys, { extractable: false })).agreement.privateKey
})

/** Every character of the text replaced by its neighbour in the alphabet: a bit flipped in every sextet. */
function flips(text: string): string[] {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
  return Array.from(text, (character, i) => {
    const value = alphabet.indexOf(character)
    return `${text.slice(0, i)}${value < 0 ? "A" : alphabet[value ^ 1]}${text.slice(i + 1)}`
  })
}

describe("sealed to a public key", () => {
  test("the frozen envelope opens, with a key nobody can export", async () => {
    expect(agreement.extractable).toBe(false)
    expect(await openSealed(agreement, envelope.sealed)).toEqual(plaintext)
  })

  test("what is sealed now opens", async () => {
    const { signing: _, ...others } = frozenKeys
    const { d: __, ...recipient } = others.agreement
    expect(await openSealed(agreement, await sealTo(recipient, plaintext))).toEqual(plaintext)
    expect(await openSealed(agreement, await sealTo(recipient, new Uint8Array(0)))).toEqual(new Uint8Array(0))
    expect(Object.isFrozen(recipient)).toBe(false)
  })

  test.each(envelope.refusedSealed)("refused: $why", async ({ jwe }) => {
    await expect(openSealed(agreement, jwe)).rejects.toThrow(CryptoFailure)
  })

  test("refused with any character changed, left out, or doubled", async () => {
    for (const changed of flips(envelope.sealed)) {
      await expect(openSealed(agreement, changed)).rejects.toThrow(CryptoFailure)
    }
    for (let i = 0; i < envelope.sealed.length; i += 7) {
      await expect(openSealed(agreement, envelope.sealed.slice(0, i))).rejects.toThrow(CryptoFailure)
    }
  })

  test("an ephemeral key that isn't on the curve is refused", async () => {
    const [header, ...rest] = envelope.sealed.split(".")
    const fields: { epk: { y: string } } = JSON.parse(Buffer.from(header!, "base64url").toString())
    fields.epk.y = frozenKeys.signing.y
    const moved = [Buffer.from(JSON.stringify(fields)).toString("base64url"), ...rest].join(".")
    await expect(openSealed(agreement, moved)).rejects.toThrow(CryptoFailure)
  })

  test("an envelope under a shared key isn't one", async () => {
    await expect(openSealed(agreement, envelope.under)).rejects.toThrow(CryptoFailure)
    await expect(openUnder(key, envelope.sealed)).rejects.toThrow(CryptoFailure)
  })
})

describe("sealed under a shared key", () => {
  test("the frozen envelopes open", async () => {
    expect(await openUnder(key, envelope.under)).toEqual(plaintext)
    expect(await openUnder(key, envelope.underWithKid)).toEqual(plaintext)
    expect(await keyIdOf(envelope.underWithKid)).toBe("name")
    expect(await keyIdOf(envelope.under)).toBe(undefined)
  })

  test("what is sealed now opens", async () => {
    expect(await openUnder(key, await sealUnder(key, plaintext))).toEqual(plaintext)
    const named = await sealUnder(key, plaintext, { kid: "a" })
    expect(await keyIdOf(named)).toBe("a")
    expect(await openUnder(key, named)).toEqual(plaintext)
  })

  test.each(envelope.refusedUnder)("refused: $why", async ({ jwe }) => {
    await expect(openUnder(key, jwe)).rejects.toThrow(CryptoFailure)
  })

  test("refused with any character changed, and under another key", async () => {
    for (const changed of flips(envelope.under)) await expect(openUnder(key, changed)).rejects.toThrow(CryptoFailure)
    await expect(openUnder(randomBytes(32), envelope.under)).rejects.toThrow(CryptoFailure)
    await expect(openUnder(key.slice(1), envelope.under)).rejects.toThrow(CryptoFailure)
  })
})

test("a public key off the curve is never sealed to", async () => {
  const { agreement: good, signing } = frozenKeys
  const off = { kty: good.kty, crv: good.crv, x: good.x, y: signing.y }
  await expect(sealTo(off, utf8("a"))).rejects.toThrow()
})

test("the exported public key is what is sealed to", async () => {
  const keys = await importPatientKeys(frozenKeys, { extractable: false })
  expect(await publicJwk(keys.agreement.publicKey)).not.toHaveProperty("d")
})

describe("the kid of an envelope", () => {
  const withHeader = (header: string) =>
    [Buffer.from(header).toString("base64url"), ...envelope.sealed.split(".").slice(1)].join(".")

  test("is a text, or isn't there", async () => {
    expect(await keyIdOf(withHeader('{"kid":"5"}'))).toBe("5")
    expect(await keyIdOf(withHeader("{}"))).toBeUndefined()
    for (const kid of ["5", "null", "true", "[]", "{}"])
      await expect(keyIdOf(withHeader(`{"kid":${kid}}`))).rejects.toThrow(CryptoFailure)
  })

  test.for(["null", "5", "true", '"kid"'])("is not read from a header that is %s", async (header) => {
    await expect(keyIdOf(withHeader(header))).rejects.toThrow(CryptoFailure)
  })
})
