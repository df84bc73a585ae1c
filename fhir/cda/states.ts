import { absenceIn } from "../absence.ts"
import type { JsonObject } from "../value.ts"
import type { XmlElement } from "../xml.ts"
import { type Concept, codesOf, conceptOf, labelOf, type Times } from "./data-types.ts"
import { attribute, child } from "./element.ts"
import type { CdaReading } from "./reading.ts"
import { type Chain, detailOf, innermost, isEvent, related, type Stance, takeDetail } from "./statement.ts"

export const coded = (system: string, code: string): Concept => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }],
})

/** IPS's code for there being nothing, or for nothing being known. */
export const absent = (code: string): Concept => ({
  coding: [{ system: "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips", code }],
})

const saysAbsence = (element: XmlElement | undefined): boolean =>
  codesOf(element).some((code) => absenceIn({ coding: [{ code }] }) !== undefined)

/** The first of the elements that says that there is nothing, or that nothing is known. Takes it. */
export function absenceOf(reading: CdaReading, ...elements: readonly (XmlElement | undefined)[]): Concept | undefined {
  return conceptOf(reading, elements.find(saysAbsence))
}

const gravities: ReadonlyMap<string, "mild" | "moderate" | "severe"> = new Map([
  ["255604002", "mild"],
  ["L", "mild"],
  ["371923003", "moderate"],
  ["6736007", "moderate"],
  ["M", "moderate"],
  ["371924009", "severe"],
  ["24484000", "severe"],
  ["399166001", "severe"],
  ["H", "severe"],
])

/** How grave a statement says that something is: FHIR's code, the graver of two, with the words as written beside it. */
export function severityOf(reading: CdaReading, statement: XmlElement): JsonObject {
  const detail = detailOf(statement, "SEV", "246112005")
  const value = child(detail, "value")
  const [known] = codesOf(value).flatMap((code) => gravities.get(code) ?? [])
  const concept = conceptOf(reading, value)
  if (concept === undefined) return {}
  takeDetail(reading, detail)
  if (known === undefined) return { severity: concept }
  const label = labelOf(concept)
  const written = label === undefined || label.toLowerCase() === known ? [] : [{ url: "text", valueString: label }]
  return { severity: known, ...(written.length > 0 ? { _severity: { extension: written } } : {}) }
}

const ended = new Set(["aborted", "cancelled", "held", "obsolete", "suspended"])

/**
 * Whether an allergy or an illness goes on: as it says itself, by its end, or by the concern about it. A concern that is closed without a day says
 * nothing for sure, and stands as it was written.
 */
export function clinicalState(
  reading: CdaReading,
  chain: Chain,
  { outer, status, negated, voided }: Stance,
  { end }: Times,
  system: string,
): JsonObject {
  const observation = innermost(chain)
  const said = detailOf(observation, "33999-4", "263490005")
  const value = conceptOf(reading, child(said, "value"))
  takeDetail(reading, said)
  const concern = chain.at(-2)
  const isConcern = concern?.name === "act"
  const [time, concernTime] = [
    child(observation, "effectiveTime"),
    isConcern ? child(concern, "effectiveTime") : undefined,
  ]
  const same = attribute(child(time, "low"), "value") === attribute(child(concernTime, "low"), "value")
  if (same) reading.take(child(concernTime, "low"))
  const closed = attribute(child(concernTime, "high"), "value") !== undefined
  const outerState = isConcern ? outer.at(-1) : undefined
  const until = end === undefined ? [] : [{ url: "until", valueDateTime: end }]
  // What never was doesn't go on.
  if (negated || voided) return { extension: until }
  const extension = [
    ...until,
    ...(attribute(child(time, "high"), "nullFlavor") === "UNK" ? [{ url: "until", valueCode: "unk" }] : []),
    ...(outerState === "completed" && !closed ? [{ url: "concernStatus", valueCode: outerState }] : []),
  ]
  const state = reading.isOver(end)
    ? "resolved"
    : (status !== undefined && ended.has(status)) ||
        (outerState !== undefined && ended.has(outerState)) ||
        (outerState === "completed" && closed)
      ? "inactive"
      : outerState === "active"
        ? "active"
        : undefined
  return { clinicalStatus: value ?? (state === undefined ? undefined : coded(system, state)), extension }
}

/** How sure something is, in SNOMED CT's and FHIR's codes. */
const certainties = new Set(
  `410605003 410590009 410592001 410593000 410594000 410516002 415684004 723510000 723511001 confirmed unconfirmed refuted provisional differential
  entered-in-error`.split(/\s+/),
)

/** That it was taken back, isn't so, or how sure it is. */
export function verification(
  reading: CdaReading,
  chain: Chain,
  { voided, negated }: Stance,
  system: string,
): JsonObject {
  const sure = related(innermost(chain), "REFR", "SUBJ").filter(
    (detail) => isEvent(detail) && codesOf(child(detail, "value")).some((code) => certainties.has(code)),
  )
  const said = sure.flatMap((detail) => {
    const concept = conceptOf(reading, child(detail, "value"))
    takeDetail(reading, detail)
    return concept ?? []
  })
  const own = voided ? [coded(system, "entered-in-error")] : negated ? [coded(system, "refuted")] : []
  const all = [...own, ...said]
  return all.length === 0 ? {} : { verificationStatus: all }
}
