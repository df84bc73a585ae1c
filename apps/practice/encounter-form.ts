/** A consultation as it is typed: what was found, and what was measured. */
import * as z from "zod/mini"
import { newItemId } from "../../fhir/stated-summary.ts"
import { oneLine } from "../../text/plain-text.ts"
import { type MeasurementKey, measurements } from "../shared/measurements.ts"
import { dateTyped, isAhead, localDay, typedOf } from "../shared/typed-date.ts"
import type { Encounter, Vital } from "./file/content.ts"

/** What is measured in a consultation; a pressure has two fields. */
export const measured = [
  "blood-pressure",
  "heart-rate",
  "temperature",
  "oxygen-saturation",
  "respiratory-rate",
  "weight",
  "glucose",
] as const satisfies readonly MeasurementKey[]
export type Measured = (typeof measured)[number]

const text = z.string().check(z.maxLength(50_000))
export const typedEncounter = z.object({
  /** Of the encounter, and of each value by what is measured: the same when it is saved once more. */
  id: z.string(),
  ids: z.record(z.string(), z.string()),
  date: text,
  reason: text,
  note: text,
  values: z.record(z.string(), text),
  diastolic: text,
  glucoseUnit: z.string(),
})
export type TypedEncounter = z.infer<typeof typedEncounter>

export const emptyEncounter = (now: Date): TypedEncounter => ({
  id: newItemId(),
  ids: Object.fromEntries(measured.map((kind) => [kind, newItemId()])),
  date: typedOf(localDay(now)),
  reason: "",
  note: "",
  values: {},
  diastolic: "",
  glucoseUnit: "mg/dL",
})

/** A decimal as people of either language write it, with a point; `undefined` for what is none. */
export const decimalTyped = (typed: string): string | undefined => {
  const number = typed.trim().replace(",", ".")
  return /^-?\d{1,9}(?:\.\d{1,6})?$/.test(number) ? number : undefined
}

export type EncounterFault = "date" | "ahead" | "nothing" | "number" | "both"
export type EncounterFaults = Readonly<Partial<Record<"date" | "note" | "diastolic" | Measured, EncounterFault>>>

const dateFault = (typed: string, now: Date): EncounterFaults => {
  const date = dateTyped(typed)
  if (date === undefined || date.length !== 10) return { date: "date" }
  return isAhead(date, now) ? { date: "ahead" } : {}
}

const pressureFaults = (systolic: string, diastolic: string): EncounterFaults => {
  if (systolic === "" && diastolic === "") return {}
  if (systolic === "") return { "blood-pressure": "both" }
  return diastolic === "" ? { diastolic: "both" } : decimalTyped(diastolic) === undefined ? { diastolic: "number" } : {}
}

export const encounterFaults = (
  typed: TypedEncounter,
  now: Date,
  { whole }: { readonly whole: boolean },
): EncounterFaults => {
  const valueOf = (kind: Measured) => (typed.values[kind] ?? "").trim()
  const wrong = measured.filter((kind) => valueOf(kind) !== "" && decimalTyped(valueOf(kind)) === undefined)
  const isEmpty = [typed.reason, typed.note, ...measured.map(valueOf)].every((part) => part.trim() === "")
  return {
    ...(whole && pressureFaults(valueOf("blood-pressure"), typed.diastolic.trim())),
    ...Object.fromEntries(wrong.map((kind) => [kind, "number" as const])),
    ...dateFault(typed.date, now),
    ...(whole && isEmpty && { note: "nothing" as const }),
  }
}

const unitOf = (kind: Measured, glucoseUnit: string): string => {
  const measurement = measurements[kind]
  if (measurement.shape === "pressure") return measurement.systolic.unit
  if (measurement.shape === "free") return ""
  return kind === "glucose" ? glucoseUnit : measurement.units[0].unit
}

/** The day, as FHIR writes it. */
export const dayOf = ({ date }: TypedEncounter): string => dateTyped(date) ?? ""

/** What is written into the file, of a form without faults. */
export const writtenIn = (typed: TypedEncounter, by: string) => {
  const at = dayOf(typed)
  const reason = oneLine(typed.reason)
  const note = typed.note.trim()
  const encounters: Encounter[] =
    reason === "" && note === "" ? [] : [{ id: typed.id, at, by, note, ...(reason !== "" && { reason }) }]
  const second = decimalTyped(typed.diastolic)
  const vitals = measured.flatMap((kind): Vital[] => {
    const value = decimalTyped(typed.values[kind] ?? "")
    if (value === undefined) return []
    const isPressure = kind === "blood-pressure"
    return [
      {
        id: typed.ids[kind] ?? newItemId(),
        at,
        by,
        kind,
        value,
        unit: unitOf(kind, typed.glucoseUnit),
        ...(isPressure && second !== undefined && { second }),
      },
    ]
  })
  return { encounters, vitals }
}
