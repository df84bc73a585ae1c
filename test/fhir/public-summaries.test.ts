import { describe, expect, test } from "vitest"
import { inOrder } from "../../apps/shared/summary/first-seconds.ts"
import { readSummary } from "../../fhir/summary.ts"
import { sample, sampleNames, withoutSamples } from "../samples.ts"
import { items, said } from "./reading.ts"

interface Coded {
  readonly coding?: readonly { readonly system?: string; readonly code?: string }[]
}
interface Raw {
  readonly resourceType: string
  readonly id?: string
  readonly status?: string
  readonly clinicalStatus?: Coded
  readonly verificationStatus?: Coded
  readonly code?: Coded
  readonly medicationCodeableConcept?: Coded
}

const kinds = {
  AllergyIntolerance: "allergies",
  MedicationStatement: "medications",
  MedicationRequest: "medications",
} as const
const isKind = (type: string): type is keyof typeof kinds => Object.hasOwn(kinds, type)

/** Whether a resource of R4 says that it holds now, by its own two elements and nothing of our reader's. */
const isActive = ({ status, clinicalStatus, verificationStatus }: Raw): boolean => {
  const verified = verificationStatus?.coding?.map(({ code }) => code) ?? []
  if (verified.includes("refuted") || verified.includes("entered-in-error")) return false
  return status === undefined
    ? clinicalStatus?.coding?.some(({ code }) => code === "active") === true
    : status === "active"
}

/** SNOMED CT's "no known allergy" and "no known food allergy". */
const nothingKnown = ["716186003", "429625007"]

/** Whether it says that there is nothing, or that nothing is known. */
const isAbsence = ({ code, medicationCodeableConcept }: Raw): boolean =>
  [...(code?.coding ?? []), ...(medicationCodeableConcept?.coding ?? [])].some(
    (coding) => coding.system?.endsWith("/absent-unknown-uv-ips") === true || nothingKnown.includes(coding.code ?? ""),
  )

const resourcesOf = (name: string): readonly Raw[] =>
  (JSON.parse(new TextDecoder().decode(sample(name))).entry ?? []).map(({ resource }: { resource: Raw }) => resource)

const files = sampleNames.filter((name) => name.endsWith(".json"))
const withAny = files.filter((name) => resourcesOf(name).some(({ resourceType }) => isKind(resourceType)))

describe.skipIf(withoutSamples)("of every public summary that has allergies or medicines", () => {
  test("there are some", () => {
    expect(withAny.length).toBeGreaterThanOrEqual(7)
  })

  test.each(withAny)(
    "%s: those that hold are on the first screen, and none is wrongly struck or wrongly active",
    (name) => {
      const summary = readSummary(sample(name))
      const raw = resourcesOf(name).filter(({ resourceType }) => isKind(resourceType))
      for (const key of ["allergies", "medications"] as const) {
        const wanted = raw.filter(({ resourceType }) => isKind(resourceType) && kinds[resourceType] === key)
        const shown = items(summary, key)
        expect(shown).toHaveLength(wanted.length)
        // That there is nothing is said beside the first screen's items.
        const facts = shown.filter(({ absence }) => absence === undefined)
        const first = inOrder(key, facts, "2026-11-28")
        const active = wanted.filter((one) => isActive(one) && !isAbsence(one))
        expect(first.map(({ source }) => source).toSorted()).toEqual(
          active.map(({ resourceType, id }) => `${resourceType}/${id}`).toSorted(),
        )
        for (const item of first) expect(said(item).label).toMatch(/\p{L}{3}/u)
      }
    },
  )
})
