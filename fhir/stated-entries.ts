import { dosageOf, quantity } from "./stated-dosage.ts"
import { originExtension } from "./stated-origin.ts"
import { noteExtensions, notKnown } from "./stated-patient.ts"
import type {
  Named,
  Origin,
  Presence,
  StatedAllergy,
  StatedBloodGroup,
  StatedDevice,
  StatedDirective,
  StatedIllness,
  StatedItem,
  StatedMedicine,
  StatedPregnancy,
  StatedVaccination,
  StatedWeight,
} from "./stated-summary.ts"
import type { JsonObject } from "./value.ts"
import type { SummaryWords } from "./write-summary.ts"

export interface Reference {
  readonly reference: string
}

const terminology = "http://terminology.hl7.org/CodeSystem"
const coded = (system: string, code: string, display?: string): JsonObject => ({
  coding: [{ system, code, ...(display === undefined ? {} : { display }) }],
})
const named = ({ text, codes }: Named): JsonObject => ({ ...(codes.length === 0 ? {} : { coding: codes }), text })
const noted = ({ note }: StatedItem): JsonObject => (note === undefined ? {} : { note: [{ text: note }] })
const only = (name: string, value: unknown): JsonObject => (value === undefined ? {} : { [name]: value })

/** From when until when, as far as it is known; `element` is FHIR's, without its type. */
const during = (element: string, since: string | undefined, until: string | undefined): JsonObject =>
  since === undefined && until === undefined
    ? { [`_${element}DateTime`]: notKnown }
    : { [`${element}Period`]: { ...only("start", since), ...only("end", until) } }

const presences: Readonly<Record<Presence, readonly [clinical: string, verification?: string]>> = {
  present: ["active"],
  past: ["resolved"],
  refuted: ["inactive", "refuted"],
  unknown: ["active", "unconfirmed"],
}

/** How an allergy, an illness stands, by the code systems of its `kind`. */
const standing = (kind: "allergyintolerance" | "condition", status: Presence): JsonObject => {
  const [clinical, verification] = presences[status]
  const system = kind === "condition" ? "condition-ver-status" : "allergyintolerance-verification"
  return {
    clinicalStatus: coded(`${terminology}/${kind}-clinical`, clinical),
    ...(verification === undefined ? {} : { verificationStatus: coded(`${terminology}/${system}`, verification) }),
  }
}

const taken = {
  taking: "active",
  paused: "on-hold",
  stopped: "stopped",
  "not-taken": "not-taken",
  unknown: "unknown",
} as const

export const ownDirective = "urn:ehr-cloud:directive"
export const loinc = "http://loinc.org"
/** LOINC's answers to whether somebody is pregnant. */
export const pregnancyAnswers = { pregnant: "LA15173-0", "not-pregnant": "LA26683-5", unknown: "LA4489-6" } as const

/** The resources of a stated summary, in the order in which they are added. */
export class StatedEntries {
  readonly all: { readonly fullUrl: string; readonly resource: JsonObject }[] = []
  readonly patient: Reference
  readonly #professionals = new Map<string, Reference>()
  readonly #words: SummaryWords

  constructor(patient: JsonObject, words: SummaryWords) {
    this.#words = words
    this.patient = this.#add(crypto.randomUUID(), patient)
  }

  /** A new address. */
  address(): string {
    return `urn:uuid:${crypto.randomUUID()}`
  }

  allergy(item: StatedAllergy): Reference {
    const { what, status, kind, category, criticality, reactions, since } = item
    return this.#addItem(item, {
      resourceType: "AllergyIntolerance",
      ...standing("allergyintolerance", status),
      ...only("type", kind),
      ...only("category", category && [category]),
      ...only("criticality", criticality),
      code: named(what),
      patient: this.patient,
      ...only("onsetDateTime", since),
      recordedDate: item.on,
      ...only("asserter", this.#who(item.origin)),
      ...noted(item),
      ...(reactions.length === 0
        ? {}
        : {
            reaction: reactions.map(({ what: reaction, severity }) => ({
              manifestation: [named(reaction)],
              ...only("severity", severity),
            })),
          }),
    })
  }

  medicine(item: StatedMedicine): Reference {
    const { what, status, doses, reason, since, until } = item
    return this.#addItem(item, {
      resourceType: "MedicationStatement",
      status: taken[status],
      medicationCodeableConcept: named(what),
      subject: this.patient,
      ...during("effective", since, until),
      dateAsserted: item.on,
      ...only("informationSource", this.#who(item.origin)),
      ...only("reasonCode", reason && [{ text: reason }]),
      ...noted(item),
      ...(doses.length === 0 ? {} : { dosage: doses.map(dosageOf) }),
    })
  }

  illness(item: StatedIllness): Reference {
    const { what, status, since, until, place } = item
    return this.#addItem(item, {
      resourceType: "Condition",
      ...standing("condition", status),
      code: named(what),
      ...only("bodySite", place && [{ text: place }]),
      subject: this.patient,
      ...only("onsetDateTime", since),
      ...only("abatementDateTime", until),
      recordedDate: item.on,
      ...only("asserter", this.#who(item.origin)),
      ...noted(item),
    })
  }

  device(item: StatedDevice): Reference {
    const { what, status, since, until, place, maker, model } = item
    const device = this.#add(crypto.randomUUID(), {
      resourceType: "Device",
      // Of a use, FHIR has no word for doubt.
      ...(status === "unknown" ? { status: "unknown" } : {}),
      ...only("manufacturer", maker),
      ...only("modelNumber", model),
      type: named(what),
      patient: this.patient,
    })
    return this.#addItem(item, {
      resourceType: "DeviceUseStatement",
      status: status === "removed" ? "completed" : "active",
      subject: this.patient,
      ...during("timing", since, until),
      recordedOn: item.on,
      ...only("source", this.#who(item.origin)),
      device,
      ...only("bodySite", place && { text: place }),
      ...noted(item),
    })
  }

  directive(item: StatedDirective): Reference {
    const { kind, text, status, signed, kept } = item
    const words = this.#words.directives[kind]
    const known = { system: `${terminology}/consentcategorycodes`, code: kind === "do-not-resuscitate" ? "dnr" : "acd" }
    return this.#addItem(
      item,
      {
        resourceType: "Consent",
        status: status === "in-force" ? "active" : "inactive",
        scope: coded(`${terminology}/consentscope`, "adr"),
        category: [{ coding: [known, { system: ownDirective, code: kind }], text: words }],
        patient: this.patient,
        ...only("dateTime", signed),
        performer: [this.patient],
        ...only("sourceReference", kept && { display: kept }),
        policyRule: { text: words },
        provision: { code: [{ text }] },
      },
      noteExtensions(item.note),
    )
  }

  vaccination(item: StatedVaccination): Reference {
    const { what, status, given, doseNumber, lot } = item
    return this.#addItem(item, {
      resourceType: "Immunization",
      status: status === "given" ? "completed" : "not-done",
      vaccineCode: named(what),
      patient: this.patient,
      ...(given === undefined ? { _occurrenceDateTime: notKnown } : { occurrenceDateTime: given }),
      recorded: item.on,
      primarySource: false,
      ...only("lotNumber", lot),
      ...noted(item),
      ...only("protocolApplied", doseNumber && [{ doseNumberPositiveInt: doseNumber }]),
    })
  }

  /** Whether pregnant, and the expected day of birth as an observation of its own, as the IPS has it. */
  pregnancy(item: StatedPregnancy): Reference[] {
    const { status, due } = item
    const expected =
      due === undefined
        ? []
        : [
            this.#addItem(
              { ...item, id: crypto.randomUUID(), note: undefined },
              {
                ...this.#observation(item, "11778-8", "Delivery date Estimated", this.#words.dueDate),
                valueDateTime: due,
              },
            ),
          ]
    const answer = { ...coded(loinc, pregnancyAnswers[status]), text: this.#words.pregnancies[status] }
    const pregnancy = this.#addItem(item, {
      ...this.#observation(item, "82810-3", "Pregnancy status", this.#words.pregnancy),
      valueCodeableConcept: answer,
      ...noted(item),
      ...(expected.length === 0 ? {} : { hasMember: expected }),
    })
    return [pregnancy, ...expected]
  }

  bloodGroup(item: StatedBloodGroup): Reference {
    const { abo, rhesus, note } = item
    const caution = [{ text: this.#words.bloodGroupCaution }]
    return this.#addItem(item, {
      ...this.#observation(item, "882-1", "ABO and Rh group [Type] in Blood", this.#words.bloodGroup),
      valueCodeableConcept: { text: rhesus === undefined ? abo : `${abo} Rh${rhesus}` },
      note: note === undefined ? caution : [...caution, { text: note }],
    })
  }

  weight(item: StatedWeight): Reference {
    return this.#addItem(item, {
      ...this.#observation(item, "29463-7", "Body weight", this.#words.weight),
      category: [coded(`${terminology}/observation-category`, "vital-signs")],
      valueQuantity: quantity({ value: item.kilograms, unit: "kg", code: "kg" }),
      ...noted(item),
    })
  }

  #observation({ on, origin }: StatedItem, code: string, display: string, text: string): JsonObject {
    const who = this.#who(origin)
    return {
      resourceType: "Observation",
      status: "final",
      code: { ...coded(loinc, code, display), text },
      subject: this.patient,
      effectiveDateTime: on,
      ...only("performer", who && [who]),
    }
  }

  /** Who said it, as far as FHIR can refer to them: not to a document. */
  #who(origin: Origin): Reference | undefined {
    if (origin.from === "patient") return this.patient
    const name = origin.from === "professional" ? origin.name : origin.author
    if (name === undefined) return undefined
    return this.professional(name)
  }

  /** Who is named so. */
  professional(name: string): Reference {
    const known = this.#professionals.get(name)
    if (known !== undefined) return known
    const added = this.#add(crypto.randomUUID(), { resourceType: "Practitioner", name: [{ text: name }] })
    this.#professionals.set(name, added)
    return added
  }

  #addItem({ id, origin, on }: StatedItem, resource: JsonObject, more: readonly JsonObject[] = []): Reference {
    return this.#add(id, { ...resource, extension: [originExtension({ origin, on }), ...more] })
  }

  #add(id: string, resource: JsonObject): Reference {
    const fullUrl = `urn:uuid:${id}`
    this.all.push({ fullUrl, resource: { ...resource, id } })
    return { reference: fullUrl }
  }
}
