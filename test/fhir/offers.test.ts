import { describe, expect, test } from "vitest"
import { checkStated } from "../../fhir/check-stated.ts"
import { type Offers, offers, standingOf } from "../../fhir/offers.ts"
import { applyProposals, asBefore, itemBefore, type Proposal, putItem } from "../../fhir/proposals.ts"
import type { Identity } from "../../fhir/same-person.ts"
import {
  emptyStated,
  newItemId,
  type StatedAllergy,
  type StatedMedicine,
  type StatedSummary,
} from "../../fhir/stated-summary.ts"
import { writeSummary } from "../../fhir/write-summary.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { english } from "./words.ts"

const today = "2026-11-28"
const owner: Identity = { name: "Eleni Papadaki", otherNames: [], birthDate: "1958-03-21" }
const by = () => ({ id: newItemId(), origin: { from: "patient" }, on: "2026-01-01" }) as const
const empty = emptyStated("en", today)

const medicine = (over: Partial<StatedMedicine> = {}): StatedMedicine => ({
  ...by(),
  what: { text: "Warfarin", codes: [] },
  status: "taking",
  doses: [{ amount: { value: "2.5", unit: "mg" }, often: { times: 1, every: 1, unit: "d" } }],
  ...over,
})
const allergy = (over: Partial<StatedAllergy> = {}): StatedAllergy => ({
  ...by(),
  what: { text: "Penicillin", codes: [] },
  status: "present",
  criticality: "high",
  reactions: [],
  ...over,
})
const withMedicines = (...items: StatedMedicine[]): StatedSummary => ({
  ...empty,
  medicines: { state: "listed", items },
})
const withAllergies = (...items: StatedAllergy[]): StatedSummary => ({
  ...empty,
  allergies: { state: "listed", items },
})

const subject = { reference: "urn:uuid:patient" }
/** A document of others, from its resources. */
const documentOf = (
  resources: readonly object[],
  patient: object = { name: [{ text: owner.name }], birthDate: owner.birthDate },
) => ({
  resourceType: "Bundle",
  type: "document",
  entry: [
    {
      fullUrl: "urn:uuid:composition",
      resource: {
        resourceType: "Composition",
        status: "final",
        type: { coding: [{ system: "http://loinc.org", code: "60591-5" }] },
        date: "2026-02-03T10:00:00Z",
        title: "Discharge letter",
        author: [{ display: "Dr Müller" }],
        subject,
        section: [{ title: "All", entry: resources.map((_, index) => ({ reference: `urn:uuid:${index}` })) }],
      },
    },
    { fullUrl: "urn:uuid:patient", resource: { resourceType: "Patient", ...patient } },
    ...resources.map((resource, index) => ({
      fullUrl: `urn:uuid:${index}`,
      resource: { id: String(index), subject, patient: subject, ...resource },
    })),
  ],
})
const warfarin = (over: object = {}) => ({
  resourceType: "MedicationStatement",
  status: "active",
  medicationCodeableConcept: { text: "WARFARIN" },
  dosage: [{ doseAndRate: [{ doseQuantity: { value: 5, unit: "mg" } }] }],
  ...over,
})

const offered = (found: Offers) => {
  if (found.outcome !== "offers") throw new Error(found.outcome)
  return found
}
/** What a document of these resources offers, and how each stands to a summary. */
const from = (stated: StatedSummary, ...resources: object[]) => {
  const found = offered(offers(documentOf(resources), { owner, today }))
  return { ...found, offers: found.offers.map((offer) => ({ ...offer, ...standingOf(stated, offer) })) }
}

describe("a document of another person offers nothing", () => {
  test.each([
    ["another name", { name: [{ text: "Maria Nikolaou" }], birthDate: owner.birthDate }],
    ["another date of birth", { name: [{ text: owner.name }], birthDate: "1985-01-01" }],
  ])("%s is a wall", (_how, patient) => {
    expect(offers(documentOf([warfarin()], patient), { owner, today }).outcome).toBe("other-person")
  })

  test("a document of several people offers nothing either", () => {
    const document = documentOf([warfarin()])
    const other = {
      fullUrl: "urn:uuid:other",
      resource: { resourceType: "Patient", name: [{ text: "Maria Nikolaou" }] },
    }
    const both = { ...document, entry: [...document.entry, other] }
    expect(offers(both, { owner, today }).outcome).toBe("other-person")
  })

  test("one that names nobody is said to", () => {
    expect(offered(offers(documentOf([warfarin()], {}), { owner, today })).isIdentified).toBe(false)
    expect(from(empty, warfarin()).isIdentified).toBe(true)
  })

  test.each([
    ["a sister of the same day", { name: [{ text: "Maria Papadaki" }], birthDate: owner.birthDate }],
    ["the name alone", { name: [{ text: owner.name }] }],
    ["the year of birth", { name: [{ text: owner.name }], birthDate: "1958" }],
    ["another alphabet", { name: [{ text: "Ελένη Παπαδάκη" }], birthDate: owner.birthDate }],
  ])("%s doesn't say for sure that it is the owner's", (_what, patient) => {
    const found = offered(offers(documentOf([warfarin()], patient), { owner, today }))
    expect(found.isIdentified).toBe(false)
    expect(found.says?.name).toBe(patient.name[0]?.text)
  })

  test("a second given name is no other person", () => {
    const patient = { name: [{ family: "PAPADAKI", given: ["Eleni", "Sophia"] }], birthDate: owner.birthDate }
    expect(offered(offers(documentOf([warfarin()], patient), { owner, today })).isIdentified).toBe(true)
  })

  test("what isn't FHIR is unreadable", () => {
    expect(offers("no FHIR", { owner, today })).toEqual({ outcome: "unreadable" })
  })
})

describe("what a document says is offered item by item", () => {
  test("with the document and its day as origin", () => {
    const [offer] = from(empty, warfarin()).offers
    expect(offer).toMatchObject({ section: "medicines", says: "new", concerns: [], isIncomplete: false })
    expect(offer?.item).toMatchObject({
      what: { text: "WARFARIN" },
      status: "taking",
      doses: [{ amount: { value: "5", unit: "mg" } }],
      origin: { from: "document", title: "Discharge letter", date: "2026-02-03T10:00:00Z", author: "Dr Müller" },
      on: "2026-02-03",
    })
  })

  test("another dose of the same medicine differs from ours", () => {
    const ours = medicine()
    expect(from(withMedicines(ours), warfarin()).offers).toMatchObject([{ says: "differs", concerns: [ours.id] }])
  })

  test("what ours says already is the same", () => {
    const ours = medicine({ doses: [{ amount: { value: "5", unit: "mg" } }] })
    expect(from(withMedicines(ours), warfarin()).offers).toMatchObject([{ says: "same", concerns: [ours.id] }])
  })

  test("one code means one thing, whatever it is called", () => {
    const code = { system: "http://fdasis.nlm.nih.gov", code: "5Q7ZVV76EI", display: "WARFARIN" }
    const ours = medicine({ what: { text: "Βαρφαρίνη", codes: [code] } })
    const its = warfarin({ medicationCodeableConcept: { coding: [code] } })
    expect(from(withMedicines(ours), its).offers).toMatchObject([{ concerns: [ours.id] }])
  })

  test("a dose that can't be stated whole is offered in its words, and said to be more", () => {
    const dosage = [{ text: "5 mg over 2 h", doseAndRate: [{ rateQuantity: { value: 2.5, unit: "mg/h" } }] }]
    const [offer] = from(empty, warfarin({ dosage })).offers
    expect(offer).toMatchObject({ isIncomplete: true, item: { doses: [{ asWritten: "5 mg over 2 h" }] } })
  })

  test("an allergy that is refuted there and present here differs", () => {
    const ours = allergy()
    const its = {
      resourceType: "AllergyIntolerance",
      code: { text: "penicillin" },
      verificationStatus: { coding: [{ code: "refuted" }] },
    }
    const [offer] = from(withAllergies(ours), its).offers
    expect(offer).toMatchObject({ says: "differs", concerns: [ours.id], item: { status: "refuted" } })
  })

  test.each([
    ["taken back", { status: "entered-in-error" }],
    ["only planned", { status: "intended" }],
    ["about somebody else", { subject: { display: "Maria Nikolaou" } }],
    ["meaning the opposite, perhaps", { modifierExtension: [{ url: "http://example.org/not", valueBoolean: true }] }],
  ])("an item that is %s is left, not offered", (_why, over) => {
    const found = from(empty, warfarin(over))
    expect(found.offers).toEqual([])
    expect(found.left).toHaveLength(1)
  })

  test("a medicine that isn't taken is offered as that", () => {
    expect(from(empty, warfarin({ status: "not-taken" })).offers).toMatchObject([{ item: { status: "not-taken" } }])
  })

  test("something where we say that there is nothing differs", () => {
    const ours: StatedSummary = { ...empty, medicines: { state: "none-known", ...by() } }
    expect(from(ours, warfarin()).offers).toMatchObject([{ says: "differs" }])
  })

  test("nothing where we say that there is something is said", () => {
    const theirs = writeSummary({ ...empty, medicines: { state: "none-known", ...by() } }, english, new Date(today))
    const origin = { from: "document", title: english.title, date: "2026-11-28T00:00:00.000Z" }
    expect(offered(offers(theirs, { owner, today })).denied).toMatchObject([
      { section: "medicines", origin, on: today },
    ])
  })

  test("two items of one name are offered by nobody's guess", () => {
    const twice = documentOf([warfarin(), warfarin({ medicationCodeableConcept: { text: "Digoxin" } })])
    for (const { resource } of twice.entry)
      if ("medicationCodeableConcept" in resource) Object.assign(resource, { id: "same" })
    const found = offered(offers(twice, { owner, today }))
    expect(found.offers).toEqual([])
    expect(found.left).toHaveLength(1)
  })

  test("a remark comes along, and what has no place is said to be more", () => {
    const its = {
      resourceType: "AllergyIntolerance",
      code: { text: "Penicillin" },
      note: [{ text: "seen once" }, { text: "by the mother" }],
      reaction: [{ manifestation: [{ text: "rash" }], exposureRoute: { text: "oral" } }],
    }
    expect(from(empty, its).offers).toMatchObject([{ isIncomplete: true, item: { note: "seen once; by the mother" } }])
  })

  test("a reaction that ours doesn't name differs", () => {
    const its = {
      resourceType: "AllergyIntolerance",
      code: { text: "penicillin" },
      criticality: "high",
      reaction: [{ manifestation: [{ text: "anaphylaxis" }], severity: "severe" }],
    }
    const ours = allergy()
    expect(from(withAllergies(ours), its).offers).toMatchObject([{ says: "differs", concerns: [ours.id] }])
    const known = allergy({ reactions: [{ what: { text: "Anaphylaxis", codes: [] }, severity: "severe" }] })
    expect(from(withAllergies(known), its).offers).toMatchObject([{ says: "same" }])
  })

  test("everything that is offered of a real summary can be stated", () => {
    const { patient } = { patient: { name: "Eleni Papadaki", otherNames: [] } }
    const found = offered(offers(JSON.stringify(eleniPapadaki), { owner: patient, today }))
    expect(found.offers.length).toBeGreaterThan(5)
    const approved = found.offers.map(({ section, item }) => ({ change: "add", section, item }) as Proposal)
    expect(applyProposals(empty, approved, by()).outcome).toBe("applied")
  })
})

const observation = (code: string, over: object) => ({
  resourceType: "Observation",
  status: "final",
  code: { coding: [{ system: "http://loinc.org", code }], text: "as the hospital calls it" },
  effectiveDateTime: "2026-10-02T08:00:00+02:00",
  ...over,
})
const coding = (code: string) => ({ valueCodeableConcept: { coding: [{ code }] } })
const worded = (text: string) => ({ valueCodeableConcept: { text } })

describe("what holds of the whole person is offered once, with the day it was found", () => {
  test.each([
    ["A Rh+", { abo: "A", rhesus: "+" }],
    ["AB negative", { abo: "AB", rhesus: "-" }],
    ["Blood group O Rh(D) positive (finding)", { abo: "O", rhesus: "+" }],
    ["0 Rh(D) negative", { abo: "O", rhesus: "-" }],
    ["B", { abo: "B" }],
  ])("the blood group %s", (words, said) => {
    const [offer] = from(empty, observation("882-1", worded(words))).offers
    expect(offer).toMatchObject({ section: "bloodGroup", says: "new", item: { ...said, on: "2026-10-02" } })
  })

  test.each(["A or B", "Not A", "A Rh+ (to be confirmed)", "0"])("%s is no blood group to state", (words) => {
    const found = from(empty, observation("882-1", worded(words)))
    expect(found.offers).toEqual([])
    expect(found.left).toHaveLength(1)
  })

  test("a weight, as written, and only the last", () => {
    const weight = (value: number, on: string) =>
      observation("29463-7", { valueQuantity: { value, unit: "kg", code: "kg" }, effectiveDateTime: on })
    const { offers: found } = from(empty, weight(70, "2024-01-01"), weight(64.5, "2026-01-01"))
    expect(found).toMatchObject([{ section: "weight", item: { kilograms: "64.5", on: "2026-01-01" } }])
  })

  test("not a weight in another unit, at least so much, or of nobody knows which day", () => {
    const { offers: found, left } = from(
      empty,
      observation("29463-7", { valueQuantity: { value: 140, unit: "lb" } }),
      observation("29463-7", { valueQuantity: { value: 64, unit: "kg", comparator: ">" } }),
      observation("29463-7", { valueQuantity: { value: 64, unit: "kg" }, effectiveDateTime: "2019-05" }),
      observation("29463-7", { valueQuantity: { value: 64, unit: "kg" }, status: "preliminary" }),
    )
    expect(found).toEqual([])
    expect(left).toHaveLength(4)
  })

  test("a pregnancy while it can last", () => {
    const pregnant = (on: string) => observation("82810-3", { ...coding("77386006"), effectiveDateTime: on })
    expect(from(empty, pregnant("2026-09-01")).offers).toMatchObject([
      { section: "pregnancy", item: { status: "pregnant", on: "2026-09-01" } },
    ])
    expect(from(empty, pregnant("2025-09-01")).offers).toEqual([])
    const contradicting = { valueCodeableConcept: { coding: [{ code: "77386006" }, { code: "60001007" }] } }
    expect(from(empty, observation("82810-3", contradicting)).offers).toEqual([])
  })

  test("what we state otherwise differs", () => {
    const stated: StatedSummary = { ...empty, weight: { ...by(), kilograms: "70" } }
    const its = observation("29463-7", { valueQuantity: { value: 64, unit: "kg" } })
    expect(from(stated, its).offers).toMatchObject([{ says: "differs", concerns: [stated.weight?.id] }])
  })
})

describe("a directive is offered in the document's words", () => {
  const consent = (over: object) => ({
    resourceType: "Consent",
    status: "active",
    scope: { coding: [{ code: "adr" }] },
    category: [{ coding: [{ code: "dnr" }], text: "Do not resuscitate" }],
    dateTime: "2025-03-01",
    sourceReference: { display: "with the notary" },
    ...over,
  })
  const withSection = (...resources: object[]) => {
    const document = documentOf(resources)
    const [first] = document.entry
    const { resource } = first as unknown as { resource: { section: object[] } }
    const code = { coding: [{ system: "http://loinc.org", code: "42348-3" }] }
    resource.section = resource.section.map((section) => ({ ...section, code }))
    return offered(offers(document, { owner, today }))
  }

  test("with its kind, where it is kept and when it was signed", () => {
    expect(withSection(consent({})).offers).toMatchObject([
      {
        section: "directives",
        item: {
          kind: "do-not-resuscitate",
          text: "Do not resuscitate",
          status: "in-force",
          signed: "2025-03-01",
          kept: "with the notary",
        },
      },
    ])
  })

  test.each([
    ["that permits or denies by a code", { provision: { type: "permit", code: [{ text: "resuscitation" }] } }],
    ["with exceptions", { provision: { code: [{ text: "CPR" }], provision: [{ code: [{ text: "in theatre" }] }] } }],
    ["that is a draft", { status: "draft" }],
  ])("but not one %s", (_what, over) => {
    const found = withSection(consent(over))
    expect(found.offers).toEqual([])
    expect(found.left).toHaveLength(1)
  })
})

describe("what was taken over can be taken back", () => {
  const ours = allergy()
  const said = allergy({ id: ours.id, criticality: "low" })
  const weight = { ...by(), kilograms: "64" }

  test("the item that was replaced is as it was, and others that were taken over since stay", () => {
    const before = withAllergies(ours)
    const another = allergy({ what: { text: "Latex", codes: [] } })
    const after = [said, another].reduce((all, item) => putItem(all, { section: "allergies", item }, item), before)
    expect(after.allergies).toMatchObject({ items: [{ criticality: "low" }, { what: { text: "Latex" } }] })
    expect(asBefore(after, ours.id, before).allergies).toEqual({ state: "listed", items: [ours, another] })
  })

  test("a section that said that there is none says so again", () => {
    const before: StatedSummary = { ...empty, allergies: { state: "none-known", ...by() } }
    expect(asBefore(putItem(before, { section: "allergies", item: ours }, ours), ours.id, before)).toEqual(before)
  })

  test("what there is one of is gone, or as it was", () => {
    expect(asBefore(putItem(empty, { section: "weight", item: weight }, weight), weight.id, empty)).toEqual(empty)
    const before: StatedSummary = { ...empty, weight: { ...weight, kilograms: "70" } }
    expect(asBefore(putItem(before, { section: "weight", item: weight }, weight), weight.id, before)).toEqual(before)
  })
})

describe("approved proposals become the next version", () => {
  const professional = { origin: { from: "professional", name: "Dr Müller" }, on: today } as const
  const ours = medicine()
  const stated = withMedicines(ours, medicine({ what: { text: "Digoxin", codes: [] } }))
  const stop: Proposal = { change: "stop", section: "medicines", item: { ...ours, status: "stopped", until: today } }

  test("a medicine that is stopped stays, as stopped, with who said so", () => {
    const applied = applyProposals(stated, [stop], professional)
    if (applied.outcome !== "applied") throw new Error(applied.outcome)
    expect(applied.stated.medicines).toMatchObject({
      items: [{ id: ours.id, status: "stopped", until: today, ...professional }, { what: { text: "Digoxin" } }],
    })
    expect(checkStated(applied.stated).outcome).toBe("stated")
    expect(itemBefore(stated, stop)).toEqual({ section: "medicines", item: ours })
    expect(stated.medicines).toMatchObject({ items: [{ status: "taking" }, {}] })
  })

  test("whoever proposes can't name another as the origin", () => {
    const add: Proposal = { change: "add", section: "allergies", item: allergy({ origin: { from: "patient" } }) }
    const applied = applyProposals(stated, [add], professional)
    expect(applied).toMatchObject({ stated: { allergies: { items: [professional] } } })
  })

  test.each<readonly [string, Proposal, string]>([
    ["of an item that is gone", { ...stop, item: { ...stop.item, id: newItemId() } }, "gone"],
    ["that adds what is there", { change: "add", section: "medicines", item: ours }, "there"],
    ["that stops, and says it is taken", { ...stop, item: ours }, "contradicts"],
    [
      "that refutes an allergy, and says it is past",
      { change: "refute", section: "allergies", item: allergy({ status: "past" }) },
      "contradicts",
    ],
    [
      "into what nobody can state",
      { change: "alter", section: "medicines", item: { ...ours, doses: [{}] } },
      "invalid",
    ],
  ])("a proposal %s is refused", (_how, proposal, because) => {
    expect(applyProposals(stated, [proposal], professional)).toMatchObject({ outcome: "refused", because })
  })

  test("of what there is one of, a second is no addition, and what there is can be altered", () => {
    const weight = { ...by(), kilograms: "70" }
    const heavier: Proposal = { change: "add", section: "weight", item: { ...weight, id: newItemId() } }
    expect(applyProposals({ ...stated, weight }, [heavier], professional)).toMatchObject({ because: "there" })
    const altered: Proposal = { change: "alter", section: "weight", item: { ...weight, kilograms: "64" } }
    expect(applyProposals({ ...stated, weight }, [altered], professional)).toMatchObject({
      stated: { weight: { kilograms: "64", ...professional } },
    })
  })

  test("all or none are applied", () => {
    const gone: Proposal = { ...stop, item: { ...medicine(), status: "stopped" } }
    expect(applyProposals(stated, [stop, gone], professional)).toMatchObject({ outcome: "refused", because: "gone" })
  })
})
