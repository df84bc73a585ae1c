import type { XmlElement } from "../xml.ts"

/** HL7 version 3, in which CDA R2 is written. */
export const cdaNamespace = "urn:hl7-org:v3"

/** Elements are known by their names alone: countries add theirs in namespaces of their own (`sdtc:`, `epsos:`, `pharm:`). */
export const children = (element: XmlElement | undefined, name: string): XmlElement[] =>
  element?.children.filter((child) => child.name === name) ?? []

export const child = (element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined => {
  let at = element
  for (const name of path) at = at?.children.find((one) => one.name === name)
  return at
}

/** An attribute that says something. */
export const attribute = (element: XmlElement | undefined, name: string): string | undefined => {
  const value = element?.attributes.get(name)?.trim()
  return value === undefined || value === "" ? undefined : value
}

/** Without its prefix: the data type that `xsi:type` names. */
export const dataType = (element: XmlElement): string | undefined => {
  for (const [name, value] of element.attributes) if (name.endsWith(":type")) return value.trim().split(":").at(-1)
  return undefined
}

const isTrue = (value: string) => value.trim() === "true" || value.trim() === "1"

/** An act, its value, or a relation, of which it says that it is not so. */
export const isNegated = (element: XmlElement | undefined): boolean => {
  for (const [name, value] of element?.attributes ?? []) if (/negationInd$/i.test(name) && isTrue(value)) return true
  return false
}

/** CDA's clinical statements, which stand in an `entry`, a `component` or an `entryRelationship`. */
const statements = new Set([
  "act",
  "encounter",
  "observation",
  "observationMedia",
  "organizer",
  "procedure",
  "regionOfInterest",
  "substanceAdministration",
  "supply",
])
export const isStatement = ({ name }: XmlElement): boolean => statements.has(name)

export const statementIn = (holder: XmlElement): XmlElement | undefined => holder.children.find(isStatement)
