import { describe, expect, test } from "vitest"
import {
  decided,
  emptyVersion,
  factsIn,
  readContent,
  reconciled,
  type Version,
  withItems,
  withoutItem,
  withStated,
} from "../../apps/practice/file/content.ts"
import { mergeSaid } from "../../apps/practice/file/save.ts"
import { emptyStated, type StatedMedicine, type StatedSummary } from "../../fhir/stated-summary.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { savedVersion } from "../../sdk/practice/saved-merge.ts"
import { mergeVersions } from "../../sdk/practice/three-way-merge.ts"

const by = { origin: { from: "professional" as const, name: "Dr. Rossi" }, on: "2026-11-30" }
const medicine = (dose: string, id = "0b8f7f0e-5d0e-4c4e-9d9b-000000000001"): StatedMedicine => ({
  id,
  ...by,
  what: { text: "Warfarin", codes: [] },
  status: "taking",
  doses: [{ asWritten: dose }],
})
const stating = (parts: Partial<StatedSummary>): StatedSummary => ({ ...emptyStated("en", "2026-11-30"), ...parts })
const listed = <T>(...items: T[]) => ({ state: "listed" as const, items })
const factsOf = (version: Version) => factsIn(version, "en", "2026-11-30")
const reread = async (version: Version) => readContent(savedVersion(version))

describe("what a file says", () => {
  test("is the same after it was saved and read", async () => {
    const stated = stating({
      medicines: listed(medicine("5 mg")),
      allergies: { state: "none-known", ...by },
      bloodGroup: { id: "0b8f7f0e-5d0e-4c4e-9d9b-000000000002", ...by, abo: "A", rhesus: "-" },
      contacts: [{ id: "0b8f7f0e-5d0e-4c4e-9d9b-000000000003", ...by, name: "Maria", phone: "210 1" }],
    })
    const vital = { id: "v", at: "2026-11-30", by: "Dr. Rossi", kind: "weight" as const, value: "80.50", unit: "kg" }
    const version = withItems(withStated(emptyVersion, stated), "vitals", [vital])
    const facts = factsOf(await reread(version))
    expect(facts.stated).toEqual(stated)
    // A number stands as it was written.
    expect(facts.vitals).toEqual([vital])
    // A save whose answer was lost, and that is made again, adds nothing twice.
    expect(factsOf(withItems(version, "vitals", [vital])).vitals).toEqual([vital])
    expect(factsOf(withoutItem(version, "vitals", "v")).vitals).toEqual([])
  })

  test("of a version that holds what this app doesn't know is not shown by halves", () => {
    const odd: Version = { fields: {}, lists: { medicines: [{ settled: { id: "x", what: "Warfarin" } }] } }
    expect(() => factsOf(odd)).toThrow("can't be shown")
    expect(() => factsOf({ fields: {}, lists: { vitals: [{ settled: { id: "v", value: "many" } }] } })).toThrow()
  })

  test("of a file that was imported is the document as it came, which later versions keep", async () => {
    const document = { resourceType: "Bundle", type: "collection", entry: [] }
    const version = await readContent(utf8(JSON.stringify(document)))
    expect(factsOf(version).imported).toEqual(document)
    expect(factsOf(withStated(version, stating({}))).imported).toEqual(document)
  })

  test("that is neither a version nor a document is refused", async () => {
    await expect(readContent(utf8("[]"))).rejects.toMatchObject({ code: "record-unreadable" })
    await expect(readContent(utf8("not JSON"))).rejects.toMatchObject({ code: "record-unreadable" })
  })
})

describe("a dose that two changed at once", () => {
  const before = withStated(emptyVersion, stating({ medicines: listed(medicine("5 mg")) }))
  const mine = withStated(before, stating({ medicines: listed(medicine("2.5 mg")) }))
  const theirs = withStated(before, stating({ medicines: listed(medicine("7.5 mg")) }))
  const merged = mergeVersions(before, mine, theirs)

  test("is neither, and both stand in the file until somebody decides", async () => {
    const facts = factsOf(await reread(merged))
    expect(facts.stated.medicines).toEqual({ state: "not-stated" })
    expect(facts.open).toHaveLength(1)
    expect(JSON.stringify(facts.open)).toContain("2.5 mg")
    expect(JSON.stringify(facts.open)).toContain("7.5 mg")
  })

  test("stays open while other things are written, and is decided by one of its sides", () => {
    const later = withStated(merged, stating({ allergies: { state: "none-known", ...by } }))
    const [open] = factsOf(later).open
    if (open === undefined) throw new Error("nothing is open")
    const [first, second] = open.undecided.between
    if (first === undefined || second === undefined) throw new Error("there are no two sides")
    expect(factsOf(decided(later, open, first)).stated.medicines).toEqual(listed(medicine("2.5 mg")))
    expect(factsOf(decided(later, open, second)).stated.medicines).toEqual(listed(medicine("7.5 mg")))
    expect(factsOf(decided(later, open, { gone: true })).stated.medicines).toEqual({ state: "not-stated" })
    expect(factsOf(decided(later, open, first)).open).toEqual([])
  })
})

test("where one says that there is none and the other lists something, what is listed stands, and both are asked about", () => {
  const before = withStated(emptyVersion, stating({}))
  const none = withStated(before, stating({ medicines: { state: "none-known", ...by } }))
  const some = withStated(before, stating({ medicines: listed(medicine("5 mg")) }))
  const merged = reconciled(mergeVersions(before, none, some))
  const facts = factsOf(merged)
  expect(facts.stated.medicines).toEqual(listed(medicine("5 mg")))
  const [open] = facts.open
  if (open === undefined) throw new Error("nothing is open")
  expect(factsOf(decided(merged, open, { gone: true })).stated.medicines).toEqual(listed(medicine("5 mg")))
  const [isNone] = open.undecided.between
  if (isNone === undefined) throw new Error("nobody said that there is none")
  expect(factsOf(decided(merged, open, isNone)).stated.medicines).toEqual({ state: "none-known", ...by })
})

describe("who a patient is", () => {
  const before = {
    names: [{ family: "Smith", given: "John" }],
    birthDate: "1957",
    isEstimated: true as const,
    sex: "male" as const,
    identifiers: [],
    phones: ["1"],
    fileNumber: "7",
    lastVisit: "2026-01-02",
  }

  test("is merged by field: nothing that one of two changed is lost", () => {
    const mine = { ...before, phones: ["2"], lastVisit: "2026-03-01" }
    const { birthDate: _date, isEstimated: _estimated, fileNumber: _number, ...rest } = before
    const theirs = { ...rest, birthDate: "1957-12-24", lastVisit: "2026-02-01" }
    const { said, undecided } = mergeSaid(before, mine, theirs)
    expect(said).toEqual({ ...rest, birthDate: "1957-12-24", phones: ["2"], lastVisit: "2026-03-01" })
    expect(undecided).toEqual({})
  })

  test("stays as a colleague has it where both changed the same, and is asked about", () => {
    const mine = { ...before, names: [{ family: "Smyth" }] }
    const theirs = { ...before, names: [{ family: "Smithe" }] }
    const { said, undecided } = mergeSaid(before, mine, theirs)
    expect(said.names).toEqual(theirs.names)
    expect(undecided["person.names"]).toMatchObject({
      undecided: { between: [{ is: mine.names }, { is: theirs.names }] },
    })
  })
})
