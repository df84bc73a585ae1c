import { describe, expect, test } from "vitest"
import { addable, type ChangeDraft, changesOf, type FieldName, proposalOf } from "../../apps/hcp/changes.ts"
import { ownSummary } from "../../apps/hcp/own-summary.ts"
import type { ProposedItem } from "../../fhir/proposals.ts"
import { statedVersion } from "../../fhir/read-stated.ts"
import { emptyStated, newItemId, type StatedMedicine, type StatedSummary } from "../../fhir/stated-summary.ts"
import { readSummary } from "../../fhir/summary.ts"
import { writeSummary } from "../../fhir/write-summary.ts"
import { utf8 } from "../../protocol/crypto/bytes.ts"
import { english } from "../fhir/words.ts"

const now = new Date("2026-11-28T10:00:00Z")
const author = "Dr Ines Notfall"
const by = { origin: { from: "professional", name: author }, on: "2026-11-28" }
const mine = { origin: { from: "patient" }, on: "2026-01-01" } as const

const warfarin: StatedMedicine = {
  ...mine,
  id: newItemId(),
  what: { text: "Warfarin", codes: [] },
  status: "taking",
  doses: [{ amount: { value: "2.50", unit: "mg" } }],
  note: "with food",
}
const ofWarfarin: ProposedItem = { section: "medicines", item: warfarin }
const altering = (fields: Partial<Record<FieldName, string>>, over: Partial<ChangeDraft> = {}): ChangeDraft => ({
  change: "alter",
  section: "medicines",
  id: warfarin.id,
  before: ofWarfarin,
  fields,
  because: "",
  ...over,
})
const adding = (
  section: ChangeDraft["section"],
  fields: Partial<Record<FieldName, string>>,
  what?: string,
): ChangeDraft => ({
  change: "add",
  section,
  id: newItemId(),
  fields,
  because: "",
  ...(what === undefined ? {} : { what: { text: what, codes: [] } }),
})
const written = (draft: ChangeDraft) => proposalOf(draft, author, now)

describe("a change that a professional writes", () => {
  test("alters what stands in a field and leaves all else, by whoever writes it and on that day", () => {
    const proposal = { change: "alter", section: "medicines", because: "INR 1.4" }
    expect(written(altering({ dose: "5 mg" }, { because: " INR  1.4 " }))).toEqual({
      outcome: "proposal",
      proposal: {
        ...proposal,
        item: { ...warfarin, ...by, doses: [{ amount: { value: "5", unit: "mg", code: "mg" } }] },
      },
    })
    expect(written(altering({ dose: "half a tablet at night" }))).toMatchObject({
      proposal: { item: { doses: [{ asWritten: "half a tablet at night" }], note: "with food" } },
    })
  })

  test.each(["stop", "refute"] as const)("that is %s has the item as it was, in the state that says so", (change) => {
    const status = change === "stop" ? "stopped" : "not-taken"
    expect(written(altering({}, { change }))).toMatchObject({
      proposal: { change, item: { ...warfarin, ...by, status } },
    })
  })

  test.each<readonly [string, ChangeDraft, string]>([
    ["changes nothing", altering({}), "nothing"],
    ["says again what stands there", altering({ note: "with food" }), "nothing"],
    ["adds something without saying what", adding("allergies", {}), "what"],
    ["has a date that is none", adding("illnesses", { since: "yesterday" }, "Asthma"), "since"],
    ["has a date ahead", adding("vaccinations", { given: "2027" }, "Tetanus"), "given"],
    ["has a weight that is no number", adding("weight", { kilograms: "sixty" }), "kilograms"],
    ["has no weight", adding("weight", {}), "kilograms"],
    ["has no blood group", adding("bloodGroup", {}), "bloodGroup"],
    ["expects a birth in a month", adding("pregnancy", { status: "pregnant", due: "3.2027" }), "due"],
  ])("and %s is told where it has to be mended", (_what, draft, fault) => {
    expect(written(draft)).toEqual({ outcome: "faults", faults: [fault] })
  })

  test("can add to each section that is offered", () => {
    const fields = { status: "unknown", bloodGroup: "AB-", kilograms: "64,5" }
    for (const section of addable) {
      const needed = section === "pregnancy" || section === "bloodGroup" || section === "weight"
      expect(written(adding(section, needed ? fields : {}, needed ? undefined : "Something"))).toMatchObject({
        outcome: "proposal",
        proposal: { change: "add", section, item: by },
      })
    }
    expect(written(adding("bloodGroup", fields))).toMatchObject({ proposal: { item: { abo: "AB", rhesus: "-" } } })
    expect(written(adding("weight", fields))).toMatchObject({ proposal: { item: { kilograms: "64.5" } } })
  })

  test("takes out the end of an illness that goes on, and the birth that nobody expects", () => {
    const illness = {
      ...mine,
      id: newItemId(),
      what: { text: "Asthma", codes: [] },
      status: "past",
      until: "2019",
    } as const
    const goesOn = altering(
      { status: "present" },
      { section: "illnesses", before: { section: "illnesses", item: illness } },
    )
    expect(written(goesOn)).toMatchObject({ proposal: { item: { status: "present" } } })
    expect(JSON.stringify(written(goesOn))).not.toContain("until")
    const pregnancy = { ...mine, id: newItemId(), status: "pregnant", due: "2026-12-24" } as const
    const before: ProposedItem = { section: "pregnancy", item: pregnancy }
    const over = written(altering({ status: "not-pregnant" }, { section: "pregnancy", before }))
    expect(over).toMatchObject({ proposal: { item: { status: "not-pregnant" } } })
    expect(JSON.stringify(over)).not.toContain("due")
  })
})

describe("the changes that are offered of an item", () => {
  test("leave out what it says already, and what its kind can't be", () => {
    expect(changesOf(ofWarfarin)).toEqual(["alter", "stop", "refute"])
    expect(changesOf({ section: "medicines", item: { ...warfarin, status: "stopped" } })).toEqual(["alter", "refute"])
    const directive = {
      ...mine,
      id: newItemId(),
      kind: "living-will",
      text: "At my notary's",
      status: "in-force",
    } as const
    expect(changesOf({ section: "directives", item: directive })).toEqual(["stop"])
    expect(changesOf({ section: "weight", item: { ...mine, id: newItemId(), kilograms: "64" } })).toEqual(["alter"])
  })
})

describe("the patient's own summary, as a professional's app takes it", () => {
  const stated = (given: string): StatedSummary => ({
    ...emptyStated("en", "2026-01-01"),
    names: [{ given, family: "Papadaki" }],
    birthDate: "1957-12-24",
  })
  const opened = (given: string, author?: string) => {
    const text = writeSummary(stated(given), english, now)
    const bytes = utf8(text)
    const descriptor = {} as never
    const of = { descriptor, title: "", contentType: "application/fhir+json", bytes, summary: readSummary(text) }
    return author === undefined ? of : { ...of, author }
  }
  const eleni = opened("Eleni")

  test("is what the patient's device wrote, and nothing that a professional added", () => {
    const forged = opened("Eleni", "ab".repeat(32))
    const patient = eleni.summary.patient!
    expect(ownSummary({ summaries: [eleni, forged], patient })).toMatchObject({ base: statedVersion(eleni.bytes) })
    expect(ownSummary({ summaries: [forged], patient })).not.toHaveProperty("base")
  })

  test("is none of another person", () => {
    const patient = opened("Niki").summary.patient!
    expect(ownSummary({ summaries: [eleni], patient: { ...patient, birthDate: "1985-01-01" } })).not.toHaveProperty(
      "base",
    )
  })
})
