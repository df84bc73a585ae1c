import { isPossibleDate } from "./date.ts"
import { codings, type Fact, factsIn, valueOf, wordsOf } from "./fact.ts"
import { humanName, narrativeFacts } from "./item.ts"
import { containsElement, field, type JsonObject, join, list, text } from "./value.ts"
import type { Warnings } from "./warnings.ts"

export type SummaryPatient = {
  name?: string
  otherNames: string[]
  birthDate?: string
  /** FHIR's code. */
  sex?: string
  /** `at`: when, where the record says so. */
  deceased?: { at?: string }
  identifiers: { system?: string; value: string }[]
  telecom: string[]
  /** Next of kin and others, each on a line with their numbers. */
  contacts: string[]
  languages: string[]
  /** The rest of what stands in it. */
  aside: Fact[]
}

const shown = ["birthDate", "gender", "text", "contained"]

const inWords = (concept: unknown): string | undefined =>
  wordsOf(valueOf(concept)) ?? codings(concept).find(({ code }) => code !== undefined)?.code

/** The person of a Patient resource, and what is wrong with it. */
export function readPatient(resource: JsonObject, warnings: Warnings): SummaryPatient {
  const names = list(resource, "name").toSorted((a, b) => nameRank(a) - nameRank(b))
  const [name, ...otherNames] = names.flatMap((one) => nameIn(one) ?? [])
  const birthDate = text(resource, "birthDate")
  if (name === undefined) warnings.note("patient-incomplete", "name")
  if (birthDate === undefined) warnings.note("patient-incomplete", "birthDate")
  else if (!isPossibleDate(birthDate)) warnings.note("date-impossible", birthDate)
  if (field(resource, "active") === false) warnings.note("patient-inactive", "active")
  if (list(resource, "link").some((link) => ["replaced-by", "replace"].includes(text(link, "type") ?? ""))) {
    warnings.note("patient-inactive", "replaced-by")
  }
  if (containsElement(resource, "modifierExtension")) warnings.note("meaning-modified", "Patient")
  const deceasedAt = text(resource, "deceasedDateTime")
  const isDeceased = deceasedAt !== undefined || field(resource, "deceasedBoolean") === true
  return {
    name,
    otherNames: [...new Set(otherNames)].filter((other) => other !== name),
    birthDate,
    sex: text(resource, "gender"),
    ...(isDeceased ? { deceased: deceasedAt === undefined ? {} : { at: deceasedAt } } : {}),
    identifiers: list(resource, "identifier").flatMap((identifier) => {
      const value = text(identifier, "value")
      const system = inWords(field(identifier, "type")) ?? text(identifier, "system")
      return value === undefined ? [] : { system, value }
    }),
    telecom: telecom(resource),
    contacts: list(resource, "contact").flatMap((contact) => {
      const relationship = join(", ", ...list(contact, "relationship").map(inWords))
      return join(", ", nameIn(field(contact, "name")), relationship, ...telecom(contact)) ?? []
    }),
    languages: list(resource, "communication").flatMap((one) => inWords(field(one, "language")) ?? []),
    aside: [...factsIn(resource, { taken: shown }), ...factsIn(besideOf(resource, shown)), ...narrativeFacts(resource)],
  }
}

/** What stands beside simple elements: JSON keeps their extensions under another name. */
const besideOf = (resource: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(names.flatMap((name) => list(resource, `_${name}`).map((beside) => [`_${name}`, beside])))

const telecom = (value: unknown) => list(value, "telecom").flatMap((one) => text(one, "value") ?? [])

const nameIn = (name: unknown): string | undefined => humanName(name) ?? text(name, "text")

function nameRank(name: unknown): number {
  const rank = ["official", "usual", undefined, "temp", "nickname", "anonymous", "maiden", "old"].indexOf(
    text(name, "use"),
  )
  return rank < 0 ? 2 : rank
}
