import { isPossibleDate } from "../date.ts"
import type { JsonObject } from "../value.ts"
import type { XmlElement } from "../xml.ts"
import { attribute, child } from "./element.ts"
import { wordsIn } from "./narrative-block.ts"

/** The longest that an entry's own words may be, characters. */
const longest = 500
/** How much of a narrative entries may repeat in all, characters: thousands could point at one long text. */
const mostRepeated = 4_000_000

/** One CDA document while its entries become FHIR's: what was found, what has been taken of each, and what the narrative says of them. */
export class CdaReading {
  readonly resources: JsonObject[] = []
  /** The day of the document, as exactly as it says: what ended later hasn't ended. */
  readonly date: string | undefined
  /** A patient summary: its medicines are those that are taken now (eHDSI, IPS). */
  readonly isPatientSummary: boolean
  /** About whom entries are, where they don't say otherwise. */
  readonly subject: JsonObject
  /** Entries of the section don't say all, or not surely: its words must be read. */
  isDoubtful = false
  /** Entries that tell of a pregnancy, wherever they stand. */
  readonly pregnancies: JsonObject[] = []
  readonly #byId: ReadonlyMap<string, XmlElement | "ambiguous">
  readonly #words = new Map<string, string | undefined>()
  readonly #taken = new Set<XmlElement>()
  readonly #touched = new Set<XmlElement>()
  readonly #shared = new Map<XmlElement, { found: JsonObject[]; times: number }>()
  #repeated = 0

  constructor(root: XmlElement, of: Pick<CdaReading, "date" | "isPatientSummary" | "subject">) {
    this.#byId = elementsById(root)
    this.date = of.date
    this.isPatientSummary = of.isPatientSummary
    this.subject = of.subject
  }

  /** Adds a resource, and gives the reference to it. */
  add(resource: JsonObject): JsonObject {
    const id = String(this.resources.length + 1)
    const { resourceType, ...rest } = resource
    this.resources.push({ resourceType, id, ...rest })
    return { reference: `${String(resourceType)}/${id}` }
  }

  /** Says of an element, with all that stands in it, that it has been read. */
  take(element: XmlElement | undefined): void {
    if (element === undefined) return
    this.#taken.add(element)
    for (let at = element.parent; at !== undefined && !this.#touched.has(at); at = at.parent) this.#touched.add(at)
  }

  isTaken(element: XmlElement): boolean {
    return this.#taken.has(element)
  }

  /** What `read` finds in an element, the first `most` times that it is asked for. */
  once(element: XmlElement, read: () => JsonObject[], most: number): readonly JsonObject[] {
    const known = this.#shared.get(element) ?? { found: read(), times: 0 }
    this.#shared.set(element, known)
    known.times++
    return known.times === 1 || known.times <= most ? known.found : []
  }

  /** Whether something in it has been read. */
  isTouched(element: XmlElement): boolean {
    return this.#touched.has(element)
  }

  /** The words of a `text` or an `originalText`: those of the narrative that it points at, else its own. */
  words(element: XmlElement | undefined): string | undefined {
    if (element === undefined) return undefined
    const id = attribute(child(element, "reference"), "value") ?? attribute(element, "value")
    const found = id?.startsWith("#") === true ? this.#wordsAt(id.slice(1)) : undefined
    if (found !== undefined) return found
    if (attribute(element, "representation") === "B64") return undefined
    const own = wordsIn(element, longest)
    return own === "" ? undefined : own
  }

  #wordsAt(id: string): string | undefined {
    if (!this.#words.has(id)) {
      const element = this.#byId.get(id)
      if (element === "ambiguous") this.isDoubtful = true
      const words = element === undefined || element === "ambiguous" ? "" : wordsIn(element, longest)
      this.#words.set(id, words === "" ? undefined : words)
    }
    const words = this.#words.get(id)
    this.#repeated += words?.length ?? 0
    if (this.#repeated <= mostRepeated) return words
    this.isDoubtful = true
    return undefined
  }

  /** Whether a date lies before the document's own, or on it: what ends later holds as long. */
  isOver(end: string | undefined): boolean {
    if (end === undefined || !isPossibleDate(end)) return false
    if (this.date === undefined || !isPossibleDate(this.date)) return true
    const length = Math.min(10, end.length, this.date.length)
    return end.slice(0, length) <= this.date.slice(0, length)
  }
}

/** The elements that others point at; an id that stands twice means neither. */
function elementsById(root: XmlElement): ReadonlyMap<string, XmlElement | "ambiguous"> {
  const found = new Map<string, XmlElement | "ambiguous">()
  const rest = [root]
  for (let at = rest.pop(); at !== undefined; at = rest.pop()) {
    const id = attribute(at, "ID")
    if (id !== undefined) found.set(id, found.has(id) ? "ambiguous" : at)
    for (const inner of at.children) rest.push(inner)
  }
  return found
}
