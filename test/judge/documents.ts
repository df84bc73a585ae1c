import * as fc from "fast-check"
import { checkStated } from "../../fhir/check-stated.ts"
import { contributionDocument, type Entry } from "../../fhir/contribution-document.ts"
import { changes, itemsIn, type Proposal } from "../../fhir/proposals.ts"
import { emptyStated } from "../../fhir/stated-summary.ts"
import { writeProposals } from "../../fhir/write-proposals.ts"
import { writeSummary } from "../../fhir/write-summary.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { toFhirAuditBundle } from "../../sdk/patient/audit-fhir.ts"
import { newKey } from "../fakes/call.ts"
import { anyStated } from "../fhir/any-stated.ts"
import { english, greek } from "../fhir/words.ts"
import { anyEvent } from "../sdk/patient/any-event.ts"

/** A document that is judged. `name` says what it is. */
export interface Judged {
  readonly name: string
  readonly json: string
}

const seed = 20261128
const now = new Date("2026-11-28T10:00:00Z")
const at = "2026-11-28T09:30:00+02:00"

const summaries = (): Judged[] => {
  const stated = fc.sample(anyStated, { seed, numRuns: 30 }).filter((one) => checkStated(one).outcome === "stated")
  const empty = [emptyStated("el", "2026-11-28"), emptyStated("en", "2026-11-28")]
  return [...empty, ...stated].map((one, index) => {
    const [language, words] = index % 2 === 0 ? (["el", greek] as const) : (["en", english] as const)
    return { name: `summary-${index}-${language}`, json: writeSummary({ ...one, language }, words, now) }
  })
}

const kg = { value: 62.5, unit: "kg", code: "kg" }
const pressure = (code: string, name: string, value: number) => ({
  name,
  code: { system: "http://loinc.org", code, display: name },
  value: { value, unit: "mmHg", code: "mm[Hg]" },
})
const entries: readonly Entry[] = [
  { kind: "note", text: "Αναίσθητη.\nΑεραγωγός ελεύθερος.", at },
  { kind: "medication", medicine: "Adrenaline", dose: "0.5 mg i.m.", at, remark: "left thigh" },
  { kind: "observation", name: "ECG", vital: false, at, value: { value: 3, unit: "mm" } },
  {
    kind: "observation",
    name: "Body weight",
    code: { system: "http://loinc.org", code: "29463-7", display: "Body weight" },
    vital: true,
    at,
    value: kg,
  },
  {
    kind: "observation",
    name: "Blood pressure",
    code: { system: "http://loinc.org", code: "85354-9", display: "Blood pressure panel with all children optional" },
    vital: true,
    at,
    parts: [pressure("8480-6", "Systolic blood pressure", 120), pressure("8462-4", "Diastolic blood pressure", 80)],
  },
]

const contributions = (): Judged[] =>
  entries.flatMap((entry, index) =>
    [eleniPapadaki, undefined].map((patientFrom) => ({
      name: `contribution-${index}-${entry.kind}-${patientFrom === undefined ? "nobody" : "eleni"}`,
      json: JSON.stringify(contributionDocument(entry, { title: "Entry", author: "Dr Müller", patientFrom, now })),
    })),
  )

/** Every item of generated summaries, each changed in another way, of somebody who is known and of nobody; the first against a version that was seen. */
const proposals = (): Judged[] => {
  const stated = fc.sample(anyStated, { seed, numRuns: 12 }).filter((one) => checkStated(one).outcome === "stated")
  return stated.map((one, index) => {
    const proposed = itemsIn(one).map(
      (each, place): Proposal => ({
        ...each,
        change: changes[place % changes.length] ?? "add",
        ...(place % 2 === 0 ? {} : { because: "Αιμορραγία <3 & πτώση" }),
      }),
    )
    const patientFrom = index % 2 === 0 ? eleniPapadaki : undefined
    const base = index % 3 === 0 ? undefined : "urn:uuid:7f3c1c1e-6f1e-4d6b-9a55-0c8f3b5d2a10"
    const words = index % 2 === 0 ? greek : english
    const title = "Proposed changes"
    const proposing = { title, author: "Dr Müller", patientFrom, ...(base === undefined ? {} : { base }), now, words }
    return { name: `proposals-${index}`, json: writeProposals(proposed, proposing) }
  })
}

const trail = (): Judged => {
  const events = fc
    .sample(anyEvent, { seed, numRuns: 200 })
    .map((event, index) => ({ ...event, seq: index + 1, hash: newKey() }))
  return {
    name: "audit-events",
    json: JSON.stringify(toFhirAuditBundle({ cloudId: "cloud", patientId: "patient" }, events)),
  }
}

/** Everything of ours that others read as FHIR. */
export const documents = (): readonly Judged[] => [...summaries(), ...contributions(), ...proposals(), trail()]

/** Documents with a fault that the judge must find: of a judge that finds nothing, silence is no praise. */
export const faulty = (): readonly Judged[] => {
  const json = writeSummary(emptyStated("en", "2026-11-28"), english, now)
  const fault = (name: string, from: string, to: string): Judged => {
    const changed = json.replace(from, to)
    if (changed === json) throw new Error(`${name}: there is no ${from} to change`)
    return { name: `fault-${name}`, json: changed }
  }
  return [
    fault("no-patient-name", '"name":[{', '"nickname":[{'),
    fault("status", '"status":"final"', '"status":"finished"'),
    fault("date", '"time":"2026-11-28"', '"time":"2026-13-28"'),
    fault("no-title", `"title":${JSON.stringify(english.title)},`, ""),
    fault("no-allergy-section", '"code":"48765-2"', '"code":"48765-3"'),
  ]
}
