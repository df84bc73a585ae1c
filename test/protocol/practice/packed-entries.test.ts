import * as fc from "fast-check"
import { expect, test } from "vitest"
import { concat, utf8 } from "../../../protocol/crypto/bytes.ts"
import { CryptoFailure } from "../../../protocol/crypto/failure.ts"
import type { Entry } from "../../../protocol/practice/entry.ts"
import {
  entryPadding,
  packEntries,
  segmentLength,
  segmentPadding,
  unpackEntries,
} from "../../../protocol/practice/packed-entries.ts"
import { entryOf, named } from "../../kit/entries.ts"

const full = named("Παπαδόπουλος", "Γεώργιος", {
  version: 3,
  names: [{ family: "Παπαδόπουλος", given: "Γεώργιος" }, { family: "Papadopoulos" }, { given: "George" }],
  birthDate: "1957-12-24",
  isEstimated: true,
  sex: "male",
  identifiers: [{ system: "urn:amka", value: "24125701234" }, { value: "7" }],
  fileNumber: "A-1",
  phones: ["+30 210 1234567"],
  lastVisit: "2026-11",
  mergedInto: entryOf({}).fileId,
  deletedAt: "2026-11-28T10:00:00.000Z",
  delivery: "D".repeat(21).concat("A"),
  importId: "I".repeat(21).concat("A"),
})

test("entries are packed and unpacked as they were, in their order, each member of them", async () => {
  const entries = [full, entryOf({}), named("Smith", "John")]
  expect(await unpackEntries(await packEntries(entries, segmentPadding))).toEqual(entries)
})

test("a packed length is a multiple of the padding, so that one entry's says nothing of who it is of", async () => {
  const short = await packEntries([named("Li", "Bo")], entryPadding)
  const long = await packEntries([named("Wolfeschlegelsteinhausen", "Hubert Blaine")], entryPadding)
  expect([short.length, long.length]).toEqual([entryPadding, entryPadding])
  const segment = await packEntries(
    Array.from({ length: segmentLength }, () => named("Smith", "John")),
    segmentPadding,
  )
  expect(segment.length % segmentPadding).toBe(0)
})

test("neither none nor more than a segment holds is packed, nor what is no entry", async () => {
  await expect(packEntries([], entryPadding)).rejects.toThrow()
  const many = Array.from({ length: segmentLength + 1 }, () => entryOf({}))
  await expect(packEntries(many, segmentPadding)).rejects.toThrow()
  await expect(packEntries([entryOf({ birthDate: "24.12.1957" })], entryPadding)).rejects.toThrow()
  await expect(packEntries([{ ...full, notes: "clinical" } as Entry], entryPadding)).rejects.toThrow()
})

const deflated = async (text: string) =>
  new Uint8Array(
    await new Response(new Blob([utf8(text)]).stream().pipeThrough(new CompressionStream("deflate-raw"))).arrayBuffer(),
  )
const framed = async (text: string) => {
  const packed = await deflated(text)
  const prefix = new Uint8Array(4)
  new DataView(prefix.buffer).setUint32(0, packed.length)
  return concat(prefix, packed)
}

test("what a hostile member sealed is refused: too much, columns of unequal length, a column too many, bytes behind the end", async () => {
  const good = await packEntries([full], entryPadding)
  await expect(unpackEntries(concat(good.slice(0, -1), Uint8Array.of(1)))).rejects.toThrow(CryptoFailure)
  await expect(unpackEntries(good.slice(0, 20))).rejects.toThrow(CryptoFailure)
  await expect(unpackEntries(new Uint8Array(2))).rejects.toThrow(CryptoFailure)
  await expect(unpackEntries(await framed(" ".repeat(5 * 1024 * 1024)))).rejects.toThrow(CryptoFailure)
  const columns = Object.fromEntries(Object.keys(full).map((name) => [name, [full[name as keyof Entry]]]))
  expect(await unpackEntries(await framed(JSON.stringify(columns)))).toEqual([full])
  await expect(unpackEntries(await framed(JSON.stringify({ ...columns, more: [1] })))).rejects.toThrow(CryptoFailure)
  for (const short of [{ sex: [] }, { deletedAt: [] }, { deletedAt: [null, null] }])
    await expect(unpackEntries(await framed(JSON.stringify({ ...columns, ...short })))).rejects.toThrow(CryptoFailure)
})

test("whatever bytes are unpacked, entries come out or the one failure", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), async (bytes) => {
      await expect(unpackEntries(new Uint8Array(bytes))).rejects.toThrow(CryptoFailure)
    }),
  )
})
