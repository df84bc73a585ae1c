/** What a patient's file holds, as it is saved, merged and shown. */
import * as z from "zod/mini"
import { checkStated } from "../../../fhir/check-stated.ts"
import {
  emptyStated,
  type StatedContact,
  type StatedItem,
  type StatedSummary,
  statedSections,
} from "../../../fhir/stated-summary.ts"
import type { Bytes } from "../../../protocol/crypto/bytes.ts"
import { parseJson } from "../../../protocol/crypto/strict-json.ts"
import { readVersion } from "../../../sdk/practice/saved-merge.ts"
import { type Merged, type Said, settledVersion, type Undecided } from "../../../sdk/practice/three-way-merge.ts"
import { measurements } from "../../shared/measurements.ts"

const json: z.ZodMiniType = z.unknown()
const anyItem = z.looseObject({ id: z.string().check(z.minLength(1)) })
export type AnyItem = z.infer<typeof anyItem>
/** A version of a file, in which something may be undecided. */
export type Version = Merged<unknown, AnyItem>

/** Nothing was written yet. */
export const emptyVersion: Version = { fields: {}, lists: {} }

/** The file as it came from another system, where it did: a FHIR document or collection. */
const importedField = "imported"

/** A version as it was saved, or a FHIR document that was imported. `record-unreadable` for anything else. */
export const readContent = async (bytes: Bytes): Promise<Version> => {
  const parsed = asJson(bytes)
  if (typeof parsed === "object" && parsed !== null && "resourceType" in parsed)
    return settledVersion({ fields: { [importedField]: parsed }, lists: {} })
  return readVersion(bytes, { field: json, item: anyItem })
}
const asJson = (bytes: Bytes): unknown => {
  try {
    return parseJson(bytes)
  } catch {
    return undefined
  }
}

const words = (most: number) => z.string().check(z.minLength(1), z.maxLength(most))
/** RFC 3339 with an offset, or a day. */
const moment = z.string().check(z.regex(/^\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))?$/))
const isMeasurement = (text: unknown): text is keyof typeof measurements =>
  typeof text === "string" && Object.hasOwn(measurements, text)
/** A decimal as it was written, with a point. */
const decimal = z.string().check(z.regex(/^-?\d{1,9}(?:\.\d{1,6})?$/))

const written = { id: words(60), at: moment, by: words(200) }
/** What a clinician wrote of one encounter. */
export const encounter = z.strictObject({
  ...written,
  reason: z.optional(words(300)),
  note: z.string().check(z.maxLength(50_000)),
})
export type Encounter = z.infer<typeof encounter>
/** A measured value; `second`: the diastolic pressure. */
export const vital = z.strictObject({
  ...written,
  kind: z.custom<keyof typeof measurements>(isMeasurement),
  value: decimal,
  second: z.optional(decimal),
  unit: z.string().check(z.maxLength(20)),
})
export type Vital = z.infer<typeof vital>
/** A document within the file; `data`: base64. */
export const attached = z.strictObject({ ...written, title: words(200), contentType: words(100), data: z.string() })
export type Attached = z.infer<typeof attached>

/** Beside what is stated: encounters, vitals and documents, each a list of the file. */
const listsOf = { encounters: encounter, vitals: vital, documents: attached } as const

export interface UndecidedField {
  readonly kind: "field"
  readonly name: string
  readonly undecided: Undecided<unknown>
}
export interface UndecidedItem {
  readonly kind: "item"
  readonly list: string
  readonly id: string
  readonly undecided: Undecided<AnyItem>
}
export type Open = UndecidedField | UndecidedItem

/** What a version says, and what is open in it. */
export interface Facts {
  readonly stated: StatedSummary
  readonly encounters: readonly Encounter[]
  readonly vitals: readonly Vital[]
  readonly documents: readonly Attached[]
  readonly imported?: object
  readonly open: readonly Open[]
}

/** What of the statement is a field of its own. Its language, and when it was last confirmed, are those of who reads it and of the newest version. */
const fieldNames = ["languages", "photo", "pregnancy", "bloodGroup", "weight"] as const
const noneOf = (section: string): string => `${section}.none`

const settledField = (version: Version, name: string): unknown => {
  const said = Object.hasOwn(version.fields, name) ? version.fields[name] : undefined
  return said !== undefined && "settled" in said ? said.settled : undefined
}
const settledItems = (version: Version, name: string): AnyItem[] =>
  (Object.hasOwn(version.lists, name) ? (version.lists[name] ?? []) : []).flatMap((said) =>
    "settled" in said ? [said.settled] : [],
  )

const idOf = (undecided: Undecided<AnyItem>): string => {
  for (const side of [...undecided.between, undecided.before]) if ("is" in side) return side.is.id
  return ""
}

const openIn = ({ fields, lists }: Version): Open[] => [
  ...Object.entries(fields).flatMap(([name, said]): Open[] =>
    "undecided" in said ? [{ kind: "field", name, undecided: said.undecided }] : [],
  ),
  ...Object.entries(lists).flatMap(([list, items]) =>
    items.flatMap((said): Open[] =>
      "undecided" in said ? [{ kind: "item", list, id: idOf(said.undecided), undecided: said.undecided }] : [],
    ),
  ),
]

const sectionIn = (version: Version, name: string): unknown => {
  const items = settledItems(version, name)
  if (items.length > 0) return { state: "listed", items }
  const none = settledField(version, noneOf(name))
  return typeof none === "object" && none !== null ? { state: "none-known", ...none } : { state: "not-stated" }
}

/** The stated part; throws where it is none that this app may show. `today`: of an empty one. */
const statedIn = (version: Version, language: string, today: string): StatedSummary => {
  const own = fieldNames.flatMap((name) => {
    const value = settledField(version, name)
    return value === undefined ? [] : [[name, value] as const]
  })
  const checked = checkStated({
    ...emptyStated(language, today),
    ...Object.fromEntries(own),
    contacts: settledItems(version, "contacts"),
    ...Object.fromEntries(statedSections.map((name) => [name, sectionIn(version, name)])),
  })
  if (checked.outcome === "refused") throw new Error(`what the file says can't be shown: ${checked.at.join(", ")}`)
  return checked.stated
}

/** What a version says. Throws where a part of it is none that this app knows: it isn't shown by halves. */
export const factsIn = (version: Version, language: string, today: string): Facts => {
  const imported = settledField(version, importedField)
  return {
    stated: statedIn(version, language, today),
    encounters: z.parse(z.array(listsOf.encounters), settledItems(version, "encounters")),
    vitals: z.parse(z.array(listsOf.vitals), settledItems(version, "vitals")),
    documents: z.parse(z.array(listsOf.documents), settledItems(version, "documents")),
    ...(typeof imported === "object" && imported !== null && { imported }),
    open: openIn(version),
  }
}

const itemsIn = (stated: StatedSummary, name: (typeof statedSections)[number]): readonly StatedItem[] => {
  const section = stated[name]
  return section.state === "listed" ? section.items : []
}

const settledList = (items: readonly (StatedItem | StatedContact)[]): Said<AnyItem>[] =>
  items.map((item) => ({ settled: { ...item } }))

const undecidedOf = <T>(said: Readonly<Record<string, Said<T>>>): Record<string, Said<T>> =>
  Object.fromEntries(Object.entries(said).filter(([, each]) => "undecided" in each))

/** A version with what a form states in the place of what it stated; whatever is undecided stays so. */
export const withStated = (version: Version, stated: StatedSummary): Version => {
  const { fields, lists } = version
  const known: ReadonlySet<string> = new Set([...fieldNames, ...statedSections.map(noneOf)])
  const kept = Object.fromEntries(
    Object.entries(fields).filter(([name, said]) => "undecided" in said || !known.has(name)),
  )
  const said = fieldNames.flatMap((name) => {
    const value: unknown = stated[name]
    return value === undefined ? [] : [[name, { settled: value }] as const]
  })
  const none = statedSections.flatMap((name) => {
    const section = stated[name]
    if (section.state !== "none-known") return []
    return [[noneOf(name), { settled: { origin: section.origin, on: section.on } }] as const]
  })
  const list = (name: string, items: readonly (StatedItem | StatedContact)[]) => {
    const undecided = (lists[name] ?? []).filter((each) => "undecided" in each)
    return [name, [...settledList(items), ...undecided]] as const
  }
  return {
    fields: { ...kept, ...Object.fromEntries([...said, ...none]), ...undecidedOf(fields) },
    lists: {
      ...lists,
      ...Object.fromEntries([
        ...statedSections.map((name) => list(name, itemsIn(stated, name))),
        list("contacts", stated.contacts),
      ]),
    },
  }
}

/** A version with items added to one of its lists, or one taken out. What is there already, since a save before came through, isn't added again. */
export const withItems = (
  version: Version,
  name: keyof typeof listsOf,
  added: readonly (Encounter | Vital | Attached)[],
): Version => {
  const before = version.lists[name] ?? []
  const there = new Set(before.map((said) => ("settled" in said ? said.settled.id : idOf(said.undecided))))
  const more = added.filter(({ id }) => !there.has(id)).map((settled) => ({ settled }))
  return { ...version, lists: { ...version.lists, [name]: [...before, ...more] } }
}
export const withoutItem = (version: Version, name: keyof typeof listsOf, id: string): Version => ({
  ...version,
  lists: {
    ...version.lists,
    [name]: (version.lists[name] ?? []).filter((said) => !("settled" in said) || said.settled.id !== id),
  },
})

/**
 * After a merge: where one said that there is none and the other listed something, which of them holds is for somebody to decide; the items stand meanwhile, so that none is lost
 * from sight.
 */
export const reconciled = (version: Version): Version => {
  const fields = { ...version.fields }
  for (const section of statedSections) {
    const none = fields[noneOf(section)]
    const listed = version.lists[section] ?? []
    if (none === undefined || !("settled" in none) || listed.length === 0) continue
    fields[noneOf(section)] = { undecided: { before: { gone: true }, between: [{ is: none.settled }, { gone: true }] } }
  }
  return { ...version, fields }
}

/** A version in which one open thing is decided: by one of its sides. */
export const decided = (version: Version, open: Open, side: Undecided<unknown>["between"][number]): Version => {
  if (open.kind === "field") return decidedField(version, open.name, side)
  const list = (version.lists[open.list] ?? []).flatMap((said): Said<AnyItem>[] => {
    if (!("undecided" in said) || idOf(said.undecided) !== open.id) return [said]
    const item = "is" in side ? z.safeParse(anyItem, side.is) : undefined
    return item?.success === true ? [{ settled: item.data }] : []
  })
  return { ...version, lists: { ...version.lists, [open.list]: list } }
}
const decidedField = (version: Version, name: string, side: Undecided<unknown>["between"][number]): Version => {
  const { [name]: _decided, ...others } = version.fields
  if (!("is" in side)) return { ...version, fields: others }
  const section = statedSections.find((each) => noneOf(each) === name)
  // Who decides that there is none takes out what was listed.
  const lists = section === undefined ? version.lists : { ...version.lists, [section]: [] }
  return { fields: { ...others, [name]: { settled: side.is } }, lists }
}
