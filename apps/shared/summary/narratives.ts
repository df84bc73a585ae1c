import { plainText } from "../../../fhir/plain-text.ts"

/** An author's own words on a section. */
export interface AuthoredNarrative {
  readonly title: string
  /** XHTML, of whatever origin: only `sanitized` may show it. */
  readonly xhtml: string
}

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && name in value
    ? new Map<string, unknown>(Object.entries(value)).get(name)
    : undefined
const listOf = (value: unknown, name: string): unknown[] => {
  const list = fieldOf(value, name)
  return Array.isArray(list) ? list : []
}
const textOf = (value: unknown, name: string): string | undefined => {
  const text = fieldOf(value, name)
  return typeof text === "string" ? text : undefined
}

/** Sections within sections are few; a document that nests them without end is not followed. */
const deepest = 8

const ofSections = (holder: unknown, depth: number): AuthoredNarrative[] =>
  depth > deepest
    ? []
    : listOf(holder, "section").flatMap((section) => {
        const xhtml = textOf(fieldOf(section, "text"), "div")
        const own = xhtml === undefined ? [] : [{ title: plainText(textOf(section, "title") ?? "", 200), xhtml }]
        return [...own, ...ofSections(section, depth + 1)]
      })

/** The narratives of a FHIR document's first Composition, in its order; of anything else, or of what can't be read, none. */
export const authoredNarratives = (json: string): AuthoredNarrative[] => {
  try {
    const bundle: unknown = JSON.parse(json)
    const composition = listOf(bundle, "entry")
      .map((entry) => fieldOf(entry, "resource"))
      .find((resource) => textOf(resource, "resourceType") === "Composition")
    return ofSections(composition, 0)
  } catch {
    return []
  }
}
