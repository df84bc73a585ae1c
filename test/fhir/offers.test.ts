import { describe, expect, test } from "vitest"
import { checkStated } from "../../fhir/check-stated.ts"
import { type Offers, offers } from "../../fhir/offers.ts"
import { applyProposals, itemBefore, type Proposal } from "../../fhir/proposals.ts"
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
const from = (stated: StatedSummary, ...resources: object[]) =>
  offered(offers(stated, documentOf(resources), owner, today))

describe("a document of another person offers nothing", () => {
  test.each([
    ["another name", { name: [{ text: "Maria Nikolaou" }], birthDate: owner.birthDate }],
    ["another date of birth", { name: [{ text: owner.name }], birthDate: "1985-01-01" }],
  ])("%s is a wall", (_how, patient) => {
    expect(offers(empty, documentOf([warfarin()], patient), owner, today).outcome).toBe("other-person")
  })

  test("nor does one of several people", () => {
    const document = documentOf([warfarin()])
    const other = {
      fullUrl: "urn:uuid:other",
      resource: { resourceType: "Patient", name: [{ text: "Maria Nikolaou" }] },
    }
    const both = { ...document, entry: [...document.entry, other] }
    expect(offers(empty, both, owner, today).outcome).toBe("other-person")
  })

  test("one that names nobody is said to", () => {
    expect(offered(offers(empty, documentOf([warfarin()], {}), owner, today)).isIdentified).toBe(false)
    expect(from(empty, warfarin()).isIdentified).toBe(true)
  })

  test("what isn't FHIR is unreadable", () => {
    expect(offers(empty, "no FHIR", owner, today)).toEqual({ outcome: "unreadable" })
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
    expect(offered(offers(withMedicines(medicine()), theirs, owner, today)).denied).toEqual(["medicines"])
  })

  test("everything that is offered of a real summary can be stated", () => {
    const { patient } = { patient: { name: "Eleni Papadaki", otherNames: [] } }
    const found = offered(offers(empty, JSON.stringify(eleniPapadaki), patient, today))
    expect(found.offers.length).toBeGreaterThan(5)
    const approved = found.offers.map(({ section, item }) => ({ change: "add", section, item }) as Proposal)
    expect(applyProposals(empty, approved, by()).outcome).toBe("applied")
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
    expect(itemBefore(stated, stop)).toEqual(ours)
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

  test("all or none are applied", () => {
    const gone: Proposal = { ...stop, item: { ...medicine(), status: "stopped" } }
    expect(applyProposals(stated, [stop, gone], professional)).toMatchObject({ outcome: "refused", because: "gone" })
  })
})
