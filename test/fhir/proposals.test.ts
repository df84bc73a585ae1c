import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { checkStated } from "../../fhir/check-stated.ts"
import { offers } from "../../fhir/offers.ts"
import { changes, itemsIn, type Proposal } from "../../fhir/proposals.ts"
import {
  endedItem,
  isProposals,
  type ReadProposals,
  readProposals,
  standingProposals,
} from "../../fhir/read-proposals.ts"
import { readStated, statedVersion } from "../../fhir/read-stated.ts"
import type { Identity } from "../../fhir/same-person.ts"
import { emptyStated, newItemId, type StatedMedicine, type StatedSummary } from "../../fhir/stated-summary.ts"
import { readSummary } from "../../fhir/summary.ts"
import { writeProposals } from "../../fhir/write-proposals.ts"
import { writeSummary } from "../../fhir/write-summary.ts"
import { anyStated, plain } from "./any-stated.ts"
import { items, said } from "./reading.ts"
import { english } from "./words.ts"

const today = "2026-11-28"
const now = new Date("2026-11-28T10:00:00Z")
const owner: Identity = { name: "Eleni Papadaki", otherNames: [], birthDate: "1957-12-24" }
const author = "Dr Ines Notfall"
const by = { origin: { from: "professional", name: author }, on: today } as const
const mine = { origin: { from: "patient" }, on: "2026-01-01" } as const

const warfarin: StatedMedicine = {
  ...mine,
  id: newItemId(),
  what: { text: "Warfarin", codes: [] },
  status: "taking",
  doses: [{ amount: { value: "2.50", unit: "mg" } }],
}
const eleni: StatedSummary = {
  ...emptyStated("en", "2026-01-01"),
  names: [{ given: "Eleni", family: "Papadaki" }],
  birthDate: "1957-12-24",
  medicines: { state: "listed", items: [warfarin] },
}
const summary = writeSummary(eleni, english, now)
const stop: Proposal = {
  change: "stop",
  section: "medicines",
  item: { ...warfarin, status: "stopped", until: today },
  because: "Bleeding; replaced by apixaban",
}
const write = (proposals: readonly Proposal[], over: Partial<Parameters<typeof writeProposals>[1]> = {}) =>
  writeProposals(proposals, {
    title: "Proposed changes",
    author,
    patientFrom: summary,
    base: statedVersion(summary)!,
    now,
    words: english,
    ...over,
  })
const read = (found: ReadProposals) => {
  if (found.outcome !== "proposals") throw new Error(found.outcome)
  return found
}
/** A document of one proposal, with something in it replaced. */
const changed = (from: string | RegExp, to: string) => {
  const document = write([stop])
  const other = document.replace(from, to)
  if (other === document) throw new Error(`there is no ${from}`)
  return readProposals(other, owner)
}

describe("what a professional proposes", () => {
  test("comes back from its document as it was, by whoever proposes it and on that day, whatever it is", () => {
    fc.assert(
      fc.property(
        anyStated,
        fc.array(fc.constantFrom(...changes), { minLength: 200, maxLength: 200 }),
        (stated, of) => {
          fc.pre(checkStated(stated).outcome === "stated")
          const proposals = itemsIn(stated).map(
            (each, index): Proposal => ({ ...each, change: of[index % of.length]! }),
          )
          const expected = proposals.map((proposal) =>
            plain({ ...proposal, item: { ...proposal.item, ...by } } as Proposal),
          )
          const found = read(readProposals(write(proposals), owner))
          const byId = (all: readonly Proposal[]) => all.toSorted((a, b) => a.item.id.localeCompare(b.item.id))
          expect(byId(found.proposals)).toEqual(byId(expected))
          expect(found.unread).toBe(0)
        },
      ),
    )
  })

  test("names the version of the summary that was seen, and nobody's where there was none", () => {
    expect(read(readProposals(write([stop]), owner)).base).toBe(statedVersion(summary))
    expect(statedVersion(summary)).toMatch(/^urn:uuid:/)
    const another = writeSummary(eleni, english, now)
    expect(statedVersion(another)).not.toBe(statedVersion(summary))
    const { base: _base, ...rest } = { title: "Changes", author, patientFrom: summary, now, words: english, base: "" }
    expect(read(readProposals(writeProposals([stop], rest), owner)).base).toBeUndefined()
  })

  test("is shown by the summary's reader as a proposal, with the change and its reason, and never as a fact", () => {
    const found = readSummary(write([stop]))
    const [item] = items(found, "medications")
    expect(item?.marks).toContain("planned")
    expect(said(item).detail).toContain("proposed: no longer so: Bleeding; replaced by apixaban")
    expect(found.document.proposes).toBe(true)
    expect(readSummary(summary).document.proposes).toBeUndefined()
  })

  test("is no patient's summary, and nothing that a document offers", () => {
    expect(readStated(write([stop]))).toEqual({ outcome: "other" })
    expect(readProposals(summary, owner)).toEqual({ outcome: "other" })
    const offered = offers(write([stop]), { owner, today })
    expect(offered).toMatchObject({ outcome: "offers", offers: [], left: [{}] })
  })
})

describe("whom a proposal is about", () => {
  test("is the owner only where it names them and their day of birth", () => {
    expect(readProposals(write([stop]), owner)).toMatchObject({
      isIdentified: true,
      says: { name: "Eleni Papadaki", birthDate: "1957-12-24" },
    })
    const unnamed = readProposals(write([stop], { patientFrom: undefined }), owner)
    expect(unnamed).toMatchObject({ outcome: "proposals", isIdentified: false })
  })

  test("tells documents that propose from those that don't", () => {
    expect([write([stop]), summary, "", "{}"].map(isProposals)).toEqual([true, false, false, false])
  })
})

describe("a hostile proposal", () => {
  test.each([
    ["of another name", "Eleni", "Niki", "Papadaki", "Georgiou"],
    ["of another day of birth", "1957-12-24", "1985-01-01", "x", "x"],
  ])("%s can't be taken over", (_what, from, to, also, alsoTo) => {
    const document = write([stop]).replaceAll(from, to).replaceAll(also, alsoTo)
    expect(readProposals(document, owner).outcome).toBe("other-person")
  })

  test("of two people can't be taken over", () => {
    const parsed = JSON.parse(write([stop]))
    parsed.entry.push({
      resource: { resourceType: "Patient", name: [{ family: "Georgiou" }], birthDate: "1985-01-01" },
    })
    expect(readProposals(parsed, owner).outcome).toBe("other-person")
  })

  test.each([
    ["a text of two lines", '"text":"Warfarin"', '"text":"Warfarin\\n5 mg, approved"'],
    ["a text that turns its direction", '"text":"Warfarin"', '"text":"War\u202efarin"'],
    ["a reason of two lines", '"valueString":"Bleeding; ', '"valueString":"Bleeding\\n'],
    ["a change that nobody knows", '"valueCode":"stop"', '"valueCode":"erase"'],
    ["a state that nobody states", '"status":"stopped"', '"status":"entered-in-error"'],
    ["an id that is none", new RegExp(`"id":"${warfarin.id}"`), '"id":"../x"'],
    ["a kind that no summary has", '"resourceType":"MedicationStatement"', '"resourceType":"MedicationDispense"'],
  ])("with %s is counted, and can't be approved", (_what, from, to) => {
    expect(changed(from, to)).toMatchObject({ proposals: [], unread: 1 })
  })

  test("that says two things of one item is counted, and neither can be approved", () => {
    const parsed = JSON.parse(write([stop]))
    const medicine = parsed.entry.find((entry: { resource: { id?: string } }) => entry.resource.id === warfarin.id)
    parsed.entry.push({ ...medicine, resource: { ...medicine.resource, status: "active" } })
    expect(readProposals(parsed, owner)).toMatchObject({ proposals: [], unread: 2 })
  })

  test("with an entry beside, that isn't marked as proposed, is said to hold more", () => {
    const parsed = JSON.parse(write([stop]))
    parsed.entry.push({ resource: { resourceType: "AllergyIntolerance", id: "x", code: { text: "Latex" } } })
    expect(readProposals(parsed, owner)).toMatchObject({ proposals: [{}], unread: 1 })
  })

  test("of more entries than anybody reviews is cut, and the rest counted", () => {
    const many = Array.from({ length: 201 }, (): Proposal => ({ ...stop, item: { ...warfarin, id: newItemId() } }))
    expect(read(readProposals(write(many), owner))).toMatchObject({ unread: 1 })
  })

  test.each(["", "no FHIR", "[]", "{}", "null", "<a/>"])("that is %j is none", (document) => {
    expect(readProposals(document, owner)).toEqual({ outcome: "other" })
  })
})

describe("a proposal stands to the summary as it is now", () => {
  const states = (proposals: readonly Proposal[], stated: StatedSummary, seen?: StatedSummary) =>
    standingProposals(proposals, stated, seen, by).map(({ state }) => state)
  const withMedicine = (medicine: StatedMedicine): StatedSummary => ({
    ...eleni,
    medicines: { state: "listed", items: [medicine] },
  })

  test("open where the item is as it was seen", () => {
    expect(states([stop], eleni)).toEqual(["open"])
    expect(states([stop], eleni, eleni)).toEqual(["open"])
    const sameInAnotherOrder = withMedicine(
      Object.fromEntries(Object.entries(warfarin).toReversed()) as unknown as StatedMedicine,
    )
    expect(states([stop], sameInAnotherOrder, eleni)).toEqual(["open"])
  })

  test("changed where the patient has changed the item meanwhile, with both", () => {
    const altered = withMedicine({ ...warfarin, doses: [{ amount: { value: "5", unit: "mg" } }] })
    const [standing] = standingProposals([stop], altered, eleni, by)
    expect(standing).toMatchObject({
      state: "changed",
      now: { item: { doses: [{ amount: { value: "5" } }] } },
      seen: { item: { doses: [{ amount: { value: "2.50" } }] } },
    })
  })

  test.each<readonly [string, Proposal, string]>([
    ["gone", { ...stop, item: { ...warfarin, id: newItemId(), status: "stopped" } }, "gone"],
    ["there", { change: "add", section: "medicines", item: warfarin }, "there"],
    ["contradicting", { ...stop, item: warfarin }, "contradicts"],
  ])("%s where it can't be applied", (_what, proposal, state) => {
    expect(states([proposal], eleni)).toEqual([state])
  })

  test("there where the summary says the same already, whoever said it, and open again where it says something else", () => {
    expect(states([stop], withMedicine({ ...warfarin, status: "stopped", until: today }), eleni)).toEqual(["there"])
    const otherwise = withMedicine({ ...warfarin, status: "stopped", until: "2026-11-27" })
    expect(states([stop], otherwise, eleni)).toEqual(["changed"])
  })

  test("an item ends in the state of its section, with all else as it was", () => {
    expect(endedItem({ section: "medicines", item: warfarin }, "stop")).toEqual({
      section: "medicines",
      item: { ...warfarin, status: "stopped" },
    })
    expect(endedItem({ section: "medicines", item: warfarin }, "refute")?.item).toMatchObject({ status: "not-taken" })
    const weight = { ...mine, id: newItemId(), kilograms: "64" }
    expect(endedItem({ section: "weight", item: weight }, "stop")).toBeUndefined()
  })
})
