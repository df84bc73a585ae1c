import type { JsonObject } from "../value.ts"
import type { XmlElement } from "../xml.ts"
import { type Concept, conceptOf, dateOf, quantityOf, timesOf } from "./data-types.ts"
import { attribute, child, children, isNegated } from "./element.ts"
import { nameWords } from "./names.ts"
import type { CdaReading } from "./reading.ts"
import { type Chain, detailOf, innermost, nameInWords, resourceOf, stanceOf, takeDetail } from "./statement.ts"

const sexes: Readonly<Record<string, string>> = { F: "female", M: "male", UN: "other" }

function sexOf(reading: CdaReading, element: XmlElement | undefined): Concept | undefined {
  const known = sexes[attribute(element, "code") ?? ""]
  const concept = conceptOf(reading, element)
  return known === undefined
    ? concept
    : { coding: [{ system: "http://hl7.org/fhir/administrative-gender", code: known }] }
}

/** Who it is, of whom a history tells. */
function relativeOf(reading: CdaReading, subject: XmlElement | undefined): JsonObject {
  const related = child(subject, "relatedSubject")
  const person = child(related, "subject")
  const [name, dead] = [child(person, "name"), child(person, "deceasedInd")]
  const words = name === undefined ? undefined : nameWords(name)
  if (words !== undefined) reading.take(name)
  const isDead = attribute(dead, "value")
  reading.take(dead)
  const diedAt = dateOf(reading, child(person, "deceasedTime"))
  return {
    relationship: conceptOf(reading, child(related, "code")),
    name: words,
    sex: sexOf(reading, child(person, "administrativeGenderCode")),
    bornDate: dateOf(reading, child(person, "birthTime")),
    ...(diedAt !== undefined
      ? { deceasedDate: diedAt }
      : isDead === "true"
        ? { deceasedBoolean: true }
        : isDead === "false"
          ? { deceasedBoolean: false }
          : {}),
  }
}

function illnessOf(reading: CdaReading, observation: XmlElement): Concept | undefined {
  const value = conceptOf(reading, child(observation, "value"))
  const code = child(observation, "code")
  if (value === undefined) return conceptOf(reading, code)
  reading.take(code)
  return value
}

/** What an observation says of a relative: one illness, when it began, and that it isn't so where that is said. */
export function relativesIllness(reading: CdaReading, chain: Chain): JsonObject {
  const observation = innermost(chain)
  const organizer = chain.find((element) => child(element, "subject", "relatedSubject") !== undefined)
  const stance = stanceOf(reading, chain)
  const relative = relativeOf(reading, child(organizer, "subject"))
  const words = nameInWords(reading, chain, stance.negated)
  const code = illnessOf(reading, observation) ?? (words === undefined ? undefined : { text: words })
  const atAge = detailOf(observation, "445518008", "397659008")
  const age = quantityOf(reading, child(atAge, "value"))
  if (age !== undefined) takeDetail(reading, atAge)
  const { at, start } = timesOf(reading, child(observation, "effectiveTime"))
  const onset = age !== undefined ? { onsetAge: age } : { onsetString: start ?? at }
  if (stance.negated) reading.isDoubtful = true
  const resource = resourceOf(reading, "FamilyMemberHistory", chain, {
    ...(stance.voided ? { status: "entered-in-error" } : {}),
    ...(stance.negated ? { negated: "refuted" } : {}),
    ...relative,
    condition: [{ code, ...onset }],
  })
  return { ...resource, patient: reading.subject }
}

/** Whether an organizer tells of a relative. */
export const isOfRelative = (organizer: XmlElement): boolean =>
  children(organizer, "subject").some((subject) => child(subject, "relatedSubject") !== undefined) &&
  !isNegated(organizer.parent)
