import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { sayItem } from "../../apps/shared/summary/say.ts"
import facts from "../../apps/shared/words/facts-en.ts"
import type { SummaryItem } from "../../fhir/item.ts"
import type { SectionKey } from "../../fhir/section-key.ts"
import { readSummary, type Summary } from "../../fhir/summary.ts"
import { field, list, text } from "../../fhir/value.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { jonasLindenmeier } from "../../local/samples/jonas-lindenmeier.ts"
import { saoirseNiShampla } from "../../local/samples/saoirse-ni-shampla.ts"
import { sample, withoutSamples } from "../samples.ts"

/** As an English reader sees it. */
const said = (item: SummaryItem | undefined) => sayItem(item!, { facts, date: (written) => written })
const section = (summary: Summary, key: SectionKey) => summary.sections.find((one) => one.key === key)!
const labels = (summary: Summary, key: SectionKey) => section(summary, key)?.items.map((item) => said(item).label) ?? []
const warnings = (summary: Summary) => summary.warnings.map(({ code }) => code)

const patient = {
  resourceType: "Patient",
  id: "p",
  name: [{ family: "Test", given: ["Pat"] }],
  birthDate: "1990-01-01",
}
const allergy = (id: string, extra: object = {}) => ({
  resourceType: "AllergyIntolerance",
  id,
  code: { text: id },
  patient: { reference: "Patient/p" },
  ...extra,
})
const collection = (...resources: object[]) => ({
  resourceType: "Bundle",
  type: "collection",
  entry: [patient, ...resources].map((resource) => ({ resource })),
})
const status = (code: string) => ({ coding: [{ code }] })

/** An IPS with one section under test; the other mandatory ones are expressly empty. */
function ips(loinc: string, content: object, ...resources: object[]) {
  const nil = { emptyReason: { coding: [{ code: "nilknown" }] } }
  const codes = ["48765-2", "10160-0", "11450-4"].filter((code) => code !== loinc)
  const composition = {
    resourceType: "Composition",
    id: "c",
    status: "final",
    type: { coding: [{ code: "60591-5" }] },
    subject: { reference: "Patient/p" },
    date: "2026-01-01",
    author: [{ display: "Dr Author" }],
    title: "Summary",
    section: [
      { code: { coding: [{ code: loinc }] }, ...content },
      ...codes.map((code) => ({ code: { coding: [{ code }] }, ...nil })),
    ],
  }
  return {
    resourceType: "Bundle",
    type: "document",
    entry: [composition, patient, ...resources].map((resource) => ({ resource })),
  }
}

describe("a full patient summary", () => {
  const summary = readSummary(eleniPapadaki)

  test("says who it is about", () => {
    expect(summary.patient).toMatchObject({ name: "Eleni Papadaki-Sample", birthDate: "1951-04-17", sex: "female" })
    expect(summary.patient?.contacts).toEqual(["Niki Papadaki-Sample, daughter, +30 000 000 0002"])
  })

  test("puts what can kill first", () => {
    expect(summary.sections[0]?.items[0]).toMatchObject({ criticality: "high" })
    expect(said(summary.sections[0]?.items[0])).toMatchObject({ label: "Penicillin", severity: "severe" })
    expect(said(summary.sections[0]?.items[0]).detail).toContain("Anaphylaxis")
  })

  test("names the drug that a statement refers to, with its dose, and the stopped one last", () => {
    expect(labels(summary, "medications")).toEqual(["apixaban", "bisoprolol", "ramipril", "acenocoumarol"])
    expect(said(section(summary, "medications").items[0]).detail).toContain("5 mg twice a day")
    expect(section(summary, "medications").items[3]?.marks).toEqual(["inactive"])
  })

  test("shows the implant with its serial number, and what the patient refuses", () => {
    expect(labels(summary, "devices")).toEqual(["Cardiac pacemaker"])
    expect(said(section(summary, "devices").items[0]).detail).toContain("SAMPLE-PM-77")
    expect(said(section(summary, "advance-directives").items[0]).detail).toContain(
      "refused: Long-term artificial ventilation",
    )
  })

  test("shows the results of a report after it, newest first", () => {
    expect(labels(summary, "results").slice(0, 2)).toEqual([
      "Report: Blood panel",
      "Glomerular filtration rate, CKD-EPI",
    ])
    expect(labels(summary, "results").at(-1)).toContain("ABO")
  })

  test("warns of nothing but the medication no longer taken", () => {
    expect(warnings(summary)).toEqual(["inactive"])
  })

  test("reads the same from bytes, text and parsed JSON", () => {
    const json = JSON.stringify(eleniPapadaki)
    expect(readSummary(json)).toEqual(summary)
    expect(readSummary(new TextEncoder().encode(json))).toEqual(summary)
  })

  test("accounts for every entry of the bundle", () => {
    for (const bundle of [eleniPapadaki, jonasLindenmeier, saoirseNiShampla]) expect(unaccounted(bundle)).toEqual([])
  })
})

describe("nothing is never confused with none", () => {
  test("no known allergies, said by a code", () => {
    expect(section(readSummary(jonasLindenmeier), "allergies").state).toBe("none-known")
  })

  test("none known, said by the reason a section is empty", () => {
    const summary = readSummary(ips("48765-2", { emptyReason: { coding: [{ code: "nilknown" }] } }))
    expect(section(summary, "allergies").state).toBe("none-known")
  })

  test("withheld stays withheld", () => {
    expect(section(readSummary(saoirseNiShampla), "immunizations")).toMatchObject({
      state: "not-stated",
      reason: { codings: [{ code: "withheld" }] },
    })
  })

  test("the code for no information isn't a statement that there is nothing", () => {
    const unknown = allergy("a", { code: { coding: [{ code: "no-allergy-info", display: "No information" }] } })
    const summary = readSummary(ips("48765-2", { entry: [{ reference: "AllergyIntolerance/a" }] }, unknown))
    expect(section(summary, "allergies")).toMatchObject({
      state: "not-stated",
      reason: { codings: [{ display: "No information" }] },
    })
  })

  test("a missing section is no information, and is warned of", () => {
    const bundle = ips("48765-2", {})
    const [composition] = bundle.entry
    const shorter = { ...composition?.resource, section: [] }
    const summary = readSummary({ ...bundle, entry: [{ resource: shorter }, { resource: patient }] })
    expect(summary.sections.map(({ state }) => state)).toEqual(["no-information", "no-information", "no-information"])
    expect(warnings(summary)).toContain("section-missing")
  })

  test("a section in words only gives its words", () => {
    const div = "<div><p>Bee stings &amp; wasps</p><table><tr><td>since</td><td>1999</td></tr></table></div>"
    const summary = readSummary(ips("48765-2", { text: { div } }))
    expect(section(summary, "allergies")).toMatchObject({
      state: "narrative",
      narrative: ["Bee stings & wasps", "since 1999"],
    })
  })

  test("none known beside an allergy is a contradiction, and the allergy is shown", () => {
    const none = allergy("none", { code: { coding: [{ code: "716186003", display: "No known allergy" }] } })
    const summary = readSummary(collection(none, allergy("Latex")))
    expect(section(summary, "allergies").state).toBe("listed")
    expect(labels(summary, "allergies")).toContain("Latex")
    expect(warnings(summary)).toContain("contradicting-absence")
  })

  test("no known food allergy doesn't deny others", () => {
    const food = allergy("food", { code: { coding: [{ code: "429625007", display: "No known food allergy" }] } })
    const [item] = section(readSummary(collection(food)), "allergies").items
    expect(section(readSummary(collection(food)), "allergies").state).toBe("in-parts")
    expect(item?.absence).toEqual({ said: "none-known", within: "allergies", of: "food" })
  })
})

describe("what must not be read like the rest is shown and marked", () => {
  test.each([
    ["refuted", { verificationStatus: status("refuted") }, "refuted"],
    ["entered in error", { verificationStatus: status("entered-in-error") }, "entered-in-error"],
    ["resolved", { clinicalStatus: status("resolved") }, "inactive"],
  ] as const)("an allergy that is %s comes after the live ones", (_name, extra, mark) => {
    const summary = readSummary(collection(allergy("Nuts", { criticality: "high", ...extra }), allergy("Latex")))
    expect(labels(summary, "allergies")).toEqual(["Latex", "Nuts"])
    expect(section(summary, "allergies").items[1]?.marks).toContain(mark)
    expect(warnings(summary)).toContain(mark)
  })

  test("an immunization that wasn't done", () => {
    const vaccine = { resourceType: "Immunization", id: "i", status: "not-done", vaccineCode: { text: "Tetanus" } }
    const summary = readSummary(collection(vaccine))
    expect(section(summary, "immunizations").items[0]?.marks).toContain("not-done")
    expect(warnings(summary)).toContain("not-done")
  })

  test("an order not to give a drug", () => {
    const order = {
      resourceType: "MedicationRequest",
      id: "m",
      status: "active",
      doNotPerform: true,
      medicationCodeableConcept: { text: "Metformin" },
    }
    expect(section(readSummary(collection(order)), "medications").items[0]?.marks).toContain("do-not-give")
  })

  test("an entry whose meaning is modified in a way that isn't known", () => {
    const summary = readSummary(
      collection(allergy("Latex", { modifierExtension: [{ url: "https://example.org/not" }] })),
    )
    expect(section(summary, "allergies").items[0]?.marks).toContain("modified")
  })

  test("a dose in words that differs from the dose in codes", () => {
    const statement = {
      resourceType: "MedicationStatement",
      id: "m",
      status: "active",
      medicationCodeableConcept: { text: "Digoxin" },
      dosage: [{ text: "0.25 mg once a day", doseAndRate: [{ doseQuantity: { value: 2.5, unit: "mg" } }] }],
    }
    const summary = readSummary(collection(statement))
    expect(said(section(summary, "medications").items[0]).detail).toContain("0.25 mg once a day [2.5 mg]")
    expect(warnings(summary)).toContain("dose-contradiction")
  })

  test("codings that don't agree with each other", () => {
    const code = { coding: [{ display: "Penicillin" }, { display: "phenobarbital" }] }
    expect(said(section(readSummary(collection(allergy("a", { code }))), "allergies").items[0])).toMatchObject({
      label: "Penicillin",
      detail: "also coded as phenobarbital",
    })
  })
})

describe("the wrong patient", () => {
  test("an entry about somebody else is marked", () => {
    const other = { resourceType: "Patient", id: "q", name: [{ text: "Quinn" }], birthDate: "1980-01-01" }
    const bundle = ips(
      "48765-2",
      { entry: [{ reference: "AllergyIntolerance/a" }] },
      other,
      allergy("a", { patient: { reference: "Patient/q" } }),
    )
    const summary = readSummary(bundle)
    expect(summary.patient?.name).toBe("Pat Test")
    expect(section(summary, "allergies").items[0]?.marks).toContain("other-patient")
    expect(warnings(summary).slice(0, 2)).toEqual(["several-patients", "other-patient"])
  })

  test("several patients and none named as the subject: nobody is guessed", () => {
    const summary = readSummary(collection({ ...patient, id: "q" }, allergy("a")))
    expect(summary.patient).toBeUndefined()
    expect(warnings(summary)).toEqual(expect.arrayContaining(["several-patients", "patient-missing"]))
    expect(said(section(summary, "allergies").items[0]).detail).toContain("about: Pat Test")
    expect(section(summary, "allergies").items[0]?.marks).toContain("subject-unclear")
  })

  test("is warned of where a document names no patient, and its entries are about two", () => {
    const bundle = {
      resourceType: "Bundle",
      type: "searchset",
      entry: ["x", "y"].map((id) => ({ resource: allergy(id, { patient: { reference: `Patient/${id}` } }) })),
    }
    expect(warnings(readSummary(bundle))).toEqual(expect.arrayContaining(["patient-missing", "several-patients"]))
  })
})

describe("references", () => {
  const medication = (reference: string) => ({
    resourceType: "MedicationStatement",
    id: "m",
    status: "active",
    subject: { reference: "Patient/p" },
    medicationReference: { reference },
  })
  const drug = { resourceType: "Medication", id: "d", code: { text: "Warfarin" } }
  const withUrls = (statementUrl: string | undefined, drugUrl: string | undefined, reference: string) =>
    readSummary({
      resourceType: "Bundle",
      type: "collection",
      entry: [
        { resource: patient },
        { fullUrl: statementUrl, resource: medication(reference) },
        { fullUrl: drugUrl, resource: drug },
      ],
    })

  test.each([
    ["relative, no addresses", undefined, undefined, "Medication/d"],
    [
      "relative to the server",
      "https://a.example/fhir/MedicationStatement/m",
      "https://a.example/fhir/Medication/d",
      "Medication/d",
    ],
    ["absolute", undefined, "https://a.example/fhir/Medication/d", "https://a.example/fhir/Medication/d"],
    [
      "to a version",
      undefined,
      "https://a.example/fhir/Medication/d",
      "https://a.example/fhir/Medication/d/_history/3",
    ],
    [
      "by UUID, in capitals",
      undefined,
      "urn:uuid:00000000-0000-4000-8000-00000000000a",
      "urn:uuid:00000000-0000-4000-8000-00000000000A",
    ],
  ])("resolve: %s", (_name, statementUrl, drugUrl, reference) => {
    expect(labels(withUrls(statementUrl, drugUrl, reference), "medications")).toEqual(["Warfarin"])
  })

  test("to another server's resource of the same id don't resolve", () => {
    const summary = withUrls(undefined, "https://a.example/fhir/Medication/d", "https://b.example/fhir/Medication/d")
    expect(labels(summary, "medications")[0]).toContain("not in this document")
    expect(warnings(summary)).toContain("reference-unresolved")
  })

  test("to a contained resource resolve", () => {
    const statement = { ...medication("#inner"), contained: [{ ...drug, id: "inner" }] }
    expect(labels(readSummary(collection(statement)), "medications")).toEqual(["Warfarin"])
  })

  test("to what occurs twice are never guessed", () => {
    const summary = readSummary(collection(medication("Medication/d"), drug, { ...drug, code: { text: "Aspirin" } }))
    expect(labels(summary, "medications")[0]).toContain("not in this document")
    expect(labels(summary, "medications")).toEqual(expect.arrayContaining(["Warfarin", "Aspirin"]))
    expect(warnings(summary)).toContain("reference-ambiguous")
  })

  test("of a section to what isn't there leave a visible gap", () => {
    const entry = [{ reference: "AllergyIntolerance/gone", display: "Latex" }]
    const summary = readSummary(ips("48765-2", { entry }))
    expect(labels(summary, "allergies")).toEqual(["Latex"])
    expect(section(summary, "allergies").items[0]?.marks).toEqual(["unresolved"])
    expect(warnings(summary)).toContain("reference-unresolved")
  })

  test("an entry that no section lists is shown by its kind", () => {
    const summary = readSummary(ips("11450-4", {}, allergy("Latex")))
    expect(labels(summary, "allergies")).toEqual(["Latex"])
    expect(section(summary, "allergies").items[0]?.marks).toEqual(["unlisted"])
    expect(warnings(summary)).toContain("unlisted")
  })

  test("an allergy that only another section lists is among the allergies too", () => {
    const summary = readSummary(
      ips("11450-4", { entry: [{ reference: "AllergyIntolerance/Latex" }] }, allergy("Latex")),
    )
    expect(labels(summary, "allergies")).toEqual(["Latex"])
    expect(labels(summary, "problems")).toEqual(["Latex"])
  })

  test("that run in a circle end", () => {
    const member = (id: string, of: string) => ({
      resourceType: "Observation",
      id,
      code: { text: id },
      hasMember: [{ reference: `Observation/${of}` }],
    })
    expect(labels(readSummary(collection(member("a", "b"), member("b", "a"))), "results")).toEqual(["a", "b"])
  })
})

describe("faulty input", () => {
  const deep = `${"[".repeat(300)}${"]".repeat(300)}`
  test.each([
    ["not JSON", "Patient: Pat", "not-json"],
    ["XML", "<Bundle/>", "not-json-but-xml"],
    ["nested too deep", `{"resourceType":"Bundle","entry":${deep}}`, "too-deep"],
    ["nested too deep, parsed", JSON.parse(deep) as unknown, "too-deep"],
    ["too large", new Uint8Array(64 * 1024 * 1024 + 1), "too-large"],
    ["null", null, "not-a-bundle"],
    ["a number", 7, "not-a-bundle"],
    ["nothing", "", "not-json"],
  ] as const)("%s gets a warning, and the sections say that nothing is known", (_name, input, code) => {
    const summary = readSummary(input)
    expect(warnings(summary)).toContain(code)
    expect(summary.sections.map(({ state }) => state)).toEqual(["no-information", "no-information", "no-information"])
  })

  test("a single resource is shown, with a warning", () => {
    const summary = readSummary(allergy("Latex"))
    expect(labels(summary, "allergies")).toEqual(["Latex"])
    expect(warnings(summary)).toContain("not-a-bundle")
  })

  test("a bundle without Composition is shown by kinds, with a warning", () => {
    expect(warnings(readSummary(collection(allergy("Latex"))))).toEqual(["not-a-document"])
    expect(warnings(readSummary({ ...collection(), type: "document" }))).toContain("composition-missing")
  })

  test("a Composition that isn't first", () => {
    const bundle = ips("48765-2", {})
    const summary = readSummary({ ...bundle, entry: bundle.entry.toReversed() })
    expect(warnings(summary)).toContain("composition-not-first")
  })

  test("entries without a resource are counted", () => {
    const bundle = collection(allergy("Latex"))
    const summary = readSummary({ ...bundle, entry: [...bundle.entry, {}, null, { resource: "x" }] })
    expect(summary.warnings.find(({ code }) => code === "entry-unreadable")?.names).toEqual(["3", "4", "5"])
  })

  test("an entry that doesn't say what it is stays visible", () => {
    const summary = readSummary(collection(allergy("x", { code: undefined })))
    expect(labels(summary, "allergies")).toEqual(["not named (AllergyIntolerance/x)"])
    expect(warnings(summary)).toContain("item-unnamed")
  })

  test("fields of older and newer FHIR versions are understood", () => {
    const old = allergy("a", { clinicalStatus: "inactive" })
    const newer = { resourceType: "MedicationStatement", id: "m", medication: { concept: { text: "Warfarin" } } }
    const summary = readSummary(collection(old, newer))
    expect(section(summary, "allergies").items[0]?.marks).toContain("inactive")
    expect(labels(summary, "medications")).toEqual(["Warfarin"])
  })

  test("characters that could falsify a screen are removed, and that is said", () => {
    const summary = readSummary(
      collection(allergy("a", { code: { text: "\u001b[2JLat\u202eex\u200b\nrubber\u0000" } })),
    )
    expect(labels(summary, "allergies")).toEqual(["[2JLatex rubber"])
    expect(warnings(summary)).toContain("characters-removed")
  })

  test("bytes that aren't UTF-8 are replaced, and that is said", () => {
    const bytes = new TextEncoder().encode(JSON.stringify(collection(allergy("Latex"))))
    expect(warnings(readSummary(bytes.map((byte) => (byte === 0x4c ? 0xff : byte))))).toContain("characters-replaced")
  })

  test("names like __proto__ are names like any other", () => {
    const summary = readSummary(collection({ resourceType: "__proto__", id: "x" }, { resourceType: "constructor" }))
    expect(summary.other).toEqual([
      { type: "__proto__", count: 1 },
      { type: "constructor", count: 1 },
    ])
  })

  test("any JSON in any place of a real summary is survived", () => {
    const document = JSON.stringify(saoirseNiShampla)
    const paths = document.length
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 3 }), fc.nat(paths), (value, at) => {
        let seen = 0
        const mutated: unknown = JSON.parse(document, (_key, old: unknown) => (seen++ === at % 900 ? value : old))
        const summary = readSummary(mutated)
        expect(warnings(summary)).not.toContain("unreadable")
        expect(summary.sections.length).toBeGreaterThanOrEqual(3)
      }),
      { numRuns: 500 },
    )
  })

  // In proportion to its size it takes seconds at most; in proportion to its square, longer than a test may.
  test("a large hostile bundle is read to its end", () => {
    const many = Array.from({ length: 20_000 }, (_, i) => allergy("same", { code: { text: `${i}` } }))
    const entry = many.map(() => ({ reference: "AllergyIntolerance/same" }))
    const slashes = allergy("b", { patient: { reference: "a".repeat(1_000_000) } })
    const narrative = { text: { div: "<".repeat(1_000_000) } }
    expect(readSummary(ips("48765-2", { entry, ...narrative }, ...many, slashes)).sections.length).toBeGreaterThan(0)
  })

  test("thousands of references to what stands inside a resource walk through it once", () => {
    const count = 500
    let reads = 0
    const inner = Array.from({ length: count }, (_, i) => ({
      resourceType: "AllergyIntolerance",
      get id() {
        reads++
        return `c${i}`
      },
      code: { text: `${i}` },
    }))
    const document = ips("48765-2", { entry: inner.map((_, i) => ({ reference: `#c${i}` })) })
    const [composition] = document.entry
    Object.assign(composition!.resource, { contained: inner })
    expect(labels(readSummary(document), "allergies")).toHaveLength(count)
    expect(reads).toBeLessThan(20 * count)
  })

  test("a narrative of any length takes nothing of the rest away", () => {
    const text = { div: `<div>${"x<br/>".repeat(400_000)}</div>` }
    const entry = [{ reference: "AllergyIntolerance/Penicillin" }]
    const summary = readSummary(ips("48765-2", { text, entry }, allergy("Penicillin")))
    expect(labels(summary, "allergies")).toEqual(["Penicillin"])
  })
})

/** Entries of a bundle that a summary neither shows nor counts: must be none. */
function unaccounted(bundle: unknown): string[] {
  const summary = readSummary(bundle)
  const shown = new Set(summary.sections.flatMap(({ items }) => items.map(({ source }) => source)))
  const counted = new Set(summary.other.map(({ type }) => type))
  // The patient and the Composition are the summary's frame; drugs and devices are named by what uses them.
  const frame = new Set(["Patient", "Composition", "Medication", "Device"])
  return list(bundle, "entry").flatMap((entry, index) => {
    const resource = field(entry, "resource")
    const type = text(resource, "resourceType") ?? ""
    const id = text(resource, "id")
    const name = id === undefined ? `${type} ${index + 1}` : `${type}/${id}`
    return shown.has(name) || counted.has(type) || frame.has(type) ? [] : name
  })
}

describe.skipIf(withoutSamples)("summaries that others wrote", () => {
  const read = (name: string) => readSummary(sample(name))

  test.each([
    ["interopehrate-IPSSample-Small.json", ["dose-contradiction"]],
    ["interopehrate-incorrectPatientSummary.json", ["dose-contradiction", "composition-incomplete"]],
    ["interopehrate-DiagnosticReport_w_Provenance_0.json", ["not-a-document"]],
    ["interopehrate-ImageReportSample.json", ["patient-missing", "not-a-document"]],
    ["interopehrate-LRSample.json", ["patient-missing", "not-a-document"]],
    ["ipsviewer-IPS_IG-bundle-01.json", []],
    ["ipsviewer-full_ips.json", ["inactive"]],
    ["ipsviewer-EU_IPS_wylem_bars.json", []],
    ["ipsviewer-NZ_Peter_Jordan_NNJ9186.json", ["inactive"]],
    ["ktc-Bundle-ips-all-sections.json", ["inactive"]],
  ])("%s is read with the warnings it deserves, and no entry is lost", (name, codes) => {
    expect(warnings(read(name))).toEqual(codes)
    expect(unaccounted(JSON.parse(Buffer.from(sample(name)).toString("utf8")))).toEqual([])
  })

  test("a faulty summary gives its content all the same", () => {
    const summary = read("interopehrate-incorrectPatientSummary.json")
    expect(summary.patient).toMatchObject({ name: "Mario Rossi", birthDate: "1960-01-01" })
    expect(labels(summary, "allergies")).toEqual(["Penicillina -classe di antibiotico-"])
    expect(section(summary, "allergies").items).toMatchObject([{ criticality: "high" }])
    expect(labels(summary, "medications")).toHaveLength(6)
    expect(labels(summary, "results")).toHaveLength(10)
    expect(summary.warnings.find(({ code }) => code === "composition-incomplete")?.names).toEqual(["status"])
  })

  test("no known allergy, and no information about allergies, are told apart", () => {
    expect(section(read("ipsviewer-NZ_Peter_Jordan_NNJ9186.json"), "allergies").state).toBe("none-known")
    expect(section(read("ipsviewer-EU_IPS_wylem_bars.json"), "allergies").state).toBe("not-stated")
    expect(section(read("interopehrate-LRSample.json"), "allergies").state).toBe("no-information")
  })

  test("not for resuscitation is said", () => {
    expect(said(section(read("ipsviewer-full_ips.json"), "advance-directives").items[0])).toMatchObject({
      label: "Do Not Resuscitate",
      detail: expect.stringContaining("Not for resuscitation"),
    })
  })
})

describe("what is said of an item", () => {
  const statement = (more: object) => ({ resourceType: "MedicationStatement", status: "active", ...more })
  const told = (resource: object) => {
    const document = { resourceType: "Bundle", type: "collection", entry: [{ resource }] }
    return said(readSummary(document).sections.flatMap(({ items: all }) => all)[0])
  }
  const absent = (valueCode: string) => ({
    extension: [{ url: "http://hl7.org/fhir/StructureDefinition/data-absent-reason", valueCode }],
  })

  test("a day that isn't known is not said, and one that is withheld is", () => {
    const since = (reason: string) => told(statement({ _effectiveDateTime: absent(reason) })).onset
    expect(since("unknown")).toBeUndefined()
    expect(since("masked")).toContain("not stated")
  })

  test("an implant's own elements stand without its patient's name and its own, and another patient's is said", () => {
    const use = (patient: string) => ({
      resourceType: "DeviceUseStatement",
      status: "active",
      subject: { reference: "Patient/1" },
      source: { display: "Eleni" },
      device: { reference: "#d" },
      contained: [
        {
          resourceType: "Device",
          id: "d",
          type: { text: "Pacemaker" },
          manufacturer: "Medtronic",
          patient: { reference: patient },
        },
      ],
    })
    const { label, detail, aside } = told(use("Patient/1"))
    expect({ label, detail }).toEqual({ label: "Pacemaker", detail: "manufacturer: Medtronic" })
    expect(aside).toContain("source: Eleni")
    expect(told(use("Patient/2")).detail).toContain("about: Patient/2")
  })
})
