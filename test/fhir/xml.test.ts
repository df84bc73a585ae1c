import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { readSummary } from "../../fhir/summary.ts"
import { parseXml } from "../../fhir/xml.ts"
import { patientOf } from "../../local/samples/document.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { jonasLindenmeier } from "../../local/samples/jonas-lindenmeier.ts"
import { laboratoryReport } from "../../local/samples/laboratory.ts"
import { saoirseNiShampla } from "../../local/samples/saoirse-ni-shampla.ts"
import { sample, sampleNames, withoutSamples } from "../samples.ts"
import { labels, warnings } from "./reading.ts"

const escaped = (text: string) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;").replaceAll("\n", "&#10;")

/** FHIR's JSON as its XML (R4 2.6.2), for documents that have no simple element with an id. */
const xmlOf = (name: string, value: unknown): string => {
  if (Array.isArray(value)) return value.map((each) => xmlOf(name, each)).join("")
  if (name === "div" && typeof value === "string") return value
  if (typeof value !== "object" || value === null) return `<${name} value="${escaped(String(value))}"/>`
  const { resourceType, id, url, ...rest } = value as Record<string, unknown> & { id?: string; url?: string }
  const isResource = typeof resourceType === "string"
  const attributes = [
    ...(isResource || id === undefined ? [] : [` id="${escaped(id)}"`]),
    ...(name === "extension" || name === "modifierExtension" ? [` url="${escaped(url ?? "")}"`] : []),
  ].join("")
  const inner = Object.entries({
    ...(isResource && id !== undefined ? { id } : {}),
    ...(attributes.includes(" url=") || url === undefined ? {} : { url }),
    ...rest,
  })
  const content = inner.map(([key, each]) => (key.startsWith("_") ? "" : xmlWith(key, each, rest[`_${key}`]))).join("")
  const alone = inner.map(([key, each]) =>
    key.startsWith("_") && !Object.hasOwn(rest, key.slice(1)) ? xmlOf(key.slice(1), each) : "",
  )
  const all = `${content}${alone.join("")}`
  if (!isResource) return `<${name}${attributes}>${all}</${name}>`
  const resource = `<${resourceType} xmlns="http://hl7.org/fhir">${all}</${resourceType}>`
  return name === "" ? resource : `<${name}>${resource}</${name}>`
}
const xmlWith = (name: string, value: unknown, beside: unknown): string =>
  beside === undefined || Array.isArray(value)
    ? xmlOf(name, value)
    : `<${name} value="${escaped(String(value))}">${xmlOf("x", beside).slice(3, -4)}</${name}>`

const written = (bundle: unknown) => `<?xml version="1.0" encoding="UTF-8"?><!-- export -->\n${xmlOf("", bundle)}`

describe("FHIR in XML", () => {
  test.each([
    ["Eleni's summary", eleniPapadaki],
    ["Jonas's summary", jonasLindenmeier],
    ["Saoirse's summary", saoirseNiShampla],
    ["a laboratory's report", laboratoryReport(patientOf(eleniPapadaki))],
  ])("%s says what the same says in JSON", (_name, bundle) => {
    expect(readSummary(written(bundle))).toEqual(readSummary(JSON.stringify(bundle)))
  })

  test.skipIf(withoutSamples).each(sampleNames.filter((name) => /^(ips|ktc).*\.json$/.test(name)))(
    "%s, that others wrote, says what it says in JSON",
    (name) => {
      const bundle: unknown = JSON.parse(Buffer.from(sample(name)).toString("utf8"))
      const [xml, json] = [readSummary(written(bundle)), readSummary(JSON.stringify(bundle))]
      expect(xml.sections.map(({ items }) => items.map(({ name, when, marks }) => ({ name, when, marks })))).toEqual(
        json.sections.map(({ items }) => items.map(({ name, when, marks }) => ({ name, when, marks }))),
      )
      expect(warnings(xml)).toEqual(warnings(json))
    },
  )

  test("keeps numbers as written, and negation", () => {
    const xml = (more: string) =>
      `<MedicationStatement xmlns="http://hl7.org/fhir"><status value="active"/>${more}<medicationCodeableConcept><text value="X"/></medicationCodeableConcept><dosage><quantityQuantity><value value="1.50"/><unit value="mg"/></quantityQuantity></dosage></MedicationStatement>`
    const [item] = readSummary(xml('<wasNotTaken value="true"/>')).sections[1]!.items
    expect(item?.marks).toEqual(["not-taken"])
    expect(JSON.stringify(item?.facts)).toContain('"number":"1.50"')
  })

  test("is read in the encoding that it declares", () => {
    const xml =
      '<?xml version="1.0" encoding="ISO-8859-1"?><AllergyIntolerance xmlns="http://hl7.org/fhir"><code><text value="K\u00e4se"/></code></AllergyIntolerance>'
    const bytes = Uint8Array.from(xml, (letter) => letter.charCodeAt(0))
    expect(labels(readSummary(bytes), "allergies")).toEqual(["K\u00e4se"])
  })

  test("of one patient alone is read as far as it goes", () => {
    const file = readFileSync(join(import.meta.dirname, "../apps/files/patient.xml"))
    expect(readSummary(file).patient).toBeDefined()
  })
})

describe("XML that could do harm", () => {
  test.each([
    ["a document type", '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "doctype"],
    ["a thousand levels", "<x>".repeat(1000) + "</x>".repeat(1000), "too-deep"],
    ["an entity of its own", "<x>&a;</x>", "not-xml"],
    ["ends that don't fit", "<x><y></x></y>", "not-xml"],
    ["no end", "<x><y>", "not-xml"],
    ["two roots", "<x/><y/>", "not-xml"],
    ["an attribute twice", '<x a="1" a="2"/>', "not-xml"],
    ["a character beyond Unicode", "<x>&#x110000;</x>", "not-xml"],
    ["text alone", "x", "not-xml"],
  ])("%s: refused", (_name, xml, outcome) => {
    expect(parseXml(xml, 200).outcome).toBe(outcome)
  })

  test("is taken in one pass, however long", () => {
    const long = `<x>${"<y a='b'>&amp;</y>".repeat(100_000)}</x>`
    expect(parseXml(long, 200).outcome).toBe("parsed")
    expect(parseXml(`<x ${" ".repeat(1_000_000)}`, 200).outcome).toBe("not-xml")
    const declared = Array.from({ length: 20_000 }, (_, i) => `xmlns:a${i}="u"`).join(" ")
    expect(parseXml(`<x ${declared}>${'<y xmlns:b="u"/>'.repeat(20_000)}</x>`, 200).outcome).toBe("parsed")
  })

  test("keeps the order of words and elements", () => {
    const parsed = parseXml("<x>a<b/><![CDATA[c]]>d<e/>&amp;</x>", 200)
    const content = parsed.outcome === "parsed" ? parsed.root.content : []
    expect(content.map((part) => (typeof part === "string" ? part : part.name))).toEqual(["a", "b", "c", "d", "e", "&"])
  })

  test("of another kind than FHIR and CDA is said to be", () => {
    expect(warnings(readSummary('<ClinicalDocument xmlns="urn:other"/>'))).toEqual(["not-json-but-xml"])
  })
})
