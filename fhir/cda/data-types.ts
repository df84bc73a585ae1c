import { ucum } from "../stated-dosage.ts"
import { type JsonObject, join, numeral, text } from "../value.ts"
import type { XmlElement } from "../xml.ts"
import { attribute, child, children, dataType } from "./element.ts"
import type { CdaReading } from "./reading.ts"
import { attributesOf, extensionsIn } from "./rest.ts"

/** The addresses by which FHIR calls systems of codes that CDA calls by their OIDs. */
const systems: ReadonlyMap<string, string> = new Map([
  ["2.16.840.1.113883.6.96", "http://snomed.info/sct"],
  ["2.16.840.1.113883.6.1", "http://loinc.org"],
  ["2.16.840.1.113883.6.88", "http://www.nlm.nih.gov/research/umls/rxnorm"],
  ["2.16.840.1.113883.6.73", "http://www.whocc.no/atc"],
  ["2.16.840.1.113883.6.90", "http://hl7.org/fhir/sid/icd-10-cm"],
  ["2.16.840.1.113883.6.3", "http://hl7.org/fhir/sid/icd-10"],
  ["1.3.6.1.4.1.12559.11.10.1.3.1.44.2", "http://hl7.org/fhir/sid/icd-10"],
  ["2.16.840.1.113883.6.103", "http://hl7.org/fhir/sid/icd-9-cm"],
  ["2.16.840.1.113883.12.292", "http://hl7.org/fhir/sid/cvx"],
  ["2.16.840.1.113883.6.69", "http://hl7.org/fhir/sid/ndc"],
  ["2.16.840.1.113883.4.9", "http://fdasis.nlm.nih.gov"],
  ["2.16.840.1.113883.3.26.1.5", "http://terminology.hl7.org/CodeSystem/NDFRT"],
  ["2.16.840.1.113883.6.12", "http://www.ama-assn.org/go/cpt"],
  ["2.16.840.1.113883.6.8", ucum],
  ["0.4.0.127.0.16.1.1.2.1", "http://standardterms.edqm.eu"],
  ["2.16.840.1.113883.5.1150.1", "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"],
  ["2.16.840.1.113883.5.83", "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"],
])

const isOid = (system: string) => /^\d+(\.\d+)+$/.test(system)

/** A code with a null flavour is none; the flavours that say more than that nothing is known are codes themselves. */
const flavoursThatSay = new Set(["MSK"])

function codingsOf(element: XmlElement): JsonObject[] {
  const [code, oid, display] = ["code", "codeSystem", "displayName"].map((name) => attribute(element, name))
  const flavour = attribute(element, "nullFlavor")
  if (flavour !== undefined)
    return flavoursThatSay.has(flavour)
      ? [{ system: "http://terminology.hl7.org/CodeSystem/v3-NullFlavor", code: flavour }]
      : []
  if (code === undefined && display === undefined) return []
  const system = oid === undefined ? undefined : (systems.get(oid) ?? (isOid(oid) ? `urn:oid:${oid}` : oid))
  return [{ system, code, display }]
}

const folded = (words: string) =>
  words
    .toLowerCase()
    .replaceAll(/[\s.,;:]+/g, " ")
    .trim()

/** The codes of an element and of its translations. */
export const codesOf = (element: XmlElement | undefined): string[] =>
  element === undefined
    ? []
    : [element, ...children(element, "translation")].flatMap((one) =>
        attribute(one, "nullFlavor") === undefined ? (attribute(one, "code") ?? []) : [],
      )

/** What the code says, and where it isn't the same, in brackets what its author wrote. */
function named(display: string | undefined, own: string | undefined): string | undefined {
  if (own === undefined || display === undefined) return own
  const [coded, written] = [folded(display), folded(own)]
  if (written.includes(coded)) return own
  return coded.includes(written) ? undefined : `${display} (${own})`
}

/** FHIR's CodeableConcept. */
export type Concept = {
  readonly coding?: readonly JsonObject[]
  readonly text?: string
  readonly extension?: readonly JsonObject[]
}

/** What a concept calls itself. */
export const labelOf = (concept: Concept | undefined): string | undefined =>
  concept?.text ?? concept?.coding?.flatMap((coding) => text(coding, "display") ?? [])[0]

/** A concept that is known by its code alone, with the words that its statement has for it. */
export const calledBy = (concept: Concept | undefined, words: string | undefined): Concept | undefined =>
  words === undefined || labelOf(concept) !== undefined ? concept : { ...concept, text: words }

/**
 * A coded element as FHIR's CodeableConcept, with all that stands in it; `undefined` where it names nothing. Takes the element where it does.
 */
export function conceptOf(reading: CdaReading, element: XmlElement | undefined): Concept | undefined {
  if (element === undefined) return undefined
  const translations = children(element, "translation")
  const coding = [element, ...translations].flatMap(codingsOf)
  const original = child(element, "originalText")
  const own = reading.words(original) ?? (original === undefined ? plainWords(element) : undefined)
  const label = named(attribute(element, "displayName"), own)
  if (coding.length === 0 && label === undefined) return undefined
  reading.take(element)
  const read = new Set([...translations, original])
  const extension = [
    ...attributesOf(element),
    ...element.children.filter((inner) => !read.has(inner)).flatMap((inner) => extensionsIn(reading, inner)),
    ...translations.flatMap((translation) => translation.children.flatMap((inner) => extensionsIn(reading, inner))),
  ]
  return {
    ...(coding.length > 0 ? { coding } : {}),
    ...(label === undefined ? {} : { text: label }),
    ...(extension.length > 0 ? { extension } : {}),
  }
}

const plainWords = (element: XmlElement): string | undefined => {
  const words = element.text.replaceAll(/\s+/g, " ").trim()
  return words === "" ? undefined : words
}

/** A unit without the braces that make a word one (UCUM's annotations); `1` is none. */
const unitOf = (unit: string): string | undefined => {
  const bare = unit.replace(/^\{(.*)\}$/, "$1")
  return bare === "1" || bare === "" ? undefined : bare
}

/** A number with its unit, as written. Takes the element. */
export function quantityOf(reading: CdaReading, element: XmlElement | undefined): JsonObject | undefined {
  const value = attribute(element, "value")
  if (element === undefined || value === undefined || attribute(element, "nullFlavor") !== undefined) return undefined
  reading.take(element)
  const code = attribute(element, "unit")
  const unit = code === undefined ? undefined : unitOf(code)
  const extension = element.children.flatMap((inner) => extensionsIn(reading, inner))
  return {
    value: numeral(value),
    ...(unit === undefined ? {} : { unit, system: ucum, code }),
    ...(extension.length > 0 ? { extension } : {}),
  }
}

/** A value by the type that FHIR gives it: `["Quantity", {…}]`. */
export type Typed = readonly [type: string, value: unknown]

/** What a number without a unit of UCUM's says in its translations (PQR): of several, none is chosen. */
function translatedIn(reading: CdaReading, element: XmlElement): Typed | undefined {
  const said = children(element, "translation").flatMap((one): { value?: string; unit?: string }[] => {
    const words = reading.words(child(one, "originalText"))
    const unit = words ?? ["displayName", "unit", "code"].flatMap((name) => attribute(one, name) ?? [])[0]
    const value = attribute(one, "value")
    if (value === undefined) return words === undefined ? [] : [{ unit: words }]
    return [{ value, ...(unit === undefined ? {} : { unit }) }]
  })
  const [only, another] = said
  if (only === undefined) return undefined
  if (another === undefined && only.value !== undefined) return ["Quantity", { ...only, value: numeral(only.value) }]
  return ["String", join("; ", ...said.map(({ value, unit }) => join(" ", value, unit)))]
}

/** A number, a bound, a range or a ratio. Takes the element where it says one. */
export function amountOf(reading: CdaReading, element: XmlElement | undefined): Typed | undefined {
  if (element === undefined) return undefined
  const alone = quantityOf(reading, element)
  if (alone !== undefined) return ["Quantity", alone]
  const [low, high] = [child(element, "low"), child(element, "high")]
  const [from, to] = [quantityOf(reading, low), quantityOf(reading, high)]
  const open = (bound: XmlElement | undefined) => attribute(bound, "inclusive") === "false"
  if (from !== undefined && to !== undefined) return ["Range", { low: from, high: to }]
  if (from !== undefined) return ["Quantity", { ...from, comparator: open(low) ? ">" : ">=" }]
  if (to !== undefined) return ["Quantity", { ...to, comparator: open(high) ? "<" : "<=" }]
  const [numerator, denominator] = ["numerator", "denominator"].map((name) => quantityOf(reading, child(element, name)))
  if (numerator !== undefined || denominator !== undefined) return ["Ratio", { numerator, denominator }]
  const translated = translatedIn(reading, element)
  if (translated !== undefined) {
    reading.take(element)
    return translated
  }
  const words = reading.words(child(element, "originalText"))
  if (words === undefined) return undefined
  reading.take(element)
  return ["String", words]
}

const stamp = /^(\d{4})(\d{2})?(\d{2})?(?:(\d{2})(\d{2})?(\d{2})?(?:\.(\d{1,9}))?)?([+-]\d{4}|Z)?$/

/** A moment as FHIR writes it; one of another shape stays as it was written. */
export function dateText(written: string): string {
  const parts = stamp.exec(written)
  if (parts === null) return written
  const [, year, month, day, hour, minute = "00", second, fraction, zone] = parts
  const date = join("-", year, month, day) ?? written
  if (hour === undefined) return date
  const seconds = second === undefined ? ":00" : `:${second}${fraction === undefined ? "" : `.${fraction}`}`
  return `${date}T${hour}:${minute}${seconds}${zone?.replace(/(\d{2})(\d{2})$/, "$1:$2") ?? ""}`
}

/** The moment that an element says. Takes it. */
export function dateOf(reading: CdaReading, element: XmlElement | undefined): string | undefined {
  const value = attribute(element, "value")
  if (value === undefined || ["nullFlavor", "unit"].some((name) => attribute(element, name) !== undefined))
    return undefined
  reading.take(element)
  return dateText(value)
}

export type Times = { at?: string; start?: string; end?: string }

/** When something was: a moment, or from when until when. Takes what it reads. */
export function timesOf(reading: CdaReading, element: XmlElement | undefined): Times {
  const at = dateOf(reading, element)
  const [start, end] = ["low", "high"].map((name) => dateOf(reading, child(element, name)))
  return {
    ...(at === undefined ? {} : { at }),
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
  }
}

/** The same as an element of FHIR that may be either: `effectiveDateTime`, `effectivePeriod`. */
export function timed(name: string, { at, start, end }: Times): JsonObject {
  if (start === undefined && end === undefined) return at === undefined ? {} : { [`${name}DateTime`]: at }
  return { [`${name}Period`]: { start: start ?? at, end } }
}

const numbers = new Set(["INT", "REAL", "MO"])

/** The value of an observation, of whatever type. Takes it. */
export function valueOf(reading: CdaReading, element: XmlElement): Typed | undefined {
  const type = dataType(element)
  if (type === "TS" && attribute(element, "value") !== undefined) {
    const date = dateOf(reading, element)
    return date === undefined ? undefined : ["DateTime", date]
  }
  if (type === "IVL_TS" || type === "PIVL_TS") {
    const { start, end } = timesOf(reading, element)
    return start === undefined && end === undefined ? undefined : ["Period", { start, end }]
  }
  const written = attribute(element, "value")
  if (type === "BL" && written !== undefined) {
    reading.take(element)
    return /^(true|false)$/.test(written) ? ["Boolean", written === "true"] : ["String", written]
  }
  if (written !== undefined && type !== undefined && numbers.has(type)) {
    reading.take(element)
    return ["Quantity", { value: numeral(written), unit: attribute(element, "currency") }]
  }
  if (type !== "ST" && type !== "ED") {
    const amount = amountOf(reading, element)
    if (amount !== undefined) return amount
  }
  const concept = conceptOf(reading, element)
  if (concept === undefined) return undefined
  const isText = concept.coding === undefined && concept.extension === undefined
  return isText ? ["String", concept.text] : ["CodeableConcept", concept]
}
