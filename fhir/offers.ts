import { FhirBundle } from "./bundle.ts"
import { cleanResource } from "./clean.ts"
import { isPossibleDate } from "./date.ts"
import { unwrapped } from "./holding.ts"
import type { SummaryItem } from "./item.ts"
import { comparable, offeredIn, type Proposed, proposedOf } from "./offered-item.ts"
import { parseFhir } from "./parse.ts"
import { isSingle, itemsIn, type ProposedItem } from "./proposals.ts"
import { comparePeople, type Identity, isSurelyOf } from "./same-person.ts"
import type { SectionKey } from "./section-key.ts"
import type { Named, Origin, StatedSummary } from "./stated-summary.ts"
import { readSummary, type Summary } from "./summary.ts"
import { isObject, type JsonObject } from "./value.ts"

/** What is offered, before it is held against a summary. `source`: as the document has it, to be shown beside. */
export type Offered = ProposedItem & {
  /** Of the dose, the reactions and the like, the document says more than could be taken over. */
  readonly isIncomplete: boolean
  readonly source: SummaryItem
}

/** A section in which the document says expressly that there is nothing. */
export interface Denied {
  readonly section: (typeof deniable)[number][1]
  readonly origin: Origin
  readonly on: string
}

/**
 * `other-person`: a document of somebody else, or of several: nothing of it may be offered. `isIdentified`: the document names the owner, by name and
 * date of birth; where it doesn't, `says` is whom it names, and only the owner can say that it is theirs. `left`: items that can't be offered, because
 * of their state or kind.
 */
export type Offers =
  | { readonly outcome: "unreadable" }
  | { readonly outcome: "other-person"; readonly says?: Identity }
  | {
      readonly outcome: "offers"
      readonly isIdentified: boolean
      readonly says?: Identity
      readonly offers: readonly Offered[]
      readonly denied: readonly Denied[]
      readonly left: readonly SummaryItem[]
    }

const deniable = [
  ["allergies", "allergies"],
  ["medications", "medicines"],
  ["problems", "illnesses"],
  ["devices", "devices"],
  ["immunizations", "vaccinations"],
] as const satisfies readonly (readonly [SectionKey, ProposedItem["section"]])[]

/** Whose summary it is; `today`: `2026-11-28`; `by`: who signed the document, where more is known than what it says of itself. */
export interface Offering {
  readonly owner: Identity
  readonly today: string
  readonly by?: Origin
}

/** What a FHIR document offers to a stated summary. Changes nothing, and never throws. */
export function offers(document: unknown, { owner, today, by }: Offering): Offers {
  const parsed = parseFhir(document)
  if (parsed.outcome !== "parsed") return { outcome: "unreadable" }
  const summary = readSummary(parsed.value)
  const codes = new Set<string>(summary.warnings.map(({ code }) => code))
  const { patient: says } = summary
  if ((says !== undefined && comparePeople(says, owner) === "other") || codes.has("several-patients"))
    return { outcome: "other-person", ...(says === undefined ? {} : { says }) }
  if (codes.has("unreadable") || codes.has("summary-entered-in-error")) return { outcome: "unreadable" }
  const statement = { origin: by ?? originOf(summary), on: dayOf(summary, today) }
  const found: Offered[] = []
  const left: SummaryItem[] = []
  for (const { section, source, resource } of offerable(summary, resourcesIn(parsed.value))) {
    const proposed = resource && proposedOf(section, { source, resource, of: statement })
    if (proposed === undefined || isOver(proposed, today)) left.push(source)
    else found.push({ ...proposed.item, isIncomplete: proposed.isIncomplete, source })
  }
  const denied = deniable.flatMap(([key, section]) =>
    summary.sections.find((one) => one.key === key)?.state === "none-known" ? [{ section, ...statement }] : [],
  )
  return {
    outcome: "offers",
    isIdentified: says !== undefined && isSurelyOf(says, owner),
    ...(says === undefined ? {} : { says }),
    offers: newest(found),
    denied,
    left,
  }
}

/** The resources of a document by the name of their items; none of a name that several have. */
function resourcesIn(document: unknown): ReadonlyMap<string, JsonObject> {
  const holding = unwrapped(document)
  for (const held of holding.held) held.resource = cleanResource(held.resource, () => undefined)
  const { entries } = new FhirBundle(holding)
  const byName = Map.groupBy(entries, ({ name }) => name)
  return new Map(
    [...byName].flatMap(([name, [only, another]]) =>
      only === undefined || another !== undefined ? [] : [[name, only.resource] as const],
    ),
  )
}

/** Each item of a kind that a summary states, once. What stands in the family's history isn't the patient's. */
function offerable(summary: Summary, resources: ReadonlyMap<string, JsonObject>) {
  const seen = new Set<string>()
  return summary.sections.flatMap(({ key, items }) =>
    items.flatMap((source) => {
      const section = key === "family-history" ? undefined : offeredIn(source, key)
      if (section === undefined || source.absence !== undefined || seen.has(source.source)) return []
      seen.add(source.source)
      return [{ section, source, resource: resources.get(source.source) }]
    }),
  )
}

const originOf = ({ document: { title, kind, date, author } }: Summary): Origin => ({
  from: "document",
  title: (title ?? kind ?? "FHIR").slice(0, 300),
  ...(date === undefined ? {} : { date: date.slice(0, 40) }),
  ...(author === undefined ? {} : { author: author.slice(0, 300) }),
})

/** The day of the document, where it says one. */
const dayOf = ({ document: { date = "" } }: Summary, today: string): string => {
  const day = date.slice(0, 10)
  return day.length === 10 && isPossibleDate(day) ? day : today
}

/** Days that a pregnancy lasts. */
const pregnancyLasts = 294

/** Whether what was found then says nothing of now. */
const isOver = ({ item: { section, item } }: Proposed, today: string): boolean =>
  section === "pregnancy" && Date.parse(today) - Date.parse(item.on) > pregnancyLasts * 86_400_000

/** Of what a summary states once, only what was found last; an earlier one is no news. */
const newest = (found: readonly Offered[]): Offered[] => {
  const last = new Map<string, string>()
  for (const { section, item } of found)
    if (isSingle(section) && item.on > (last.get(section) ?? "")) last.set(section, item.on)
  return found.filter(({ section, item }) => item.on === (last.get(section) ?? item.on))
}

/**
 * How an offer stands to a summary: nothing of it is about the same, it says the same, or something else. `concerns`: the ids of its items that are
 * about the same.
 */
export interface Standing {
  readonly says: "new" | "same" | "differs"
  readonly concerns: readonly string[]
}

export function standingOf(stated: StatedSummary, offered: ProposedItem): Standing {
  const { section, item } = offered
  const ours = itemsIn(stated).flatMap((one) => (one.section === section && isAbout(one.item, item) ? one.item : []))
  if (ours.length > 0) {
    const says = ours.some((one) => covers(one, item)) ? "same" : "differs"
    return { says, concerns: ours.map(({ id }) => id) }
  }
  const denies = "status" in item && !["present", "taking", "given", "unknown"].includes(item.status)
  const known = isSingle(section) ? undefined : stated[section]
  const isDenied = known !== undefined && "state" in known && known.state === "none-known"
  return { says: isDenied && !denies ? "differs" : "new", concerns: [] }
}

const folded = (words: string) => words.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase()

/** Whether two names mean one thing: by a code, else by the words. */
const isSame = (one: Named, other: Named): boolean =>
  one.codes.some((code) => other.codes.some((its) => its.system === code.system && its.code === code.code)) ||
  folded(one.text) === folded(other.text)

const isAbout = (one: ProposedItem["item"], other: ProposedItem["item"]): boolean => {
  if ("what" in one && "what" in other) return isSame(one.what, other.what)
  if ("kind" in one && "kind" in other && "text" in one && "text" in other)
    return one.kind === other.kind && (one.kind !== "other" || folded(one.text) === folded(other.text))
  return true
}

/** What doesn't belong to what an item says. */
const aside = new Set(["id", "origin", "on", "what", "note"])

/** Whether ours says all that the document says. */
function covers(ours: ProposedItem["item"], said: ProposedItem["item"]): boolean {
  const known: JsonObject = { ...ours }
  return Object.entries(said).every(([name, value]: [string, unknown]) => {
    if (aside.has(name) || value === undefined) return true
    const own = known[name]
    if (name === "reactions" && Array.isArray(value))
      return value.every((reaction) => Array.isArray(own) && own.some((one) => isSameReaction(one, reaction)))
    if (Array.isArray(value) && value.length === 0) return true
    // A date of ours that is more exact.
    if (typeof own === "string" && typeof value === "string" && /^\d{4}(-\d\d)?$/.test(value) && own.startsWith(value))
      return true
    return own !== undefined && comparable(own) === comparable(value)
  })
}

const isSameReaction = (one: unknown, other: unknown): boolean => {
  const textOf = (reaction: unknown) =>
    isObject(reaction) && isObject(reaction["what"]) ? reaction["what"]["text"] : ""
  const severityOf = (reaction: unknown) => (isObject(reaction) ? reaction["severity"] : undefined)
  const sameWords = folded(String(textOf(one))) === folded(String(textOf(other)))
  return sameWords && (severityOf(other) === undefined || severityOf(one) === severityOf(other))
}
