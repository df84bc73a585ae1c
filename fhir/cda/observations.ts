import type { JsonObject } from "../value.ts"
import type { XmlElement } from "../xml.ts"
import { amountOf, calledBy, codesOf, conceptOf, labelOf, type Typed, timed, timesOf, valueOf } from "./data-types.ts"
import { attribute, child, children } from "./element.ts"
import type { CdaReading } from "./reading.ts"
import { type Chain, innermost, nameInWords, resourceOf, type Stance, stanceOf } from "./statement.ts"

/** What FHIR calls the states of HL7's ActStatus, of a result. */
const states: Readonly<Record<string, string>> = {
  aborted: "cancelled",
  active: "preliminary",
  cancelled: "cancelled",
  completed: "final",
  held: "registered",
  new: "registered",
  suspended: "registered",
}

const stateOf = ({ voided, status, outer }: Stance): string =>
  voided
    ? "entered-in-error"
    : outer.some((one) => one === "cancelled" || one === "aborted")
      ? "cancelled"
      : status === undefined
        ? "final"
        : (states[status] ?? "unknown")

/** LOINC's codes for a pregnancy and the day that a birth is expected, and SNOMED CT's for being pregnant or not. */
const ofPregnancy = new Set(["82810-3", "11778-8", "11779-6", "11780-4", "57063-8", "77386006", "60001007"])

/** Whether an observation tells of a pregnancy, wherever it stands. */
export const isOfPregnancy = (observation: XmlElement): boolean =>
  [child(observation, "code"), ...children(observation, "value")].flatMap(codesOf).some((code) => ofPregnancy.has(code))

function rangesOf(reading: CdaReading, observation: XmlElement): JsonObject[] {
  return children(observation, "referenceRange").flatMap((range) => {
    const inner = child(range, "observationRange")
    const value = child(inner, "value")
    const [low, high] = ["low", "high"].map((name) => amountOf(reading, child(value, name))?.[1])
    const text = child(inner, "text")
    const words = reading.words(text)
    reading.take(text)
    if (low === undefined && high === undefined && words === undefined) return []
    return [{ low, high, text: words }]
  })
}

/** The moment of a statement, else of what it stands in. */
function momentOf(reading: CdaReading, chain: Chain): JsonObject {
  for (const element of chain.toReversed()) {
    const time = child(element, "effectiveTime")
    const found = timed("effective", timesOf(reading, time))
    if (Object.keys(found).length === 0) continue
    // Of a group that was measured together, each part's own time is the one that counts.
    for (const outer of chain) if (outer.name === "organizer") reading.take(child(outer, "effectiveTime"))
    return found
  }
  return {}
}

/** What an observation found: nothing, and why; or the first of its values, with the others beside it. */
function foundIn(reading: CdaReading, values: readonly XmlElement[]): JsonObject {
  const [first, ...others] = values.flatMap((value): Typed[] => {
    const found = valueOf(reading, value)
    return found === undefined ? [] : [found]
  })
  const flavour = values.flatMap((value) => attribute(value, "nullFlavor") ?? [])[0]
  if (first === undefined)
    return flavour === undefined
      ? {}
      : {
          dataAbsentReason: {
            coding: [{ system: "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", code: flavour }],
          },
        }
  return {
    [`value${first[0]}`]: first[1],
    ...(others.length === 0
      ? {}
      : { extension: others.map(([type, value]) => ({ url: "value", [`value${type}`]: value })) }),
  }
}

/** A result, a vital sign, a habit, a directive: whatever was observed. */
export function observationOf(reading: CdaReading, chain: Chain): JsonObject {
  const observation = innermost(chain)
  const stance = stanceOf(reading, chain)
  const code = child(observation, "code")
  const values = children(observation, "value")
  const isAssertion = attribute(code, "code") === "ASSERTION" || codesOf(code).length === 0
  const [first, ...others] = values
  const asserted = isAssertion ? conceptOf(reading, first) : undefined
  const label = isAssertion ? undefined : conceptOf(reading, code)
  const name = asserted ?? label ?? conceptOf(reading, code)
  reading.take(code)
  const words = labelOf(name) === undefined ? nameInWords(reading, chain, stance.negated) : undefined
  if (name === undefined || stance.negated) reading.isDoubtful = true
  return resourceOf(reading, "Observation", chain, {
    status: stateOf(stance),
    ...(stance.negated ? { negated: "refuted" } : {}),
    code: calledBy(name, words),
    ...momentOf(reading, chain),
    ...foundIn(reading, asserted === undefined ? values : others),
    interpretation: children(observation, "interpretationCode").flatMap((one) => conceptOf(reading, one) ?? []),
    referenceRange: rangesOf(reading, observation),
    bodySite: children(observation, "targetSiteCode").flatMap((site) => conceptOf(reading, site) ?? []),
    method: children(observation, "methodCode").flatMap((method) => conceptOf(reading, method) ?? []),
  })
}
