import { describe, expect, test } from "vitest"
import { fromBase64url } from "../../../protocol/crypto/bytes.ts"
import { keyIdOf, openUnder, sealUnder } from "../../../protocol/crypto/envelope.ts"
import { CryptoFailure } from "../../../protocol/crypto/failure.ts"
import { randomBytes } from "../../../protocol/crypto/primitives.ts"
import vectors from "./vectors.json" with { type: "json" }

const { envelope } = vectors
const plaintext = fromBase64url(envelope.plaintext)
const key = fromBase64url(envelope.key)
/** Every character of the text replaced by its neighbour in the alphabet: a bit flipped in every sextet. */
function flips(text: string): string[] {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
  return Array.from(text, (character, i) => {
    const value = alphabet.indexOf(character)
    return `${text.slice(0, i)}${value < 0 ? "A" : alphabet[value ^ 1]}${text.slice(i + 1)}`
  })
}

describe("what is sealed under a shared key", () => {
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
    expect(await openUnder(key, await sealUnder(key, new Uint8Array(0)))).toEqual(new Uint8Array(0))
  })

  test.each(envelope.refusedUnder)("is refused: $why", async ({ jwe }) => {
    await expect(openUnder(key, jwe)).rejects.toThrow(CryptoFailure)
  })

  test("is refused with any character changed, and under another key", async () => {
    for (const changed of flips(envelope.under)) await expect(openUnder(key, changed)).rejects.toThrow(CryptoFailure)
    await expect(openUnder(randomBytes(32), envelope.under)).rejects.toThrow(CryptoFailure)
    await expect(openUnder(key.slice(1), envelope.under)).rejects.toThrow(CryptoFailure)
  })
})

describe("the kid of an envelope", () => {
  const withHeader = (header: string) =>
    [Buffer.from(header).toString("base64url"), ...envelope.under.split(".").slice(1)].join(".")

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
