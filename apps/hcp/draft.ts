import type { Entry, Quantity } from "../../fhir/contribution-document.ts"
import { type Category, categories } from "../../protocol/primitives.ts"
import type { PreparedFile } from "../shared/files/prepare.ts"
import { offsetAt } from "../shared/format.ts"
import { type Measurement, type MeasurementKey, measurements } from "../shared/measurements.ts"

export type DraftKind = "note" | "observation" | "medication" | "file"

/** What is being written, as it stands in the fields. */
export interface Draft {
  readonly kind: DraftKind
  readonly title: string
  readonly text: string
  readonly measurement: MeasurementKey
  readonly what: string
  readonly value: string
  readonly diastolic: string
  readonly unit: string
  readonly medicine: string
  readonly dose: string
  /** `YYYY-MM-DDTHH:MM`, local time. */
  readonly at: string
  readonly remark: string
  readonly prepared?: PreparedFile
  /** A picture that isn't clean was asked for all the same. */
  readonly asItIs?: boolean
  readonly category?: Category
}

const two = (number: number) => String(number).padStart(2, "0")

/** A moment as `<input type="datetime-local">` has it. */
export const localMoment = (moment: Date): string =>
  `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}T${two(moment.getHours())}:${two(moment.getMinutes())}`

/** RFC 3339 with this device's offset at that moment; `undefined` for what is no moment. */
export const withOffset = (local: string): string | undefined => {
  const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(local) ? new Date(local) : undefined
  if (moment === undefined || Number.isNaN(moment.getTime())) return undefined
  return `${local}:00${offsetAt(moment)}`
}

export const emptyDraft = (now: Date): Draft => ({
  kind: "note",
  title: "",
  text: "",
  measurement: "blood-pressure",
  what: "",
  value: "",
  diastolic: "",
  unit: "",
  medicine: "",
  dose: "",
  at: localMoment(now),
  remark: "",
})

/** A number as people of either language write it. */
export const numberIn = (text: string): number | undefined =>
  /^-?\d{1,9}(?:[.,]\d{1,6})?$/.test(text.trim()) ? Number(text.trim().replace(",", ".")) : undefined

export type FaultAt = "text" | "what" | "value" | "diastolic" | "medicine" | "dose" | "at" | "file" | "asItIs"
export type Faults = { readonly [F in FaultAt]?: "missing" | "number" | "moment" }

/** What still has to be mended before it can be signed. */
export const faultsOf = (draft: Draft, now: Date): Faults => {
  const faults: { [F in FaultAt]?: "missing" | "number" | "moment" } = {}
  const needed = (at: FaultAt, text: string) => {
    if (text.trim() === "") faults[at] = "missing"
  }
  const number = (at: FaultAt, text: string) => {
    if (numberIn(text) === undefined) faults[at] = text.trim() === "" ? "missing" : "number"
  }
  if (draft.kind === "note") needed("text", draft.text)
  if (draft.kind === "file") {
    if (draft.prepared === undefined) faults.file = "missing"
    else if (draft.prepared.picture?.outcome === "uncleaned" && draft.asItIs !== true) faults.asItIs = "missing"
  }
  if (draft.kind === "medication") {
    needed("medicine", draft.medicine)
    needed("dose", draft.dose)
  }
  if (draft.kind === "observation") {
    const { shape } = measurementOf(draft)
    number("value", draft.value)
    if (shape === "pressure") number("diastolic", draft.diastolic)
    if (shape === "free") needed("what", draft.what)
  }
  if (draft.kind === "observation" || draft.kind === "medication") {
    const at = withOffset(draft.at)
    // A minute is what the field is exact to.
    if (at === undefined || Date.parse(at) > now.getTime() + 60_000) faults.at = "moment"
  }
  return faults
}

export const measurementOf = ({ measurement }: Pick<Draft, "measurement">): Measurement => measurements[measurement]

const remarkOf = ({ remark }: Draft) => (remark.trim() === "" ? {} : { remark: remark.trim() })

/** The entry of a draft without faults; `names`: what its measurement and its parts are called. `undefined` for a file. */
export const entryOf = (
  draft: Draft,
  names: { readonly measurement: string; readonly systolic: string; readonly diastolic: string },
  now: Date,
): Entry | undefined => {
  const at = withOffset(draft.at) ?? now.toISOString()
  if (draft.kind === "file") return undefined
  if (draft.kind === "note") return { kind: "note", text: draft.text.trim(), at: now.toISOString() }
  if (draft.kind === "medication")
    return { kind: "medication", medicine: draft.medicine.trim(), dose: draft.dose.trim(), at, ...remarkOf(draft) }
  const measurement = measurementOf(draft)
  const value = numberIn(draft.value) ?? 0
  const rest = { kind: "observation" as const, at, ...remarkOf(draft) }
  if (measurement.shape === "free")
    return { ...rest, name: draft.what.trim(), vital: false, value: { value, unit: draft.unit.trim() } }
  if (measurement.shape === "one") {
    const [first] = measurement.units
    const { unit, ucum, code } = measurement.units.find((each) => each.unit === draft.unit) ?? first
    const quantity: Quantity = { value, unit, code: ucum }
    return { ...rest, name: names.measurement, vital: true, code, value: quantity }
  }
  const { systolic, diastolic, code } = measurement
  return {
    ...rest,
    name: names.measurement,
    vital: true,
    code,
    parts: [
      { name: names.systolic, code: systolic.code, value: { value, unit: systolic.unit, code: systolic.ucum } },
      {
        name: names.diastolic,
        code: diastolic.code,
        value: { value: numberIn(draft.diastolic) ?? 0, unit: diastolic.unit, code: diastolic.ucum },
      },
    ],
  }
}

const usual = {
  note: "document",
  observation: "document",
  medication: "medication",
  file: "document",
} as const satisfies Record<DraftKind, Category>

/** Where an addition goes: where it was put, else where its kind belongs, of what the card opens. */
export const categoryOf = (draft: Draft, granted: readonly Category[]): Category | undefined => {
  if (draft.category !== undefined && granted.includes(draft.category)) return draft.category
  const wanted: Category =
    draft.kind === "file" && draft.prepared?.detected.kind === "dicom" ? "imaging" : usual[draft.kind]
  const order: readonly Category[] = [wanted, "document", ...categories]
  return order.find((category) => granted.includes(category))
}
