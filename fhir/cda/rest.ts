import { isObject, type JsonObject, list } from "../value.ts"
import type { XmlElement } from "../xml.ts"
import { amountOf, conceptOf, dateText, timesOf } from "./data-types.ts"
import { attribute, child, dataType, isNegated, isStatement, statementIn } from "./element.ts"
import { namesIn } from "./names.ts"
import type { CdaReading } from "./reading.ts"

/** Numbers by which programs know things, and where they are written: no part of what is said. */
const administrative = new Set(["addr", "id", "realmCode", "setId", "telecom", "templateId", "typeId", "versionNumber"])
/** Who did it: told in a line. */
const people = new Set([
  "assignedAuthor",
  "assignedEntity",
  "authenticator",
  "author",
  "custodian",
  "dataEnterer",
  "informant",
  "legalAuthenticator",
  "manufacturerOrganization",
  "performer",
])
/** Roles, and who plays them: what stands in them is said of the participant. */
const wrappers = new Set([
  "criterion",
  "externalAct",
  "externalDocument",
  "externalObservation",
  "externalProcedure",
  "manufacturedLabeledDrug",
  "manufacturedMaterial",
  "manufacturedProduct",
  "observationRange",
  "participantRole",
  "playingDevice",
  "playingEntity",
  "relatedSubject",
  "specimenPlayingEntity",
  "specimenRole",
])

/** What a relation is called, by its type (HL7's ActRelationshipType); others by CDA's name. */
const relations: ReadonlyMap<string, string> = new Map([
  ["CAUS", "causes"],
  ["COMP", "component"],
  ["GEVL", "evaluates"],
  ["OUTC", "outcome"],
  ["SPRT", "evidence"],
  ["MFST", "manifestation"],
  ["REFR", "seeAlso"],
  ["RSON", "reason"],
  ["SUBJ", "detail"],
])
/** What is called otherwise in FHIR, or in words of ours. */
const names: ReadonlyMap<string, string> = new Map([
  ["consumable", "product"],
  ["effectiveTime", "time"],
  ["interpretationCode", "interpretation"],
  ["text", "note"],
  ["manufacturerOrganization", "manufacturer"],
])

function nameOf(element: XmlElement): string {
  const type = attribute(element, "typeCode")
  if (element.name === "entryRelationship" && type !== undefined) {
    // What was given out for it, or is to be, stands there in FHIR.
    if (element.parent?.name === "substanceAdministration" && statementIn(element)?.name === "supply")
      return "dispenseRequest"
    const inverted = type === "CAUS" && attribute(element, "inversionInd") === "true"
    return inverted ? "causedBy" : (relations.get(type) ?? type)
  }
  if (element.name === "participant" && type !== undefined) return `participant-${type}`
  return names.get(element.name) ?? element.name
}

/** Attributes that only help programs, or are read with the value that they stand at. */
const silent = new Set(
  `ID assigningAuthorityName classCode code codeSystem codeSystemName codeSystemVersion contextConductionInd contextControlCode currency determinerCode
  displayName extension inclusive independentInd integrityCheck integrityCheckAlgorithm inversionInd language mediaType negationInd nullFlavor
  representation root separatableInd styleCode type typeCode unit use value valueSet valueSetVersion`.split(/\s+/),
)

/** What the attributes of an element say that change what it means. */
function marksOf(element: XmlElement): JsonObject[] {
  const found: JsonObject[] = isNegated(element) ? [{ url: "negated", valueBoolean: true }] : []
  for (const [written, value] of element.attributes) {
    const name = written.split(":").at(-1) ?? written
    if (written.startsWith("xmlns") || written.startsWith("xsi:") || silent.has(name) || /negationInd$/i.test(name))
      continue
    if (value === "" || (name === "moodCode" && (value === "EVN" || element.name === "observationRange"))) continue
    found.push({ url: name, valueCode: value })
  }
  return found
}

/** What an element says as extensions of FHIR's, but for what has been taken of it: none where nothing is left. */
export function extensionsIn(reading: CdaReading, element: XmlElement): JsonObject[] {
  const { name } = element
  if (administrative.has(name) || reading.isTaken(element)) return []
  const code = attribute(element, "code")
  // The ordinary course of things, and that something is asserted, say nothing.
  if ((name === "statusCode" && code === "completed") || (name === "code" && code === "ASSERTION")) return []
  const url = nameOf(element)
  if (people.has(name)) {
    const who = namesIn(element)
    return who === undefined ? [] : [{ url, valueString: who }]
  }
  const marks = marksOf(element)
  if (!reading.isTouched(element)) {
    const value = valueIn(reading, element)
    if (value !== undefined) return [{ url, ...value, ...(marks.length > 0 ? { extension: marks } : {}) }]
  }
  const inner = [...marks, ...element.children.flatMap((one) => partsOf(reading, one))]
  if (inner.length > 0) return wrappers.has(name) ? inner : [{ url, extension: inner }]
  const flavour = attribute(element, "nullFlavor")
  return flavour === "MSK" ? [{ url, valueCode: flavour }] : []
}

/** What stands in an element: of a statement in a relation, its parts. */
function partsOf(reading: CdaReading, element: XmlElement): readonly JsonObject[] {
  const isRelated = element.parent?.name === "entryRelationship" && isStatement(element)
  const parts = extensionsIn(reading, element)
  const [only] = parts
  const inner = isRelated ? list(only, "extension").filter(isObject) : []
  return inner.length > 0 ? inner : parts
}

/** What the attributes of a statement say, but for its negation, which is read with its state. */
export const attributesOf = (statement: XmlElement): JsonObject[] =>
  marksOf(statement).filter(({ url }) => url !== "negated")

/** The rest of a statement: what stands in it and hasn't been taken. */
export const restOf = (reading: CdaReading, statement: XmlElement): JsonObject[] =>
  statement.children.flatMap((inner) => extensionsIn(reading, inner))

/** The value of an element that is one of CDA's data types. */
function valueIn(reading: CdaReading, element: XmlElement): JsonObject | undefined {
  const has = (name: string) => attribute(element, name) !== undefined
  const holds = (name: string) => child(element, name) !== undefined
  const type = dataType(element)
  const isTime = type?.includes("TS") === true || /time$/i.test(element.name) || element.parent?.name === "phase"
  const value = attribute(element, "value")
  if (attribute(element, "representation") === "B64" && element.text.trim() !== "") {
    const data = element.text.replaceAll(/\s+/g, "")
    return { valueAttachment: { contentType: attribute(element, "mediaType") ?? "application/octet-stream", data } }
  }
  if (holds("reference") && element.children.length === 1) {
    const words = reading.words(element)
    return words === undefined ? undefined : { valueString: words }
  }
  const amount = type?.endsWith("PQ") === true || has("unit") ? amountOf(reading, element) : undefined
  if (amount !== undefined) return { [`value${amount[0]}`]: amount[1] }
  if (isTime && value !== undefined && element.children.length === 0) return { valueDateTime: dateText(value) }
  if (isTime && element.children.every(({ name }) => name === "low" || name === "high")) {
    const { start, end } = timesOf(reading, element)
    if (start !== undefined || end !== undefined) return { valuePeriod: { start, end } }
  }
  if (value !== undefined && element.children.length === 0) return { valueString: value }
  const isCoded = has("code") || has("displayName") || holds("originalText") || holds("translation")
  if (!isCoded && (element.children.length > 0 || element.text.trim() === "")) return undefined
  const concept = conceptOf(reading, element)
  if (concept === undefined) return undefined
  const isText = concept.coding === undefined && concept.extension === undefined
  return isText ? { valueString: concept.text } : { valueCodeableConcept: concept }
}
