import type { Code } from "./contribution-document.ts"

/** What something is called, and codes that mean the same; none where the words are free. */
export interface Named {
  readonly text: string
  readonly codes: readonly Code[]
}

/** Who said it. A document's `date` is as it stands in it. */
export type Origin =
  | { readonly from: "patient" }
  | { readonly from: "professional"; readonly name: string }
  | { readonly from: "document"; readonly title: string; readonly date?: string; readonly author?: string }

/** What stands on everything that is stated. `on`: the day, `2026-11-28`. */
export interface Statement {
  readonly origin: Origin
  readonly on: string
}

/** One thing that is stated. `id`: a UUID in small letters, kept from version to version. */
export interface StatedItem extends Statement {
  readonly id: string
  readonly note?: string
}

/**
 * What a section says. `not-stated`: left out, or not known; it never reads as "none". `listed`: at least one item, which may itself be refuted, past
 * or unknown.
 */
export type StatedSection<T> =
  | { readonly state: "not-stated" }
  | ({ readonly state: "none-known" } & Statement)
  | { readonly state: "listed"; readonly items: readonly T[] }

/** `unknown`: it may be, and nobody is sure. `refuted`: it was believed once, and isn't so. */
export type Presence = "present" | "past" | "refuted" | "unknown"

export type Severity = "mild" | "moderate" | "severe"

export interface StatedAllergy extends StatedItem {
  readonly what: Named
  readonly status: Presence
  readonly kind?: "allergy" | "intolerance"
  readonly category?: "food" | "medication" | "environment" | "biologic"
  /** Whether the next time may kill. */
  readonly criticality?: "high" | "low" | "unable-to-assess"
  readonly reactions: readonly { readonly what: Named; readonly severity?: Severity }[]
  readonly since?: string
}

/** `value`: a decimal as written, with a point: `0.50`. `code`: UCUM's of the unit, where there is one. */
export interface Amount {
  readonly value: string
  readonly unit: string
  readonly code?: string
}

export type PeriodUnit = "h" | "d" | "wk" | "mo"
export type Weekday = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun"
export type Moment =
  | "MORN"
  | "NOON"
  | "AFT"
  | "EVE"
  | "NIGHT"
  | "HS"
  | "WAKE"
  | "AC"
  | "C"
  | "PC"
  | "ACM"
  | "CM"
  | "PCM"
  | "ACD"
  | "CD"
  | "PCD"
  | "ACV"
  | "CV"
  | "PCV"

/** Hours of the clock, `08:00`, or moments of the day by FHIR's codes: one or the other. */
export type DoseTimes =
  | { readonly by: "clock"; readonly at: readonly string[] }
  | { readonly by: "moment"; readonly at: readonly Moment[] }

/** One way in which a medicine is taken; 1 in the morning and half a one in the evening are two. */
export interface StatedDose {
  /** In the patient's words. */
  readonly asWritten?: string
  readonly amount?: Amount
  /** `times` times in every `every` hours, days, weeks or months. */
  readonly often?: { readonly times: number; readonly every: number; readonly unit: PeriodUnit }
  readonly times?: DoseTimes
  readonly days?: readonly Weekday[]
  /** `true`, or what for. */
  readonly asNeeded?: true | string
  readonly atMost?: { readonly amount: Amount; readonly every: number; readonly unit: PeriodUnit }
  /** How: by mouth, under the skin. */
  readonly route?: string
}

export interface StatedMedicine extends StatedItem {
  readonly what: Named
  /** `not-taken`: expressly not, though it may be prescribed. `unknown`: nobody is sure whether it is taken. */
  readonly status: "taking" | "paused" | "stopped" | "not-taken" | "unknown"
  readonly doses: readonly StatedDose[]
  readonly reason?: string
  readonly since?: string
  readonly until?: string
}

export interface StatedIllness extends StatedItem {
  readonly what: Named
  readonly status: Presence
  readonly since?: string
  /** Only of what is past. */
  readonly until?: string
  /** Part of the body and side. */
  readonly place?: string
}

export interface StatedDevice extends StatedItem {
  readonly what: Named
  readonly status: "present" | "removed" | "unknown"
  readonly since?: string
  /** Only of what was removed. */
  readonly until?: string
  readonly place?: string
  readonly maker?: string
  readonly model?: string
}

export type DirectiveKind =
  | "do-not-resuscitate"
  | "no-ventilation"
  | "no-blood-products"
  | "living-will"
  | "power-of-attorney"
  | "organ-donation"
  | "other"

export interface StatedDirective extends StatedItem {
  readonly kind: DirectiveKind
  /** What it says, in words. */
  readonly text: string
  readonly status: "in-force" | "revoked"
  readonly signed?: string
  /** Where the document is, or who has it. */
  readonly kept?: string
}

export interface StatedVaccination extends StatedItem {
  readonly what: Named
  readonly status: "given" | "not-given"
  readonly given?: string
  readonly doseNumber?: number
  readonly lot?: string
}

export interface StatedPregnancy extends StatedItem {
  readonly status: "pregnant" | "not-pregnant" | "unknown"
  /** The expected day of birth; only of who is pregnant. */
  readonly due?: string
}

/** Stated by no laboratory: whoever transfuses matches again. */
export interface StatedBloodGroup extends StatedItem {
  readonly abo: "A" | "B" | "AB" | "O"
  readonly rhesus?: "+" | "-"
}

export interface StatedWeight extends StatedItem {
  /** In kilograms, as written. */
  readonly kilograms: string
}

export interface StatedContact extends StatedItem {
  readonly name: string
  readonly relation?: string
  readonly phone?: string
}

/** `tag`: BCP 47, where it is known. */
export interface StatedLanguage {
  readonly text: string
  readonly tag?: string
}

/** At least one of the parts. */
export interface StatedName {
  readonly given?: string
  readonly family?: string
}

/** `data`: base64. */
export interface StatedPhoto {
  readonly contentType: "image/jpeg" | "image/png" | "image/webp"
  readonly data: string
}

/**
 * What a patient states of themselves, as they would in an emergency: plain, JSON, every text one line. What is absent wasn't stated. Dates are as
 * exact as they are known: `1948`, `1948-03`, `1948-03-21`.
 */
export interface StatedSummary {
  /** BCP 47: in which it is written. */
  readonly language: string
  /** The one they go by first. */
  readonly names: readonly StatedName[]
  readonly birthDate?: string
  readonly sex?: "male" | "female" | "other" | "unknown"
  readonly photo?: StatedPhoto
  readonly languages: readonly StatedLanguage[]
  readonly contacts: readonly StatedContact[]
  readonly allergies: StatedSection<StatedAllergy>
  readonly medicines: StatedSection<StatedMedicine>
  readonly illnesses: StatedSection<StatedIllness>
  readonly devices: StatedSection<StatedDevice>
  readonly directives: StatedSection<StatedDirective>
  readonly vaccinations: StatedSection<StatedVaccination>
  readonly pregnancy?: StatedPregnancy
  readonly bloodGroup?: StatedBloodGroup
  readonly weight?: StatedWeight
  /** The day on which the patient last said that all of this holds. */
  readonly lastConfirmed: string
}

/** The sections that list items. */
export const statedSections = ["allergies", "medicines", "illnesses", "devices", "directives", "vaccinations"] as const

/** Nothing stated yet. */
export const emptyStated = (language: string, today: string): StatedSummary => ({
  language,
  names: [],
  languages: [],
  contacts: [],
  allergies: { state: "not-stated" },
  medicines: { state: "not-stated" },
  illnesses: { state: "not-stated" },
  devices: { state: "not-stated" },
  directives: { state: "not-stated" },
  vaccinations: { state: "not-stated" },
  lastConfirmed: today,
})

/** Of a new item. */
export const newItemId = (): string => crypto.randomUUID()
