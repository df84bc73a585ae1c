import { unwrapped } from "../../../fhir/holding.ts"
import { parseFhir } from "../../../fhir/parse.ts"
import { field, list, text } from "../../../fhir/value.ts"
import { plainText } from "../../../text/plain-text.ts"

/** An author's own words on a section. */
export interface AuthoredNarrative {
  readonly title: string
  /** XHTML, of whatever origin: only `sanitized` may show it. */
  readonly xhtml: string
}

/** Sections within sections are few; a document that nests them without end is not followed. */
const deepest = 8

const ofSections = (holder: unknown, depth: number): AuthoredNarrative[] =>
  depth > deepest
    ? []
    : list(holder, "section").flatMap((section) => {
        const xhtml = text(field(section, "text"), "div")
        const own = xhtml === undefined ? [] : [{ title: plainText(text(section, "title") ?? "", 200), xhtml }]
        return [...own, ...ofSections(section, depth + 1)]
      })

/** The narratives of a FHIR document's first Composition, in its order; of anything else, or of what can't be read, none. */
export const authoredNarratives = (document: string | Uint8Array): AuthoredNarrative[] => {
  const parsed = parseFhir(document)
  if (parsed.outcome !== "parsed") return []
  const composition = unwrapped(parsed.value).held.find(
    ({ resource }) => text(resource, "resourceType") === "Composition",
  )
  return ofSections(composition?.resource, 0)
}
