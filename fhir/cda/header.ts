import { type JsonObject, join } from "../value.ts"
import type { XmlElement } from "../xml.ts"
import { conceptOf, dateText, labelOf } from "./data-types.ts"
import { attribute, child, children } from "./element.ts"
import { namesIn, nameWords } from "./names.ts"
import type { CdaReading } from "./reading.ts"
import { restOf } from "./rest.ts"

const sexes: Readonly<Record<string, string>> = { F: "female", M: "male", UN: "other", UNK: "unknown" }

/** A name in its parts, each as often as it stands there. */
function nameOf(reading: CdaReading, name: XmlElement): JsonObject {
  reading.take(name)
  const parts = (part: string) => children(name, part).flatMap((one) => nameWords(one) ?? [])
  const family = parts("family").join(" ")
  const text = nameWords(name)
  return {
    use: attribute(name, "use") === "P" ? "nickname" : undefined,
    ...(family === "" ? {} : { family }),
    given: parts("given"),
    prefix: parts("prefix"),
    suffix: parts("suffix"),
    ...(name.children.length === 0 ? { text } : {}),
  }
}

const telecomOf = (holder: XmlElement | undefined): JsonObject[] =>
  children(holder, "telecom").flatMap((one) => {
    const value = attribute(one, "value")?.replace(/^(tel|mailto):/i, "")
    return value === undefined ? [] : [{ value }]
  })

/** Somebody to call. */
function contactOf(
  reading: CdaReading,
  person: XmlElement | undefined,
  of: XmlElement,
  relation: string | undefined,
): JsonObject[] {
  const name = child(person, "name")
  const telecom = telecomOf(of)
  const text = name === undefined ? namesIn(of) : nameWords(name)
  if (text === undefined && telecom.length === 0) return []
  const relationship = labelOf(conceptOf(reading, child(of, "code"))) ?? relation
  return [
    {
      ...(text === undefined ? {} : { name: { text } }),
      ...(relationship === undefined ? {} : { relationship: [{ text: relationship }] }),
      telecom,
    },
  ]
}

/** Those whom a document names for the patient: next of kin, guardians, whom to call. */
function contactsIn(reading: CdaReading, root: XmlElement, patient: XmlElement | undefined): JsonObject[] {
  const guardians = children(patient, "guardian").flatMap((guardian) => {
    reading.take(guardian)
    return contactOf(reading, child(guardian, "guardianPerson"), guardian, undefined)
  })
  const others = children(root, "participant").flatMap((participant) => {
    const entity = child(participant, "associatedEntity")
    if (entity === undefined) return []
    const relation = labelOf(conceptOf(reading, child(participant, "functionCode"))) ?? attribute(entity, "classCode")
    return contactOf(reading, child(entity, "associatedPerson"), entity, relation)
  })
  return [...guardians, ...others]
}

/** The person whom a document is about. */
export function patientOf(reading: CdaReading, root: XmlElement, target: XmlElement, id: string): JsonObject {
  const role = child(target, "patientRole")
  const person = child(role, "patient")
  const sex = child(person, "administrativeGenderCode")
  const sexCode = attribute(sex, "code")
  const known = sexCode === undefined ? undefined : sexes[sexCode]
  if (known !== undefined) reading.take(sex)
  const birth = child(person, "birthTime")
  const born = attribute(birth, "value")
  reading.take(birth)
  const [dead, died] = [child(person, "deceasedInd"), child(person, "deceasedTime")]
  const diedAt = attribute(died, "value")
  const isDead = attribute(dead, "value") === "true"
  reading.take(dead)
  reading.take(died)
  const languages = children(person, "languageCommunication").flatMap((one) => {
    const code = attribute(child(one, "languageCode"), "code")
    reading.take(child(one, "languageCode"))
    return code === undefined ? [] : [{ language: { text: code } }]
  })
  const name = children(person, "name").map((one) => nameOf(reading, one))
  const contact = contactsIn(reading, root, person)
  const organization = child(role, "providerOrganization")
  reading.take(organization)
  return {
    resourceType: "Patient",
    id,
    identifier: children(role, "id").flatMap((one) => {
      const [system, value] = [attribute(one, "root"), attribute(one, "extension")]
      return value === undefined ? [] : [{ ...(system === undefined ? {} : { system: `urn:oid:${system}` }), value }]
    }),
    name,
    gender: known ?? labelOf(conceptOf(reading, sex)),
    // Only the day: a time of birth isn't what tells people apart.
    birthDate: born === undefined ? undefined : dateText(born).slice(0, 10),
    ...(diedAt !== undefined ? { deceasedDateTime: dateText(diedAt) } : isDead ? { deceasedBoolean: true } : {}),
    telecom: telecomOf(role),
    contact,
    communication: languages,
    ...(organization === undefined ? {} : { managingOrganization: { display: namesIn(organization) } }),
    extension: role === undefined ? [] : restOf(reading, role),
  }
}

/** Who wrote a document, each a line. */
export const authorsOf = (root: XmlElement): JsonObject[] =>
  children(root, "author").flatMap((author) => {
    const assigned = child(author, "assignedAuthor")
    const display = assigned === undefined ? undefined : namesIn(assigned)
    return display === undefined ? [] : [{ display }]
  })

/** How a document calls itself. */
export function titleOf(root: XmlElement): string | undefined {
  const title = child(root, "title")
  return title === undefined ? undefined : join(" ", ...title.text.split(/\s+/))
}
