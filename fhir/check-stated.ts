import {
  type Check,
  day,
  kinds,
  listOf,
  matching,
  object,
  oneOf,
  optional,
  where,
  wholeNumber,
  words,
  writtenDate,
  yes,
} from "./check.ts"
import { statement } from "./check-statement.ts"
import type { Code } from "./contribution-document.ts"
import {
  type Amount,
  type DoseTimes,
  type Named,
  type StatedAllergy,
  type StatedBloodGroup,
  type StatedContact,
  type StatedDevice,
  type StatedDirective,
  type StatedDose,
  type StatedIllness,
  type StatedItem,
  type StatedLanguage,
  type StatedMedicine,
  type StatedName,
  type StatedPhoto,
  type StatedPregnancy,
  type StatedSection,
  type StatedSummary,
  type StatedVaccination,
  type StatedWeight,
  statedSections,
} from "./stated-summary.ts"

const longest = 1000
/** Characters of base64: three quarters of a megabyte of picture. */
const longestPhoto = 1024 * 1024

const code = object<Code>({
  system: matching(/[a-z][a-z0-9+.-]*:\S{1,200}/),
  code: matching(/[^\s]+( [^\s]+)*/),
  display: words(),
})
const named = object<Named>({ text: words(), codes: listOf(code, 8) })

const uuid = matching(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/)
const item = { ...statement, id: uuid, note: optional(words(longest)) } satisfies {
  [K in keyof Required<StatedItem>]: Check<StatedItem[K]>
}
const presence = oneOf("present", "past", "refuted", "unknown")
const since = optional(writtenDate)

const decimal = matching(/(0|[1-9]\d{0,8})(\.\d{1,6})?/)
const amount = object<Amount>({
  value: decimal,
  unit: words(60),
  code: optional(matching(/[!-~]{1,40}/)),
})

export const allergyCheck = object<StatedAllergy>({
  ...item,
  what: named,
  status: presence,
  kind: optional(oneOf("allergy", "intolerance")),
  category: optional(oneOf("food", "medication", "environment", "biologic")),
  criticality: optional(oneOf("high", "low", "unable-to-assess")),
  reactions: listOf(
    object<StatedAllergy["reactions"][number]>({
      what: named,
      severity: optional(oneOf("mild", "moderate", "severe")),
    }),
    20,
  ),
  since,
})

const unit = oneOf("h", "d", "wk", "mo")
const clock = matching(/([01]\d|2[0-3]):[0-5]\d/)
const moment = oneOf(
  ...(["MORN", "NOON", "AFT", "EVE", "NIGHT", "HS", "WAKE", "AC", "C", "PC"] as const),
  ...(["ACM", "CM", "PCM", "ACD", "CD", "PCD", "ACV", "CV", "PCV"] as const),
)
const atLeastOne = <T>(check: Check<T>, most: number): Check<readonly T[]> =>
  where(listOf(check, most), "0", (found) => found.length > 0)
const times: Check<DoseTimes> = kinds<DoseTimes>("by", {
  clock: object<Extract<DoseTimes, { by: "clock" }>>({ by: oneOf("clock"), at: atLeastOne(clock, 24) }),
  moment: object<Extract<DoseTimes, { by: "moment" }>>({ by: oneOf("moment"), at: atLeastOne(moment, 19) }),
})
const every = wholeNumber(1000)

const isNeeded: Check<true | string> = (value, at, refuse): value is true | string =>
  value === true ? yes(value, at, refuse) : words()(value, at, refuse)

export const doseCheck = where(
  object<StatedDose>({
    asWritten: optional(words(longest)),
    amount: optional(amount),
    often: optional(object<NonNullable<StatedDose["often"]>>({ times: wholeNumber(100), every, unit })),
    times: optional(times),
    days: optional(atLeastOne(oneOf("mon", "tue", "wed", "thu", "fri", "sat", "sun"), 7)),
    asNeeded: optional(isNeeded),
    atMost: optional(object<NonNullable<StatedDose["atMost"]>>({ amount, every, unit })),
    route: optional(words()),
  }),
  "asWritten",
  (said) => Object.values(said).some((value) => value !== undefined),
)

/** Whether what began can have ended then, as far as both are known. */
const inOrder = ({ since, until }: { readonly since?: string; readonly until?: string }): boolean => {
  if (since === undefined || until === undefined) return true
  const known = Math.min(since.length, until.length)
  return since.slice(0, known) <= until.slice(0, known)
}

export const medicineCheck = where(
  object<StatedMedicine>({
    ...item,
    what: named,
    status: oneOf("taking", "paused", "stopped", "not-taken", "unknown"),
    doses: listOf(doseCheck, 20),
    reason: optional(words()),
    since,
    until: optional(writtenDate),
  }),
  "until",
  inOrder,
)

export const illnessCheck = where(
  object<StatedIllness>({
    ...item,
    what: named,
    status: presence,
    since,
    until: optional(writtenDate),
    place: optional(words()),
  }),
  "until",
  (item) => inOrder(item) && (item.status === "past" || item.until === undefined),
)

export const deviceCheck = where(
  object<StatedDevice>({
    ...item,
    what: named,
    status: oneOf("present", "removed", "unknown"),
    since,
    until: optional(writtenDate),
    place: optional(words()),
    maker: optional(words()),
    model: optional(words()),
  }),
  "until",
  (item) => inOrder(item) && (item.status === "removed" || item.until === undefined),
)

export const directiveCheck = object<StatedDirective>({
  ...item,
  kind: oneOf(
    "do-not-resuscitate",
    "no-ventilation",
    "no-blood-products",
    "living-will",
    "power-of-attorney",
    "organ-donation",
    "other",
  ),
  text: words(longest),
  status: oneOf("in-force", "revoked"),
  signed: optional(writtenDate),
  kept: optional(words()),
})

export const vaccinationCheck = object<StatedVaccination>({
  ...item,
  what: named,
  status: oneOf("given", "not-given"),
  given: optional(writtenDate),
  doseNumber: optional(wholeNumber(100)),
  lot: optional(words(60)),
})

export const pregnancyCheck = where(
  object<StatedPregnancy>({ ...item, status: oneOf("pregnant", "not-pregnant", "unknown"), due: optional(day) }),
  "due",
  ({ status, due }) => status === "pregnant" || due === undefined,
)
export const bloodGroupCheck = object<StatedBloodGroup>({
  ...item,
  abo: oneOf("A", "B", "AB", "O"),
  rhesus: optional(oneOf("+", "-")),
})
export const weightCheck = object<StatedWeight>({
  ...item,
  kilograms: matching(/[1-9]\d{0,2}(\.\d{1,3})?|0\.\d{1,3}/),
})
const contact = object<StatedContact>({
  ...item,
  name: words(),
  relation: optional(words()),
  phone: optional(words(60)),
})
const name = where(
  object<StatedName>({ given: optional(words()), family: optional(words()) }),
  "family",
  ({ given, family }) => given !== undefined || family !== undefined,
)

function section<T>(each: Check<T>): Check<StatedSection<T>> {
  return kinds<StatedSection<T>>("state", {
    "not-stated": object<Extract<StatedSection<T>, { state: "not-stated" }>>({ state: oneOf("not-stated") }),
    "none-known": object<Extract<StatedSection<T>, { state: "none-known" }>>({
      state: oneOf("none-known"),
      ...statement,
    }),
    listed: object<Extract<StatedSection<T>, { state: "listed" }>>({
      state: oneOf("listed"),
      items: atLeastOne(each, 200),
    }),
  })
}

const tag = matching(/[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}/)

const stated = object<StatedSummary>({
  language: tag,
  names: listOf(name, 8),
  birthDate: optional(writtenDate),
  sex: optional(oneOf("male", "female", "other", "unknown")),
  photo: optional(
    object<StatedPhoto>({
      contentType: oneOf("image/jpeg", "image/png", "image/webp"),
      data: (value, at, refuse): value is string => {
        const fits = typeof value === "string" && value.length <= longestPhoto && isBase64(value)
        if (!fits) refuse(at)
        return fits
      },
    }),
  ),
  languages: listOf(object<StatedLanguage>({ text: words(60), tag: optional(tag) }), 20),
  contacts: listOf(contact, 20),
  allergies: section(allergyCheck),
  medicines: section(medicineCheck),
  illnesses: section(illnessCheck),
  devices: section(deviceCheck),
  directives: section(directiveCheck),
  vaccinations: section(vaccinationCheck),
  pregnancy: optional(pregnancyCheck),
  bloodGroup: optional(bloodGroupCheck),
  weight: optional(weightCheck),
  lastConfirmed: day,
})

const isBase64 = (value: string): boolean => value.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(value)

/** `at`: each field that isn't as it must be, such as `medicines.items.0.doses.0.amount.value`. */
export type CheckedStated =
  | { readonly outcome: "stated"; readonly stated: StatedSummary }
  | { readonly outcome: "refused"; readonly at: readonly string[] }

/** Whether a value, such as a draft that was kept, is a stated summary: no field too many, no text that can't be shown, no id twice. */
export const checkStated = (value: unknown): CheckedStated => {
  const at: string[] = []
  if (!stated(value, "", (where) => at.push(where))) return { outcome: "refused", at }
  const seen = new Set<string>()
  for (const [where, id] of idsIn(value)) {
    if (seen.has(id)) at.push(where)
    seen.add(id)
  }
  return at.length === 0 ? { outcome: "stated", stated: value } : { outcome: "refused", at }
}

function* idsIn(summary: StatedSummary): Generator<[string, string]> {
  for (const [index, { id }] of summary.contacts.entries()) yield [`contacts.${index}.id`, id]
  for (const name of statedSections) {
    const section: StatedSection<StatedItem> = summary[name]
    if (section.state !== "listed") continue
    for (const [index, { id }] of section.items.entries()) yield [`${name}.items.${index}.id`, id]
  }
  for (const name of ["pregnancy", "bloodGroup", "weight"] as const) {
    const item = summary[name]
    if (item !== undefined) yield [`${name}.id`, item.id]
  }
}
