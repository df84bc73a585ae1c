/** What a file holds as FHIR, for another system. */
import { contributionDocument, type Quantity, type Entry as Written } from "../../../fhir/contribution-document.ts"
import { parseFhir } from "../../../fhir/parse.ts"
import { isObject, type JsonObject } from "../../../fhir/value.ts"
import type { NewEntry } from "../../../sdk/practice/files.ts"
import { measurements } from "../../shared/measurements.ts"
import { trendWords } from "../../shared/trends/words.ts"
import type { Attached, Encounter, Facts, Vital } from "./content.ts"
import { fileDocument } from "./document.ts"
import { patientWords } from "./words.ts"

const progressNote = { system: "http://loinc.org", code: "11506-3", display: "Progress note" }

const noteOf = ({ at, reason, note }: Encounter): Written => ({
  kind: "note",
  at,
  text: [reason, note].filter((part) => part !== undefined && part !== "").join("\n"),
})

const observationOf = ({ kind, at, value, second, unit }: Vital): Written => {
  const { measurements: names, systolic, diastolic } = trendWords.value
  const rest = { kind: "observation", vital: true, name: names[kind], at } as const
  const measurement = measurements[kind]
  if (measurement.shape === "pressure") {
    const part = (name: string, of: typeof measurement.systolic | typeof measurement.diastolic, number: string) => ({
      name,
      code: of.code,
      value: { value: Number(number), unit: of.unit, code: of.ucum },
    })
    const parts = [part(systolic, measurement.systolic, value)]
    return {
      ...rest,
      code: measurement.code,
      parts: second === undefined ? parts : [...parts, part(diastolic, measurement.diastolic, second)],
    }
  }
  const quantity: Quantity = { value: Number(value), unit }
  if (measurement.shape === "free") return { ...rest, value: quantity }
  const inUnit = measurement.units.find((each) => each.unit === unit)
  return inUnit === undefined
    ? { ...rest, value: quantity }
    : { ...rest, code: inUnit.code, value: { ...quantity, code: inUnit.ucum } }
}

const referenceOf = ({ title, contentType, data, at }: Attached): JsonObject => ({
  resourceType: "DocumentReference",
  status: "current",
  description: title,
  content: [{ attachment: { contentType, title, data, creation: at } }],
})

/** A collection of the summary, each consultation, each vital sign, each document, and what was imported. Nothing may be open in it. */
export const exportedDocument = (facts: Facts, entry: NewEntry): JsonObject => {
  const summary = parseFhir(fileDocument(facts.stated, entry))
  const documentOf = (written: Written, author: string) =>
    contributionDocument(written, {
      title: patientWords.value.documentTitle,
      author,
      patientFrom: summary,
      now: new Date(),
      ...(written.kind === "note" && { type: progressNote }),
    })
  const resources = [
    summary,
    ...facts.encounters.map((each) => documentOf(noteOf(each), each.by)),
    ...facts.vitals.map((each) => documentOf(observationOf(each), each.by)),
    ...facts.documents.map(referenceOf),
    ...(facts.imported === undefined ? [] : [facts.imported]),
  ]
  return {
    resourceType: "Bundle",
    type: "collection",
    entry: resources.filter(isObject).map((resource) => ({ resource })),
  }
}
