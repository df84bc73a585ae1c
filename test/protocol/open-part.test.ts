import * as fc from "fast-check"
import { beforeAll, describe, expect, test } from "vitest"
import { sealedHash } from "../../protocol/card.ts"
import { makeFront } from "../../protocol/card-front.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { sealUnder } from "../../protocol/crypto/envelope.ts"
import { CryptoFailure } from "../../protocol/crypto/failure.ts"
import { derive } from "../../protocol/crypto/primitives.ts"
import {
  maxOpenLines,
  type OpenPart,
  openLineKinds,
  openOpenPart,
  openPart,
  readOpenPart,
  sealOpenPart,
  signersOfFront,
} from "../../protocol/open-part.ts"
import { maxSealedOpenPart } from "../../protocol/primitives.ts"
import { statementHash } from "../../protocol/statement.ts"
import {
  aHash,
  cloudId,
  type Holder,
  integrityOf,
  listed,
  listOf,
  newHolder,
  now,
  patientId,
  signBy,
  tampered,
} from "../kit/holders.ts"

const front = makeFront({ fingerprint: aHash("F") })
const place = { cloudId, patientId, cardId: patientId, number: 3 }
const said: OpenPart = {
  name: "Ελένη",
  language: "el",
  lines: [{ about: "allergy", text: "Πενικιλίνη" }],
  contact: { name: "Νίκος", phone: "+30 210 123-4567" },
}
const takes = (value: unknown) => openPart.safeParse(value).success

describe("an open part", () => {
  test("opens with the front, for the very place and number it was sealed for, and no other", async () => {
    const sealed = await sealOpenPart(front, place, said)
    expect(await openOpenPart(front, place, sealed)).toEqual(said)
    const elsewhere = [
      { ...place, cloudId: "other.example" },
      { ...place, patientId: "oKGio6SlpqeoqaqrrK2urw" },
      { ...place, cardId: "oKGio6SlpqeoqaqrrK2urw" },
      { ...place, number: 4 },
    ]
    for (const other of elsewhere) await expect(openOpenPart(front, other, sealed)).rejects.toThrow(CryptoFailure)
    const another = makeFront({ fingerprint: aHash("F") })
    await expect(openOpenPart(another, place, sealed)).rejects.toThrow(CryptoFailure)
    expect(await sealedHash(sealed)).not.toBe(await sealedHash(`${sealed}A`))
  })

  test("of the largest size fits the room that there is for what is sealed, and no larger one is sealed", async () => {
    const longest = { language: "el", lines: Array.from({ length: maxOpenLines }, () => line("a".repeat(120))) }
    const { length } = await sealOpenPart(front, place, longest)
    expect(length).toBeLessThanOrEqual(maxSealedOpenPart)
    const greek = { language: "el", lines: Array.from({ length: maxOpenLines }, () => line("ά".repeat(120))) }
    await expect(sealOpenPart(front, place, greek)).rejects.toThrow(TypeError)
    const full = { language: "el", lines: [...greek.lines.slice(0, 14), line("ά".repeat(36))] }
    expect(new TextEncoder().encode(JSON.stringify(full)).length).toBeLessThanOrEqual(4096)
    expect((await sealOpenPart(front, place, full)).length).toBeLessThanOrEqual(maxSealedOpenPart)
  })

  test("may say nothing, and has no member but those there are", () => {
    expect(takes({ language: "en", lines: [] })).toBe(true)
    expect(takes(said)).toBe(true)
    expect(takes({ ...said, more: 1 })).toBe(false)
    expect(takes({ lines: [] })).toBe(false)
    expect(takes({ language: "en" })).toBe(false)
    for (const about of openLineKinds)
      expect(takes({ language: "en", lines: [{ about, text: "a" }] }), about).toBe(true)
    expect(takes({ language: "en", lines: [{ about: "joke", text: "a" }] })).toBe(false)
    expect(takes({ language: "en", lines: Array.from({ length: maxOpenLines + 1 }, () => line("a")) })).toBe(false)
    expect(takes({ language: "el; x", lines: [] })).toBe(false)
  })

  test.each(["", "a\nb", "a\u0000", "a\u202eb", "a\u2066b", "\ud800", "a".repeat(121)])(
    "has no line %j, which could be read as something else",
    (text) => {
      expect(takes({ language: "en", lines: [line(text)] })).toBe(false)
    },
  )

  test.each(["112", "+30 210 1234567", "030/123-456"])("may name the number %j to call", (phone) => {
    expect(takes({ ...said, contact: { name: "N", phone } })).toBe(true)
  })

  test.each(["", "1", "(030)123456", "tel:112", "112;ext=1", "+", "12 ", "1".repeat(40), "٠١٢"])(
    "names no number %j to call",
    (phone) => {
      expect(takes({ ...said, contact: { name: "N", phone } })).toBe(false)
    },
  )

  test("is read as it was written, whatever it says", async () => {
    const text = fc.string({ unit: "binary", minLength: 1, maxLength: 40 }).filter((text) => takes(lineOf(text)))
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 5 }), async (texts) => {
        const said: OpenPart = { language: "en", lines: texts.map(line) }
        expect(await openOpenPart(front, place, await sealOpenPart(front, place, said))).toEqual(said)
      }),
      { numRuns: 20 },
    )
  })
})

function line(text: string): OpenPart["lines"][number] {
  return { about: "other", text }
}

function lineOf(text: string) {
  return { language: "en", lines: [line(text)] }
}

describe("what the cloud gives for a front", () => {
  let [root, phone, tablet, stranger] = [] as unknown as Holder[]
  let chain: string[]
  let own: ReturnType<typeof makeFront>
  let sealed: string
  const card = place.cardId
  const holder = (found: Holder | undefined): Holder => {
    if (found === undefined) throw new Error("nobody")
    return found
  }
  beforeAll(async () => {
    ;[root, phone, tablet, stranger] = await Promise.all([newHolder(), newHolder(), newHolder(), newHolder()])
    const first = await listOf(holder(root), holder(root), [listed(holder(phone))])
    chain = [first, await listOf(holder(phone), holder(root), [listed(holder(phone)), listed(holder(tablet))], first)]
    own = makeFront({ fingerprint: holder(root).id })
    sealed = await sealOpenPart(own, place, said)
  })
  const statementBy = async (by: Holder, more: object = {}) =>
    signBy(by, "open-part", {
      patientId,
      cardId: card,
      number: place.number,
      action: "set",
      locatorHash: aHash("L"),
      proofHash: aHash("Q"),
      sealedHash: await sealedHash(sealed),
      ...more,
    })
  /** What the index names: the statement of some number, under the first list. */
  const known = async (number: number, hash: string = aHash("H")) => ({
    cloudId,
    patientId,
    cardId: card,
    openPart: { number, hash },
    signers: { number: 1, hash: await statementHash(chain[0] ?? "") },
  })
  const read = async (
    statement: string,
    more: { number?: number; hash?: string; sealed?: string; chain?: string[] } = {},
  ) =>
    readOpenPart(own, await known(more.number ?? 2, more.hash), {
      statement,
      signers: more.chain ?? chain,
      sealed: more.sealed ?? sealed,
    })

  test("is what an active signer of whom the front names has said, and when", async () => {
    for (const by of [phone, tablet])
      expect(await read(await statementBy(holder(by)))).toEqual({ said, signedAt: now, number: 3 })
  })

  test("may be newer than what the index names, or that very statement, and never older or another of its number", async () => {
    const statement = await statementBy(holder(phone))
    const hash = await statementHash(statement)
    expect(await read(statement, { number: 3, hash })).toMatchObject({ number: 3 })
    for (const refused of [{ number: 3 }, { number: 4 }, { number: 4, hash }])
      expect(await integrityOf(read(statement, refused)), JSON.stringify(refused)).toBe("open-part-invalid")
  })

  test.each([
    ["by nobody who is listed", () => statementBy(holder(stranger))],
    ["by the root, which signs none", () => statementBy(holder(root))],
    [
      "that takes it back",
      () => signBy(holder(phone), "open-part", { patientId, cardId: card, number: 3, action: "remove" }),
    ],
    ["of another cloud", () => statementBy(holder(phone), { aud: "other.example" })],
    ["of another patient", () => statementBy(holder(phone), { patientId: "oKGio6SlpqeoqaqrrK2urw" })],
    ["of another card", () => statementBy(holder(phone), { cardId: "oKGio6SlpqeoqaqrrK2urw" })],
    ["of another number than it was sealed for", () => statementBy(holder(phone), { number: 5 })],
    ["for another text", () => statementBy(holder(phone), { sealedHash: aHash("S") })],
    ["that was changed", async () => tampered(await statementBy(holder(phone)), { iat: 1 })],
    ["of another type", () => signBy(holder(phone), "halt", { patientId, grantId: card })],
  ])("is refused with a statement %s", async (_, made) => {
    expect(await integrityOf(read(await made()))).toBe("open-part-invalid")
  })

  test("is refused under lists of another patient or record, older ones than the index was shown, or none", async () => {
    const statement = await statementBy(holder(phone))
    const elsewhere = await listOf(holder(root), holder(root), [listed(holder(phone))], undefined, {
      record: aHash("R"),
    })
    const foreign = await listOf(holder(stranger), holder(stranger), [listed(holder(phone))])
    for (const lists of [[], [elsewhere], [foreign], ["no list"]])
      expect(await integrityOf(read(statement, { chain: lists }))).toBe("open-part-invalid")
    const older = { ...(await known(2)), signers: { number: 2, hash: await statementHash(chain[1] ?? "") } }
    const answer = { statement, signers: chain.slice(0, 1), sealed }
    expect(await integrityOf(readOpenPart(own, older, answer))).toBe("open-part-invalid")
    expect(await readOpenPart(own, older, { ...answer, signers: chain })).toMatchObject({ said })
  })

  test("names lists by the front's half of a fingerprint, and the record where it is known", async () => {
    expect(await signersOfFront(own, chain)).toMatchObject({ number: 2 })
    await expect(signersOfFront(front, chain)).rejects.toThrow("of another patient")
    await expect(signersOfFront(own, [])).rejects.toThrow("no signers")
  })

  test("of more than 4,096 bytes, or that isn't an open part, opens to nothing", async () => {
    const at = { ...place, number: 7 }
    const key = await derive(own.secret, "open-part", cloudId, patientId, at.cardId, 7)
    const room = 4096 - utf8(JSON.stringify({ language: "en", lines: [] })).length
    const padded = (spaces: number) =>
      sealUnder(key, utf8(`${JSON.stringify({ language: "en", lines: [] })}${" ".repeat(spaces)}`))
    expect(await openOpenPart(own, at, await padded(room))).toEqual({ language: "en", lines: [] })
    await expect(openOpenPart(own, at, await padded(room + 1))).rejects.toThrow(RangeError)
    await expect(openOpenPart(own, at, await sealUnder(key, utf8('{"language":"en"}')))).rejects.toThrow()
  })
})
