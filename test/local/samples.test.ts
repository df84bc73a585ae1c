import type { Bundle, FhirResource } from "fhir/r4.js"
import { describe, expect, test } from "vitest"
import { readSummary } from "../../fhir/summary.ts"
import { readTrends } from "../../fhir/trends.ts"
import { emergencyNote } from "../../local/samples/contribution.ts"
import { dicomStudy } from "../../local/samples/dicom.ts"
import { patientOf } from "../../local/samples/document.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { jonasLindenmeier } from "../../local/samples/jonas-lindenmeier.ts"
import { laboratoryReport } from "../../local/samples/laboratory.ts"
import { saoirseNiShampla } from "../../local/samples/saoirse-ni-shampla.ts"

const patient = patientOf(eleniPapadaki)
const samples: [string, Bundle<FhirResource>][] = [
  ["Eleni", eleniPapadaki],
  ["Jonas", jonasLindenmeier],
  ["Saoirse", saoirseNiShampla],
  ["the contribution", emergencyNote(patient)],
  ["the laboratory", laboratoryReport(patient)],
]

describe.each(samples)("the sample of %s", (_name, bundle) => {
  test("is a document: identified, dated, Composition first, every entry addressed once", () => {
    expect(bundle).toMatchObject({ type: "document", identifier: { value: expect.stringContaining("urn:uuid:") } })
    expect(bundle.timestamp).toBeDefined()
    expect(bundle.entry?.[0]?.resource?.resourceType).toBe("Composition")
    const urls = bundle.entry?.map(({ fullUrl }) => fullUrl)
    expect(new Set(urls).size).toBe(urls?.length)
  })

  test("refers to nothing that it doesn't hold, and holds nothing that nobody refers to", () => {
    const urls = new Set(bundle.entry?.map(({ fullUrl }) => fullUrl))
    const references = [...JSON.stringify(bundle).matchAll(/"reference":"([^"]+)"/g)].map((match) => match[1])
    expect(references.filter((reference) => !urls.has(reference))).toEqual([])
    const composition = bundle.entry?.[0]?.fullUrl
    expect([...urls].filter((url) => url !== composition && !references.includes(url))).toEqual([])
  })

  test("has a narrative in every section, and either entries or a reason for none", () => {
    const composition = bundle.entry?.[0]?.resource
    const sections = composition?.resourceType === "Composition" ? (composition.section ?? []) : []
    expect(sections.length).toBeGreaterThan(2)
    for (const section of sections) expect(section.text?.div).toContain("<li>")
    const empty = sections.filter(({ entry, emptyReason }) => entry === undefined && emptyReason === undefined)
    expect(empty.map(({ title }) => title)).toEqual(_name === "the contribution" ? ["Assessment"] : [])
  })
})

test("the contribution brings a new, grave allergy of the same patient", () => {
  const summary = readSummary(emergencyNote(patient))
  expect(summary.patient?.identifiers).toEqual(readSummary(eleniPapadaki).patient?.identifiers)
  expect(summary.sections[0]?.items[0]).toMatchObject({
    name: { text: "Metamizole" },
    criticality: "high",
    severity: { text: "severe" },
  })
})

test("the laboratory's report and the summary of its patient make trends together, with values outside their range", () => {
  const trends = readTrends(
    [laboratoryReport(patient), eleniPapadaki].map((content) => ({ summary: readSummary(content), unreviewed: false })),
  )
  const long = trends.filter(({ points }) => points.length > 5)
  expect(long.map(({ name, points }) => [name, points.length])).toEqual([
    ["Glomerular filtration rate, CKD-EPI", 7],
    ["Hemoglobin", 7],
    ["INR in Platelet poor plasma by Coagulation assay", 6],
    ["Potassium", 7],
  ])
  expect(new Set(long.flatMap(({ points }) => points.map(({ flag }) => flag)))).toEqual(
    new Set(["low", "high", "normal"]),
  )
  expect(readSummary(laboratoryReport(patient)).patient?.identifiers).toEqual(
    readSummary(eleniPapadaki).patient?.identifiers,
  )
})

/** Reads explicit VR little endian (PS3.5 7.1.2) as a stranger would: by lengths alone. */
function elements(file: Uint8Array): Map<number, Uint8Array> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const found = new Map<number, Uint8Array>()
  let last = -1
  for (let at = 132; at < file.length; ) {
    const tag = view.getUint16(at, true) * 0x10000 + view.getUint16(at + 2, true)
    expect(tag).toBeGreaterThan(last)
    last = tag
    const long = ["OB", "OW"].includes(Buffer.from(file.subarray(at + 4, at + 6)).toString())
    const length = long ? view.getUint32(at + 8, true) : view.getUint16(at + 6, true)
    expect(length % 2).toBe(0)
    at += long ? 12 : 8
    found.set(tag, file.subarray(at, at + length))
    at += length
    expect(at).toBeLessThanOrEqual(file.length)
  }
  return found
}

describe("the sample image study", () => {
  const file = dicomStudy({ patient })
  const found = elements(file)
  const words = (tag: number) =>
    Buffer.from(found.get(tag) ?? [])
      .toString()
      .replace(/[\0 ]+$/, "")
  const number = (tag: number) => Buffer.from(found.get(tag)!).readUInt16LE()

  test("is a DICOM file: preamble, prefix, a file meta group of the length it states", () => {
    expect(file.subarray(0, 128).every((byte) => byte === 0)).toBe(true)
    expect(Buffer.from(file.subarray(128, 132)).toString()).toBe("DICM")
    const stated = Buffer.from(found.get(0x00020000)!).readUInt32LE()
    expect(Buffer.from(file.subarray(144 + stated, 148 + stated)).toString("hex")).toBe("08000500")
  })

  test("is a CT of 512 x 512 pixels of 16 bits of the sample patient", () => {
    expect([number(0x00280010), number(0x00280011), number(0x00280100)]).toEqual([512, 512, 16])
    expect(found.get(0x7fe00010)).toHaveLength(512 * 512 * 2)
    expect([words(0x00080060), words(0x00100010), words(0x00100020)]).toEqual([
      "CT",
      "Papadaki-Sample^Eleni",
      "SAMPLE-0001",
    ])
  })

  test("shows air, lung and bone at their Hounsfield values", () => {
    const pixels = Buffer.from(found.get(0x7fe00010)!)
    const at = (x: number, y: number) =>
      pixels.readUInt16LE((Math.round(y * 512) * 512 + Math.round(x * 512)) * 2) - 1024
    expect(Math.abs(at(0.02, 0.02) + 1000)).toBeLessThan(10)
    expect(Math.abs(at(0.31, 0.5) + 830)).toBeLessThan(10)
    expect(Math.abs(at(0.5, 0.71) - 420)).toBeLessThan(10)
  })

  test("is the same each time, under UIDs of its own that follow the rules", () => {
    expect(Buffer.compare(dicomStudy({ patient }), file)).toBe(0)
    const uids = [0x00080018, 0x0020000d, 0x0020000e, 0x00200052].map(words)
    expect(new Set(uids).size).toBe(4)
    for (const uid of uids) expect(uid).toMatch(/^2\.25\.[1-9]\d{0,38}$/)
    expect(words(0x00020003)).toBe(words(0x00080018))
  })

  test("carries names of any script, and other sizes", () => {
    const greek = elements(
      dicomStudy({ patient: { resourceType: "Patient", name: [{ family: "Δείγμα" }] }, width: 64, height: 32 }),
    )
    expect(Buffer.from(greek.get(0x00100010)!).toString()).toBe("Δείγμα^ ")
    expect(greek.get(0x7fe00010)).toHaveLength(64 * 32 * 2)
  })
})
