import type { SummaryPatient } from "./summary.ts"
import { conceptLabel, dateTime, field, type JsonObject, join, list, text, texts } from "./value.ts"
import type { Warnings } from "./warnings.ts"

/** The person of a Patient resource, and what is wrong with it. */
export function readPatient(resource: JsonObject, warnings: Warnings): SummaryPatient {
  const names = list(resource, "name").toSorted((a, b) => nameRank(a) - nameRank(b))
  const [name, ...otherNames] = names.flatMap((one) => humanName(one) ?? [])
  const birthDate = text(resource, "birthDate")
  const deceasedAt = dateTime(field(resource, "deceasedDateTime"))
  if (name === undefined) warnings.note("patient-incomplete", "name")
  if (birthDate === undefined) warnings.note("patient-incomplete", "date of birth")
  if (field(resource, "active") === false) warnings.note("patient-inactive", "not in use")
  if (list(resource, "link").some((link) => text(link, "type") === "replaced-by")) {
    warnings.note("patient-inactive", "replaced by another")
  }
  return {
    name,
    otherNames: [...new Set(otherNames)].filter((other) => other !== name),
    birthDate,
    sex: text(resource, "gender"),
    deceased: deceasedAt ?? (field(resource, "deceasedBoolean") === true ? "yes" : undefined),
    identifiers: list(resource, "identifier").flatMap((identifier) => {
      const value = text(identifier, "value")
      const system = conceptLabel(field(identifier, "type")) ?? text(identifier, "system")
      return value === undefined ? [] : { system, value }
    }),
    telecom: telecom(resource),
    contacts: list(resource, "contact").flatMap((contact) => {
      const relationship = join(", ", ...list(contact, "relationship").map(conceptLabel))
      return join(", ", humanName(field(contact, "name")), relationship, ...telecom(contact)) ?? []
    }),
    languages: list(resource, "communication").flatMap((one) => conceptLabel(field(one, "language")) ?? []),
  }
}

const telecom = (value: unknown) => list(value, "telecom").flatMap((one) => text(one, "value") ?? [])

function nameRank(name: unknown): number {
  const rank = ["official", "usual", undefined, "temp", "nickname", "anonymous", "maiden", "old"].indexOf(
    text(name, "use"),
  )
  return rank < 0 ? 2 : rank
}

export function humanName(name: unknown): string | undefined {
  if (typeof name === "string") return name
  return (
    text(name, "text") ??
    join(" ", ...texts(name, "prefix"), ...texts(name, "given"), text(name, "family"), ...texts(name, "suffix"))
  )
}
