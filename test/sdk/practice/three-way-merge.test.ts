import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import * as z from "zod/mini"
import { readVersion, savedVersion } from "../../../sdk/practice/saved-merge.ts"
import {
  type Content,
  type Merged,
  mergeVersions as merge,
  settledContent,
  settledVersion,
} from "../../../sdk/practice/three-way-merge.ts"

interface Medicine {
  readonly id: string
  readonly what: string
  readonly dose?: string
  readonly often?: string
}
type File = Content<string, Medicine>

const aspirin: Medicine = { id: "1", what: "aspirin", dose: "100 mg", often: "daily" }
const warfarin: Medicine = { id: "2", what: "warfarin", dose: "3 mg" }
const before: File = { fields: { family: "Smith", given: "John" }, lists: { medicines: [aspirin, warfarin] } }
const mergeVersions = (of: File, mine: File, theirs: File): Merged<string, Medicine> =>
  merge(settledVersion(of), settledVersion(mine), settledVersion(theirs))
const medicines = (...items: readonly Medicine[]): File => ({ ...before, lists: { medicines: items } })

describe("two versions of one file", () => {
  test("what only one of them changed is taken, of fields and of items", () => {
    const mine = { ...before, fields: { family: "Smith", given: "Jonathan" } }
    const theirs: File = {
      fields: { family: "Smyth", given: "John", phone: "1" },
      lists: { medicines: [aspirin, { ...warfarin, dose: "5 mg" }] },
    }
    expect(settledContent(mergeVersions(before, mine, theirs))).toEqual({
      fields: { family: "Smyth", given: "Jonathan", phone: "1" },
      lists: { medicines: [aspirin, { ...warfarin, dose: "5 mg" }] },
    })
  })

  test("items that both added all stay, mine first", () => {
    const [mine, theirs] = [
      { id: "3", what: "a" },
      { id: "4", what: "b" },
    ] as const
    expect(
      mergeVersions(before, medicines(aspirin, warfarin, mine), medicines(aspirin, warfarin, theirs)).lists,
    ).toEqual({ medicines: [aspirin, warfarin, mine, theirs].map((settled) => ({ settled })) })
  })

  test("one medicine that both changed stays undecided with both, though they changed different parts of it", () => {
    const mine = { ...aspirin, dose: "75 mg" }
    const theirs = { ...aspirin, often: "weekly" }
    const merged = mergeVersions(before, medicines(mine, warfarin), medicines(theirs, warfarin))
    expect(merged.lists["medicines"]).toEqual([
      { undecided: { before: { is: aspirin }, between: [{ is: mine }, { is: theirs }] } },
      { settled: warfarin },
    ])
    expect(settledContent(merged)).toBeUndefined()
  })

  test("a medicine that one took off and the other changed stays undecided, and isn't lost", () => {
    const theirs = { ...warfarin, dose: "5 mg" }
    const merged = mergeVersions(before, medicines(aspirin), medicines(aspirin, theirs))
    expect(merged.lists["medicines"]).toContainEqual({
      undecided: { before: { is: warfarin }, between: [{ gone: true }, { is: theirs }] },
    })
  })

  test("a field that both changed, each otherwise, stays undecided", () => {
    const [mine, theirs] = ["Smyth", "Smithe"].map((family) => ({ ...before, fields: { family, given: "John" } }))
    expect(mergeVersions(before, mine!, theirs!).fields).toEqual({
      family: { undecided: { before: { is: "Smith" }, between: [{ is: "Smyth" }, { is: "Smithe" }] } },
      given: { settled: "John" },
    })
  })

  test("the same change made by both is no conflict, whatever the order of its parts", () => {
    const mine: Medicine = { id: "1", what: "aspirin", dose: "75 mg" }
    const theirs: Medicine = { dose: "75 mg", what: "aspirin", id: "1" }
    expect(settledContent(mergeVersions(before, medicines(mine), medicines(theirs)))).toEqual(medicines(mine))
  })

  test("an id that stands twice in a list is refused", () => {
    expect(() => mergeVersions(before, medicines(aspirin, aspirin), before)).toThrow(TypeError)
  })
})

describe("a version in which something is undecided", () => {
  const schemas = {
    field: z.string(),
    item: z.strictObject({
      id: z.string(),
      what: z.string(),
      dose: z.optional(z.string()),
      often: z.optional(z.string()),
    }),
  }
  const [mine, theirs] = [
    { ...aspirin, dose: "75 mg" },
    { ...aspirin, dose: "50 mg" },
  ]
  const undecided = mergeVersions(before, medicines(mine, warfarin), medicines(theirs, warfarin))

  test("is saved and read as it is, and as nothing else", async () => {
    expect(await readVersion(savedVersion(undecided), schemas)).toEqual(undecided)
    expect(await readVersion(savedVersion(settledVersion(before)), schemas)).toEqual(settledVersion(before))
    for (const wrong of [
      {},
      { fields: {}, lists: { medicines: [{ settled: { id: 1 } }] } },
      { resourceType: "Bundle" },
    ])
      await expect(readVersion(Buffer.from(JSON.stringify(wrong)), schemas)).rejects.toMatchObject({
        code: "record-unreadable",
      })
  })

  test("is decided by whoever settles it, while others change other things", () => {
    const decided = { ...undecided, lists: { medicines: [{ settled: mine }, { settled: warfarin }] } }
    const elsewhere = { ...undecided, fields: { ...undecided.fields, phone: { settled: "1" } } }
    expect(settledContent(merge(undecided, decided, elsewhere))).toEqual({
      fields: { ...before.fields, phone: "1" },
      lists: { medicines: [mine, warfarin] },
    })
  })

  test("that two settle otherwise, or one settles while another changes it, is undecided between all of it", () => {
    const settling = (one: Medicine) => ({
      ...undecided,
      lists: { medicines: [{ settled: one }, { settled: warfarin }] },
    })
    expect(merge(undecided, settling(mine), settling(theirs)).lists["medicines"]?.[0]).toEqual({
      undecided: { before: { is: aspirin }, between: [{ is: mine }, { is: theirs }] },
    })
    const third = { ...aspirin, dose: "25 mg" }
    const more = merge(settledVersion(before), undecided, settledVersion(medicines(third, warfarin)))
    expect(more.lists["medicines"]?.[0]).toEqual({
      undecided: { before: { is: aspirin }, between: [{ is: mine }, { is: theirs }, { is: third }] },
    })
  })
})

describe("any two versions", () => {
  const item = fc.record({ id: fc.constantFrom("1", "2", "3"), what: fc.constantFrom("a", "b", "c") })
  const content: fc.Arbitrary<File> = fc.record({
    fields: fc.dictionary(fc.constantFrom("x", "y", "constructor"), fc.constantFrom("a", "b", "c")),
    lists: fc.record({ medicines: fc.uniqueArray(item, { selector: ({ id }) => id }) }),
  })
  /** Every value that a side of an item, or a settled one, has. */
  const valuesIn = (value: unknown): string => JSON.stringify(value)

  test("a version merged with the one it was made from is that version", () => {
    fc.assert(
      fc.property(content, content, (base, mine) => {
        expect(settledContent(mergeVersions(base, mine, base))).toEqual(mine)
      }),
    )
  })

  test("nothing that either changed is lost: it is settled, or one of the undecided", () => {
    fc.assert(
      fc.property(content, content, content, (base, mine, theirs) => {
        const merged = valuesIn(mergeVersions(base, mine, theirs).lists)
        for (const version of [mine, theirs])
          for (const one of version.lists["medicines"] ?? [])
            if (!base.lists["medicines"]?.some((old) => valuesIn(old) === valuesIn(one)))
              expect(merged).toContain(valuesIn(one))
      }),
    )
  })

  test("either side may be called mine: the same is settled, and the same undecided", () => {
    const fieldsOf = (...versions: readonly [File, File, File]) => mergeVersions(...versions).fields
    fc.assert(
      fc.property(content, content, content, (base, mine, theirs) => {
        const [one, other] = [fieldsOf(base, mine, theirs), fieldsOf(base, theirs, mine)]
        expect(Object.keys(one).toSorted()).toEqual(Object.keys(other).toSorted())
        for (const [name, said] of Object.entries(one))
          if ("settled" in said) expect(other[name]).toEqual(said)
          else
            expect(other[name]).toEqual({
              undecided: { ...said.undecided, between: said.undecided.between.toReversed() },
            })
      }),
    )
  })
})
