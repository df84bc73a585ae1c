import { field, type JsonObject, join, list, numberText, text } from "../value.ts"
import type { XmlElement } from "../xml.ts"
import { conceptOf, dateText } from "./data-types.ts"
import { attribute, child, children, isNegated, statementIn } from "./element.ts"
import { namesIn } from "./names.ts"
import type { CdaReading } from "./reading.ts"
import { attributesOf, restOf } from "./rest.ts"

/**
 * A statement with what it stands in, outermost first: its section, the organizer or the concern, itself. What an outer one says of its state, its
 * subject or its being so holds for what stands in it.
 */
export type Chain = readonly [XmlElement, ...XmlElement[]]

export const innermost = (chain: Chain): XmlElement => chain.at(-1) ?? chain[0]

/** What a chain says of whether it holds. */
export type Stance = {
  negated: boolean
  /** Taken back: it never was. */
  voided: boolean
  /** Not something that was, but a plan, a wish, a criterion: HL7's mood. */
  mood?: string
  /** The innermost status (HL7's ActStatus). */
  status?: string
  /** Statuses of the outer ones that aren't the ordinary course of things. */
  outer: readonly string[]
}

/** States of what holds others that say no more than that it is there; others are left, to be shown. */
const ordinary = new Set(["active", "completed"])

const statusOf = (element: XmlElement): string | undefined =>
  attribute(child(element, "statusCode"), "code")?.toLowerCase()

export function stanceOf(reading: CdaReading, chain: Chain): Stance {
  const statuses = chain.map(statusOf)
  for (const [i, element] of chain.entries())
    if (element === innermost(chain) || ordinary.has(statuses[i] ?? "")) reading.take(child(element, "statusCode"))
  const moods = chain.flatMap((element) => attribute(element, "moodCode") ?? [])
  const mood = moods.find((code) => code !== "EVN")
  const isNot = chain.some((element) => isNegated(element) || (holds(element.parent) && isNegated(element.parent)))
  const status = statuses.at(-1)
  return {
    negated: isNot,
    voided: statuses.includes("nullified"),
    ...(mood === undefined ? {} : { mood }),
    ...(status === undefined ? {} : { status }),
    outer: statuses.slice(0, -1).filter((code) => code !== undefined),
  }
}

const holds = (element: XmlElement | undefined): boolean =>
  element?.name === "entryRelationship" || element?.name === "entry" || element?.name === "component"

/** About whom an entry is: the document's patient, unless it or what it stands in names somebody else. */
function subjectOf(reading: CdaReading, chain: Chain): JsonObject {
  for (const element of chain.toReversed())
    for (const subject of children(element, "subject")) {
      const related = child(subject, "relatedSubject")
      if (attribute(child(related, "code"), "code") === "SELF") continue
      const relation = conceptOf(reading, child(related, "code"))
      const [first] = list(relation, "coding")
      const display = join(
        ", ",
        text(relation, "text") ?? text(first, "display") ?? text(first, "code"),
        namesIn(subject),
      )
      return { type: "RelatedPerson", display: display ?? subject.name }
    }
  return reading.subject
}

const patients = new Set(["AllergyIntolerance", "Device", "FamilyMemberHistory", "Immunization"])

/** Own words of a statement: those that it points at in the narrative. */
export function ownWords(reading: CdaReading, chain: Chain): string | undefined {
  for (const element of chain.toReversed().slice(0, 2)) {
    const text = child(element, "text")
    if (text === undefined || element.name === "section") continue
    const words = reading.words(text)
    if (words === undefined) continue
    reading.take(text)
    return words
  }
  return undefined
}

/** Own words as a name; none of what is negated, whose words may say so themselves: "no drug allergies" isn't what is denied. */
export const nameInWords = (reading: CdaReading, chain: Chain, negated: boolean): string | undefined =>
  negated ? undefined : ownWords(reading, chain)

/** Flavours of null by which something isn't there: inapplicable, or nothing known of it. By others there is something that isn't told. */
export const isNothing = (element: XmlElement | undefined): boolean =>
  ["NA", "NI", "UNK"].includes(attribute(element, "nullFlavor") ?? "")

/** Whether a text says no more than a name does. */
const repeats = (words: string, value: unknown): boolean => {
  const quantity = join(" ", numberText(field(value, "value")), text(value, "unit"))
  if (quantity === words) return true
  const [first] = list(value, "coding")
  const name = text(value, "text") ?? text(first, "display")
  return name?.toLowerCase().includes(words.toLowerCase()) === true
}

/** More statements than these in one, and what they have in common stands at the first alone. */
const mostShared = 50

/** What an outer statement says besides those in it. */
function outerRest(reading: CdaReading, element: XmlElement): JsonObject[] {
  const url = element.name === "organizer" ? "panel" : "concern"
  const inner = reading.once(element, () => restOf(reading, element), mostShared)
  return inner.length === 0 ? [] : [{ url, extension: inner }]
}

/**
 * A resource with what every entry has: about whom it is, who wrote it when, its own words as a note unless it is called by them, that it is only
 * planned, and the rest of what stands in it. `own`: what was read of it; whatever hasn't been taken is taken now.
 */
export function resourceOf(
  reading: CdaReading,
  resourceType: string,
  chain: Chain,
  { extension, note, ...own }: JsonObject,
): JsonObject {
  const statement = innermost(chain)
  const words = ownWords(reading, chain)
  const authored = chain.toReversed().find((element) => child(element, "author") !== undefined)
  const author = child(authored, "author")
  const time = attribute(child(author, "time"), "value")
  reading.take(author)
  const recorder = author === undefined ? undefined : namesIn(author, false)
  const isNamed = words === undefined || Object.values(own).some((value) => repeats(words, value))
  const notes = [...list({ note }, "note"), ...(isNamed ? [] : [{ text: words }])]
  const rest = [
    ...list({ extension }, "extension"),
    ...chain.slice(0, -1).flatMap((element) => (element.name === "section" ? [] : outerRest(reading, element))),
    ...attributesOf(statement),
    ...restOf(reading, statement),
  ]
  const isPlanned = !chain.every(isEvent)
  return {
    resourceType,
    [patients.has(resourceType) ? "patient" : "subject"]: subjectOf(reading, chain),
    ...(recorder === undefined ? {} : { recorder: { display: recorder } }),
    ...(time === undefined ? {} : { recordedDate: dateText(time) }),
    ...(isPlanned ? { intent: "plan" } : {}),
    ...own,
    ...confidentiality(chain),
    ...(notes.length > 0 ? { note: notes } : {}),
    ...(rest.length > 0 ? { extension: rest } : {}),
  }
}

/** A section or an entry that isn't for everybody. */
function confidentiality(chain: Chain): JsonObject {
  const security = chain.flatMap((element) => {
    const code = child(element, "confidentialityCode")
    return code === undefined ? [] : [{ code: attribute(code, "code"), display: attribute(code, "displayName") }]
  })
  return security.length === 0 ? {} : { meta: { security } }
}

const isTakenBack = (statement: XmlElement): boolean =>
  ["nullified", "cancelled", "aborted"].includes(attribute(child(statement, "statusCode"), "code") ?? "")

/** Statements that stand in one, by the type of their relation; one that is negated or taken back is left, to be shown as it stands. */
export function related(element: XmlElement, ...types: readonly string[]): XmlElement[] {
  return children(element, "entryRelationship").flatMap((relation) => {
    const inner = statementIn(relation)
    const isOf = types.length === 0 || types.includes(attribute(relation, "typeCode") ?? "")
    const holds = inner !== undefined && !isNegated(relation) && !isNegated(inner) && !isTakenBack(inner)
    return isOf && holds ? [inner] : []
  })
}

/** Something that was, no plan or wish. */
export const isEvent = (statement: XmlElement): boolean => (attribute(statement, "moodCode") ?? "EVN") === "EVN"

/** What stands in a statement to say more of it, known by its code: how grave it is, how sure. */
export const detailOf = (element: XmlElement, ...codes: readonly string[]): XmlElement | undefined =>
  related(element).find((inner) => isEvent(inner) && codes.includes(attribute(child(inner, "code"), "code") ?? ""))

/** Takes what a detail is and says, so that only what it says besides is left. */
export function takeDetail(reading: CdaReading, detail: XmlElement | undefined): void {
  for (const name of ["code", "value", "statusCode", "text"]) reading.take(child(detail, name))
}
