import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import * as z from "zod/mini"
import {
  cardHash,
  cardKey,
  cardProof,
  categoryWrappingKey,
  decodeCard,
  deriveCardKeys,
  encodeCard,
  locatorHash,
  makeCard,
  readSealedCard,
  type SignedCard,
  sealedCard,
} from "../../protocol/card.ts"
import { fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { unwrapKey, wrapKey } from "../../protocol/crypto/primitives.ts"
import { category, ordinal } from "../../protocol/primitives.ts"
import vectors from "./crypto/vectors.json" with { type: "json" }

const { card: frozen, cards } = vectors
const keysSchema = z.array(z.strictObject({ category, epoch: ordinal }))
const card = {
  secret: fromBase64url(frozen.secret),
  locator: fromBase64url(frozen.locator),
  fingerprint: frozen.fingerprint,
  hri: frozen.hri,
}

test("the frozen card is written and read to the character", () => {
  expect(encodeCard(card)).toBe(frozen.text)
  expect(decodeCard(frozen.text)).toEqual({ outcome: "ok", card })
  expect(decodeCard(`${frozen.text}\r\n`)).toEqual({ outcome: "ok", card })
})

test("every key of the frozen card is the one a second implementation derives", async () => {
  const keys = await deriveCardKeys(card.secret)
  expect(toBase64url(keys.entryKey)).toBe(frozen.entryKey)
  expect(toBase64url(keys.proofKey)).toBe(frozen.proofKey)
  expect(toBase64url(keys.qrHalf)).toBe(frozen.qrHalf)
  const key = await cardKey(keys.qrHalf, fromBase64url(frozen.cloudShare))
  expect(toBase64url(key)).toBe(frozen.cardKey)
  const wrapping = await categoryWrappingKey(key, "laboratory", 3)
  expect(toBase64url(wrapping)).toBe(frozen.wrappingKey)
  expect(toBase64url(await wrapKey(wrapping, fromBase64url(frozen.categoryKey)))).toBe(frozen.wrappedCategoryKey)
  expect(toBase64url(await unwrapKey(wrapping, fromBase64url(frozen.wrappedCategoryKey)))).toBe(frozen.categoryKey)
  expect(await locatorHash(card.locator)).toBe(frozen.locatorHash)
})

test("the frozen proof is made, and another for anything else it is about", async () => {
  const proofKey = fromBase64url(frozen.proofKey)
  expect(await cardProof(proofKey, frozen.proofOf)).toBe(frozen.proof)
  expect(Object.keys(frozen.proofOf)).toHaveLength(8)
  for (const name of Object.keys(frozen.proofOf)) {
    expect(await cardProof(proofKey, { ...frozen.proofOf, [name]: "another" }), name).not.toBe(frozen.proof)
    await expect(cardProof(proofKey, { ...frozen.proofOf, [name]: "a\nb" }), name).rejects.toThrow(TypeError)
  }
  expect(await cardProof(fromBase64url(frozen.qrHalf), frozen.proofOf)).not.toBe(frozen.proof)
})

describe("a card as the manifest lists it", () => {
  const signed: SignedCard = { ...frozen.signed, keys: z.parse(keysSchema, frozen.signed.keys) }

  test("has the frozen hash, in whatever order its keys come", async () => {
    expect(await cardHash(signed)).toBe(frozen.hash)
    expect(await cardHash({ ...signed, keys: signed.keys.toReversed() })).toBe(frozen.hash)
    const more = { ...signed, keys: signed.keys.map((key) => ({ ...key, wrappedKey: "A" })), label: "mine" }
    expect(await cardHash(more)).toBe(frozen.hash)
  })

  test("has another hash for anything else that it is about", async () => {
    const [summary, laboratory] = signed.keys
    const others: Partial<SignedCard>[] = [
      { cardId: "another" },
      { cloudShare: "another" },
      { proofKey: "another" },
      { locatorHash: "another" },
      { hri: "https://other.example/" },
      { sealedHash: "another" },
      { keys: [] },
      { keys: [summary!] },
      { keys: [{ ...summary!, epoch: 1 }, laboratory!] },
      { keys: [summary!, { category: "imaging", epoch: 3 }] },
    ]
    const hashes = await Promise.all(others.map((change) => cardHash({ ...signed, ...change })))
    expect(new Set([frozen.hash, ...hashes]).size).toBe(others.length + 1)
  })

  test("has no category twice", async () => {
    const keys = [...signed.keys, { category: "summary", epoch: 1 } as const]
    await expect(cardHash({ ...signed, keys })).rejects.toThrow(TypeError)
  })
})

test("neither half of the card key does alone, nor both exchanged", async () => {
  const [half, share] = [fromBase64url(frozen.qrHalf), fromBase64url(frozen.cloudShare)]
  const keys = await Promise.all([
    cardKey(half, share),
    cardKey(share, half),
    cardKey(half, half),
    cardKey(share, share),
  ])
  expect(new Set(keys.map(toBase64url)).size).toBe(4)
  await expect(cardKey(half.slice(1), share)).rejects.toThrow(RangeError)
  await expect(cardKey(half, new Uint8Array(0))).rejects.toThrow(RangeError)
})

const frontSecret = new Uint8Array(16).fill(7)

const cloudShare = fromBase64url(frozen.cloudShare)

/** The name as it is sealed: its length, its bytes, zeros. */
const fieldOf = (name: string, length = Buffer.byteLength(name)) => {
  const field = Buffer.alloc(96)
  field[0] = length
  field.write(name, 1)
  return field
}
const sealing = (field: Uint8Array) =>
  new Uint8Array(Buffer.concat([cloudShare, frontSecret, field, Buffer.from(frozen.text)]))

test("what is sealed of a card is the cloud's share, 32 bytes, the front's secret, 16, its name in 96 bytes, then its text", () => {
  const longest = "ω".repeat(47)
  for (const name of ["", "Wallet", "Αντίγραφο της μητέρας", longest, `${longest}!`]) {
    const sealed = sealedCard({ cloudShare, frontSecret, name, text: frozen.text })
    expect(toBase64url(sealed)).toBe(toBase64url(sealing(fieldOf(name))))
    expect(readSealedCard(sealed)).toEqual({ cloudShare, frontSecret, name, text: frozen.text })
    expect(readSealedCard(sealed.slice(0, 145)).text).toBe("E")
  }
})

test.each(["a\nb", "a\u202eb", "\ud800", "ω".repeat(48), "a".repeat(96)])("no card is called %j", (name) => {
  expect(() => sealedCard({ cloudShare, frontSecret, name, text: frozen.text })).toThrow(RangeError)
})

test.each([
  ["longer than its place", fieldOf("a", 96)],
  ["longer than it is said to be", fieldOf("ab", 1)],
  ["with a line break", fieldOf("a\n")],
  ["cut inside a character", fieldOf("ω", 1)],
])("a name that is %s is read from nothing sealed", (_, field) => {
  expect(() => readSealedCard(sealing(field))).toThrow()
})

test.each([0, 31, 33])("a share of %d bytes is sealed with no card", (length) => {
  const parts = { cloudShare: new Uint8Array(length), frontSecret, name: "", text: frozen.text }
  expect(() => sealedCard(parts)).toThrow(RangeError)
})

test.each([0, 15, 17])("a front's secret of %d bytes is sealed with no card", (length) => {
  const parts = { cloudShare: new Uint8Array(32), frontSecret: new Uint8Array(length), name: "", text: frozen.text }
  expect(() => sealedCard(parts)).toThrow(RangeError)
})

test.each([0, 31, 48])("%d bytes are no share, secret and text", (length) => {
  expect(() => readSealedCard(new Uint8Array(length))).toThrow(RangeError)
})

test("each category and epoch has a wrapping key of its own", async () => {
  const key = fromBase64url(frozen.cardKey)
  const keys = await Promise.all([
    categoryWrappingKey(key, "laboratory", 1),
    categoryWrappingKey(key, "laboratory", 11),
    categoryWrappingKey(key, "summary", 1),
  ])
  expect(new Set(keys.map(toBase64url)).size).toBe(3)
})

test.each(cards.ok)("a card's text is read: $why", ({ text }) => {
  const reading = decodeCard(text)
  expect(reading.outcome).toBe("ok")
  if (reading.outcome === "ok") expect(encodeCard(reading.card)).toBe(text)
})

test.each(cards["not-ours"])("a text that is not ours is no card: $why", ({ text }) => {
  expect(decodeCard(text)).toEqual({ outcome: "card-foreign" })
})

test.each(cards["unsupported-version"])("a card of another version is said to be one: $why", ({ text }) => {
  expect(decodeCard(text)).toEqual({ outcome: "card-unsupported" })
})

test.each(cards.damaged)("a damaged card is said to be damaged: $why", ({ text }) => {
  expect(decodeCard(text)).toEqual({ outcome: "card-damaged" })
})

test("any text has an outcome, and a card cut anywhere is never one", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void decodeCard(text)))
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void decodeCard(`EHR2:${text}`)))
  for (let length = 0; length < frozen.text.length; length++) {
    const reading = decodeCard(frozen.text.slice(0, length))
    // An address that lost its end can still be an address.
    if (reading.outcome === "ok") expect(frozen.hri.startsWith(reading.card.hri)).toBe(true)
  }
})

test("new cards differ in secret and locator, and fit a QR code", () => {
  const [a, b] = [makeCard(card), makeCard(card)]
  expect(a.secret).not.toEqual(b.secret)
  expect(a.locator).not.toEqual(b.locator)
  expect(decodeCard(encodeCard(a))).toEqual({ outcome: "ok", card: a })
})

test.each([
  ["an index without TLS", { hri: "http://hri.example/" }],
  ["an index with a query", { hri: "https://hri.example/?a" }],
  ["an address that is too long", { hri: `https://hri.example/${"a".repeat(200)}` }],
  ["a fingerprint that is none", { fingerprint: "AAAA" }],
])("no card is made with %s", (_, change) => {
  expect(() => makeCard({ ...card, ...change })).toThrow(TypeError)
})

test.for<[string, Partial<typeof card>]>([
  ["a secret too short", { secret: card.secret.slice(1) }],
  ["a locator too long", { locator: new Uint8Array(17) }],
  ["a thumbprint too short", { fingerprint: toBase64url(new Uint8Array(31)) }],
  ["parts whose lengths make up for each other", { secret: new Uint8Array(31), locator: new Uint8Array(17) }],
])("a card is not made of %s", ([, part]) => {
  expect(() => encodeCard({ ...card, ...part })).toThrow(TypeError)
})

test.for(["https://:secret@hri.example/", "ftp://localhost/", "http://10.127.0.1/", "https:///", "nowhere"])(
  "a card does not name the address %s",
  (hri) => {
    expect(() => encodeCard({ ...card, hri })).toThrow(new TypeError("a card needs the https address of an index"))
  },
)

test("a card may name any address of this very machine", () => {
  const here = { ...card, hri: "http://127.10.200.1:8080" }
  expect(decodeCard(encodeCard(here))).toEqual({ outcome: "ok", card: here })
})

test("a line break within a card is damage", () => {
  for (const i of [10, frozen.text.length - 1])
    expect(decodeCard(`${frozen.text.slice(0, i)}\n${frozen.text.slice(i)}`)).toMatchObject({ outcome: "card-damaged" })
})

test("a version of two digits is one of a newer program", () => {
  expect(decodeCard(frozen.text.replace("EHR2:", "EHR20:"))).toMatchObject({ outcome: "card-unsupported" })
})
