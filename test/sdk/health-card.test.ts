import { deflateRawSync } from "node:zlib"
import { beforeAll, describe, expect, test } from "vitest"
import { readHealthCards } from "../../apps/shared/health-cards/read.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { healthCardFile, healthCardsOf, joinedCard, openHealthCard, readHealthCode } from "../../sdk/health-card.ts"
import { said } from "../fhir/reading.ts"
import { claims, digitsOf, immunizationBundle, iss, newIssuer } from "../kit/health-cards.ts"

let issuer: Awaited<ReturnType<typeof newIssuer>>
let card: string
beforeAll(async () => {
  issuer = await newIssuer()
  card = await issuer.card()
})

describe("a SMART Health Card", () => {
  test("opens, and its signature is verified by a configured key of its issuer alone", async () => {
    const opened = { outcome: "open", issuer: iss, issuedAt: 1_614_600_000 }
    expect(await openHealthCard(card, [issuer.known])).toMatchObject({ ...opened, signature: "verified" })
    expect(await openHealthCard(card)).toMatchObject({ ...opened, signature: "unchecked" })
    const another = await newIssuer("k2")
    expect(await openHealthCard(card, [{ ...another.known, iss: "https://elsewhere.example.org" }])).toMatchObject({
      signature: "unchecked",
    })
  })

  test("whose signature another made, or whose key its issuer hasn't, is wrong and never unchecked", async () => {
    const forger = await newIssuer()
    expect(await openHealthCard(await forger.card(), [issuer.known])).toMatchObject({ signature: "wrong" })
    const other = await newIssuer("k9")
    expect(await openHealthCard(await other.card(), [issuer.known])).toMatchObject({ signature: "wrong" })
    const [, body] = card.split(".")
    const none = `${Buffer.from('{"alg":"none","zip":"DEF","kid":"k1"}').toString("base64url")}.${body}.AAAA`
    expect(await openHealthCard(none, [issuer.known])).toMatchObject({ signature: "wrong" })
  })

  test.each<readonly [string, () => Promise<string> | string]>([
    ["of two parts", () => "a.b"],
    ["with a header that is no JSON", () => `AAAA.${card.split(".")[1]}.AAAA`],
    [
      "with an extension that must be understood",
      () => issuer.sign(deflateRawSync(JSON.stringify(claims({}))), { zip: "DEF", crit: ["b64"], b64: true }),
    ],
    ["packed by another method", () => issuer.sign(utf8(JSON.stringify(claims({}))), { zip: "GZ" })],
    ["damaged where it is packed", () => issuer.sign(utf8("no deflate"))],
    ["that names no issuer", () => issuer.sign(deflateRawSync("{}"))],
    ["of more than five megabytes once it is unpacked", () => issuer.card({ a: "x".repeat(6_000_000) })],
  ])("%s is unreadable", async (_what, make) => {
    expect(await openHealthCard(await make(), [issuer.known])).toEqual({ outcome: "unreadable" })
  })

  test("packed not at all opens too", async () => {
    const plain = await issuer.sign(utf8(JSON.stringify(claims(immunizationBundle))), {})
    expect(await openHealthCard(plain, [issuer.known])).toMatchObject({ signature: "verified" })
  })
})

describe("a file of health cards", () => {
  const file = (...cards: string[]) => utf8(healthCardFile(cards))

  test("is shown with what each says, and what its signature is worth", async () => {
    const shown = await readHealthCards(file(card), [issuer.known])
    expect(shown).toMatchObject({ unread: 0, cards: [{ issuer: iss, signature: "verified" }] })
    const [first] = shown.cards
    expect(first?.summary?.patient).toMatchObject({ name: "Mia Muster", birthDate: "1980-05-05" })
    const items = first?.summary?.sections.flatMap((section) => section.items) ?? []
    expect(items.map((item) => said(item).label)).toEqual(["Tdap"])
  })

  test("shows nothing of what a card says whose signature is wrong", async () => {
    const forged = await (await newIssuer()).card()
    const { cards } = await readHealthCards(file(forged), [issuer.known])
    expect(cards).toEqual([{ issuer: iss, signature: "wrong", issuedAt: 1_614_600_000 }])
  })

  test("counts what can't be read, and says so where nothing can", async () => {
    expect(await readHealthCards(file(card, "eyJhbGciOiJFUzI1NiJ9.e30.AAAA"), [])).toMatchObject({
      cards: [{ signature: "unchecked" }],
      unread: 1,
    })
    for (const text of ["", "{}", '{"verifiableCredential":[]}', '{"verifiableCredential":[1,"x"]}'])
      expect(await readHealthCards(utf8(text), [])).toEqual({ cards: [], unread: 1 })
  })

  test("has fifty cards at most", () => {
    expect(healthCardsOf(healthCardFile(Array.from({ length: 60 }, () => card)))).toHaveLength(50)
  })
})

describe("the code of a health card", () => {
  test("is the card in digits", () => {
    expect(readHealthCode(`shc:/${digitsOf(card)}`)).toEqual({ outcome: "card", card })
    expect(readHealthCode(` SHC:/${digitsOf(card)}\n`)).toEqual({ outcome: "card", card })
  })

  test("in parts is the card once all of them are there, in whatever order", () => {
    const digits = digitsOf(card)
    const cut = Math.floor(digits.length / 4) * 2
    const codes = [`shc:/2/2/${digits.slice(cut)}`, `shc:/1/2/${digits.slice(0, cut)}`].map(readHealthCode)
    const parts = new Map<number, string>()
    for (const code of codes) {
      expect(joinedCard(parts, 2)).toBeUndefined()
      if (code.outcome === "part") parts.set(code.number, code.digits)
    }
    expect(joinedCard(parts, 2)).toBe(card)
    expect(joinedCard(parts.set(2, "0000"), 2)).toBeUndefined()
  })

  test.each([
    "",
    "shc:/",
    "shc:/123",
    "shc:/99999999",
    "shc:/0/2/1234",
    "shc:/3/2/1234",
    "shc:/1/99/1234",
    "shc:/1/2/3/1234",
    "EHR2:ABC",
    "https://example.org",
  ])("is none where it says %j", (text) => {
    expect(readHealthCode(text)).toEqual({ outcome: "other" })
  })
})
