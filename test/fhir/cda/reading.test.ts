import { describe, expect, test } from "vitest"
import type { SummaryItem } from "../../../fhir/item.ts"
import type { SectionKey } from "../../../fhir/section-key.ts"
import { readSummary, type Summary } from "../../../fhir/summary.ts"
import { items, labels, said, section as sectionIn, warnings } from "../reading.ts"
import { allergy, cda, code, medicine, observation, problem, section, type Written } from "./document.ts"

const read = (sections: string, written?: Written): Summary => readSummary(cda(sections, written))
const ofAllergies = (...entries: readonly string[]) => read(section("48765-2", "Allergies", ...entries))
const ofProblems = (...entries: readonly string[]) => read(section("11450-4", "Problems", ...entries))
const ofMedicines = (...entries: readonly string[]) => read(section("10160-0", "Medicines", ...entries))
const only = (summary: Summary, key: SectionKey): SummaryItem => {
  const found = items(summary, key)
  expect(found).toHaveLength(1)
  return found[0]!
}
const period = (low: string, high = "") =>
  `<effectiveTime xsi:type="IVL_TS"><low value="${low}"/>${high === "" ? "" : `<high ${high}/>`}</effectiveTime>`
const detail = (relation: string, of: string, value: string, attributes = "") =>
  `<entryRelationship typeCode="${relation}"><observation classCode="OBS" moodCode="EVN" ${attributes}><code ${code(of)}/>
<statusCode code="completed"/><value xsi:type="CD" ${value}/></observation></entryRelationship>`

describe("the header of a CDA document", () => {
  test("says who it is about, who wrote it, and when", () => {
    const { patient, document } = read("")
    expect(patient).toMatchObject({
      name: "Mia Muster",
      birthDate: "1980-05-05",
      sex: "female",
      identifiers: [{ system: "urn:oid:1.2.3", value: "4711" }],
      telecom: ["+30 210 1234567"],
    })
    expect(document).toMatchObject({
      title: "Summary of Mia",
      date: "2026-03-10T15:30:00+02:00",
      author: "Dr. Anna Arzt, Town Hospital",
    })
  })

  test("names whom to call, the languages and the rest of what it says of the person", () => {
    const targets = `<recordTarget><patientRole><patient><name use="L"><given>Mia</given><family>Muster</family></name>
<birthTime value="198005"/><raceCode ${code("sct 1 Mark")}/><guardian><code displayName="Aunt"/><telecom value="tel:+1"/><guardianPerson>
<name>Tante <given>Trude</given></name></guardianPerson></guardian><languageCommunication><languageCode code="el"/></languageCommunication>
</patient></patientRole></recordTarget>`
    const header = `<participant typeCode="IND"><associatedEntity classCode="ECON"><telecom value="tel:+2"/><associatedPerson>
<name><given>Otto</given></name></associatedPerson></associatedEntity></participant>`
    const { patient } = read("", { targets, header })
    expect(patient).toMatchObject({
      birthDate: "1980-05",
      contacts: ["Tante Trude, Aunt, +1", "Otto, ECON, +2"],
      languages: ["el"],
    })
    expect(JSON.stringify(patient?.aside)).toContain("Mark")
  })

  test("of two people makes nobody of them the patient", () => {
    const person = (name: string) =>
      `<recordTarget><patientRole><patient><name>${name}</name></patient></patientRole></recordTarget>`
    const entry = section("48765-2", "x", allergy("sct 111088007 Latex"))
    const summary = read(entry, { targets: `${person("A A")}${person("B B")}` })
    expect(summary.patient).toBeUndefined()
    expect(warnings(summary)).toEqual(expect.arrayContaining(["several-patients", "patient-missing"]))
    expect(only(summary, "allergies").marks).toContain("subject-unclear")
  })

  test("without anybody says that somebody is missing", () => {
    expect(warnings(read("", { targets: "" }))).toContain("patient-missing")
  })

  test("that isn't for everybody, and a section that isn't, is said to be", () => {
    const labelled = section("48765-2", "x", allergy("sct 1 X")).replace(
      "<title>",
      '<confidentialityCode code="R" displayName="restricted"/><title>',
    )
    expect(read(labelled).warnings).toContainEqual({ code: "restricted", names: ["restricted"], more: 0 })
  })
})

describe("an allergy in CDA", () => {
  test("is called by its substance, with its reaction, gravity, risk and time", () => {
    const severity = detail("SUBJ", "actcode SEV", code("sct 24484000 Schwer"))
    const hives = `<entryRelationship typeCode="MFST"><observation classCode="OBS" moodCode="EVN"><code ${code("actcode ASSERTION")}/>
<statusCode code="completed"/><value xsi:type="CD" ${code("sct 247472004 Hives")}/>${severity}</observation></entryRelationship>`
    const risk = detail("SUBJ", "loinc 82606-5", 'code="CRITH"')
    const item = only(
      ofAllergies(allergy("rxnorm 7980 Penicillin G", { observation: `${period("2006")}${hives}${risk}` })),
      "allergies",
    )
    expect(item).toMatchObject({ criticality: "high", severity: { text: "severe" }, marks: [] })
    expect(said(item)).toMatchObject({
      label: "Penicillin G",
      onset: "2006",
      detail: expect.stringMatching(/^reaction: Hives \(severe \(Schwer\)\); /),
    })
  })

  test("that is negated is refuted, and the section's own words are to be read with it", () => {
    const summary = ofAllergies(allergy("sct 762952008 Peanuts", { attributes: 'negationInd="true"' }))
    expect(only(summary, "allergies").marks).toEqual(["refuted"])
    expect(sectionIn(summary, "allergies")).toMatchObject({ narrativeSaysMore: true, narrative: ["Allergies"] })
    expect(sectionIn(summary, "allergies").state).not.toBe("none-known")
  })

  test.each([
    ["of its concern", "<act ", '<act negationInd="1" '],
    ["of the relation to it", 'typeCode="SUBJ"', 'typeCode="SUBJ" negationInd="true"'],
  ])("is refuted by the negation %s", (_where, plain, negated) => {
    const written = allergy("sct 762952008 Peanuts").replace(plain, negated)
    expect(only(ofAllergies(written), "allergies").marks).toEqual(["refuted"])
  })

  test.each([
    ["416098002 Drug allergy", "drug"],
    ["414285001 Food allergy", "food"],
    ["419199007 Allergy to substance", "all"],
  ])("of no substance, negated (%s), says that none are known", (kind, of) => {
    const none = allergy('nullFlavor="NA"', { attributes: 'negationInd="true"' }).replace(
      code("sct 419199007 Allergy to substance"),
      code(`sct ${kind}`),
    )
    const summary = ofAllergies(none)
    expect(only(summary, "allergies").absence).toEqual({ said: "none-known", within: "allergies", of })
    expect(sectionIn(summary, "allergies").state).toBe(of === "all" ? "none-known" : "in-parts")
  })

  test("of a substance that isn't told, negated, isn't taken for none at all", () => {
    const summary = ofAllergies(allergy('nullFlavor="OTH"', { attributes: 'negationInd="true"' }))
    expect(only(summary, "allergies")).toMatchObject({ marks: ["refuted"] })
    expect(only(summary, "allergies").absence).toBeUndefined()
    expect(sectionIn(summary, "allergies")).toMatchObject({ state: "listed", narrativeSaysMore: true })
  })

  test("that a code says there isn't says so in the document's words too", () => {
    const none = allergy('nullFlavor="NA"', {
      attributes: 'negationInd="true"',
      observation: "<text>Andmed puuduvad</text>",
    }).replace(code("sct 419199007 Allergy to substance"), code("sct 716186003 No known allergy"))
    const summary = ofAllergies(none)
    expect(sectionIn(summary, "allergies").state).toBe("none-known")
    expect(said(only(summary, "allergies"))).toMatchObject({
      label: "No known allergy",
      detail: expect.stringContaining("Andmed puuduvad"),
    })
  })

  test("without a substance is called by its own words, and is one all the same", () => {
    const words = allergy('nullFlavor="UNK"', { observation: "<text>study drug X</text>" })
    const original = allergy('nullFlavor="OTH"').replace(
      "/></playingEntity>",
      "><originalText>dust</originalText></code></playingEntity>",
    )
    expect(labels(ofAllergies(words, original), "allergies")).toEqual(["study drug X", "dust"])
    expect(sectionIn(ofAllergies(words), "allergies").narrativeSaysMore).toBe(true)
  })

  test.each(["NA", "NI", "UNK"])("of no substance (%s), negated, isn't called by words that say so too", (flavour) => {
    const none = allergy(`nullFlavor="${flavour}"`, {
      attributes: 'negationInd="true"',
      observation: "<text>No known drug allergies</text>",
    })
    const item = only(ofAllergies(none), "allergies")
    expect(item).toMatchObject({ marks: [], absence: { said: "none-known" } })
    expect(said(item)).toMatchObject({ label: "No known allergies", detail: expect.stringContaining("drug allergies") })
  })

  test("whose substance isn't told, negated, doesn't deny the words beside it", () => {
    const none = allergy('nullFlavor="OTH"', {
      attributes: 'negationInd="true"',
      observation: "<text>No known drug allergies</text>",
    })
    expect(labels(ofAllergies(none), "allergies")).toEqual(["not named (AllergyIntolerance/1)"])
  })

  test("has the symptom of a statement that is one by its template", () => {
    const reaction = detail("SUBJ", "actcode ASSERTION", code("sct 247472004 Hives")).replace(
      "<code",
      '<templateId root="2.16.840.1.113883.10.20.22.4.9"/><code',
    )
    expect(said(only(ofAllergies(allergy("sct 1 Latex", { observation: reaction })), "allergies")).detail).toMatch(
      /^reaction: Hives/,
    )
  })

  test("to two substances is two", () => {
    const two = allergy("sct 1 Latex").replace(
      "</participant>",
      `</participant><participant typeCode="CSM"><participantRole><playingEntity><name>Kiwi</name></playingEntity></participantRole></participant>`,
    )
    expect(labels(ofAllergies(two), "allergies")).toEqual(["Latex", "Kiwi"])
  })

  test("is called by what its code says, with what its author wrote beside it", () => {
    const kiwi = allergy("sct 260176001 Kiwi").replace(
      'displayName="Kiwi"/>',
      'displayName="Kiwi"><originalText>Alergia a comida</originalText></code>',
    )
    expect(labels(ofAllergies(kiwi), "allergies")).toEqual(["Kiwi (Alergia a comida)"])
  })

  test.each([
    ["taken back in its concern", { status: "nullified" }, "entered-in-error"],
    ["whose concern was given up", { status: "aborted" }, "inactive"],
    ["that ended before the document", { observation: period("2006", 'value="20100101"') }, "inactive"],
    [
      "that is said to be resolved",
      { observation: detail("REFR", "loinc 33999-4", code("sct 413322009 Resolved")) },
      "inactive",
    ],
    [
      "that is only suspected",
      { observation: detail("SUBJ", "loinc 66455-7", code("sct 415684004 Suspected")) },
      "unconfirmed",
    ],
    [
      "that is known to be absent",
      { observation: detail("SUBJ", "loinc 66455-7", code("sct 410516002 Known absent")) },
      "refuted",
    ],
  ] as const)("%s is marked so", (_what, parts, mark) => {
    expect(only(ofAllergies(allergy("sct 111088007 Latex", parts)), "allergies").marks).toContain(mark)
  })

  test.each([
    ["an end after the document", { observation: period("2006", 'value="20300101"') }, "2030"],
    ["an end that nobody knows", { observation: period("2006", 'nullFlavor="UNK"') }, "until: unknown"],
    ["a concern that is closed without a day", { status: "completed" }, "concern: completed"],
  ] as const)("with %s isn't over, and says so", (_what, parts, says) => {
    const item = only(ofAllergies(allergy("sct 111088007 Latex", parts)), "allergies")
    expect(item.marks).toEqual([])
    expect(said(item).detail).toContain(says)
  })

  test("of somebody else is nobody's here", () => {
    const mother = `<subject><relatedSubject><code code="MTH" displayName="Mother"/></relatedSubject></subject>`
    const summary = ofAllergies(
      allergy("sct 1 Latex", { act: mother }),
      allergy("sct 2 Kiwi", { observation: mother }),
      allergy("sct 3 Nuts"),
    )
    expect(items(summary, "allergies").map(({ marks }) => marks)).toEqual([[], ["other-patient"], ["other-patient"]])
    expect(said(items(summary, "allergies")[1]).detail).toContain("Mother")
    const whole = section("48765-2", "x", allergy("sct 1 Latex")).replace("<title>", `${mother}<title>`)
    expect(only(read(whole), "allergies").marks).toContain("other-patient")
  })

  test("that is wished or planned isn't one that is", () => {
    const goal = allergy("sct 1 Latex").replace('classCode="OBS" moodCode="EVN"', 'classCode="OBS" moodCode="INT"')
    expect(only(ofAllergies(goal), "allergies").marks).toContain("planned")
  })

  test("keeps a symptom that is negated or taken back as it stands", () => {
    const not = detail("MFST", "actcode ASSERTION", code("sct 39579001 Anaphylaxis"), 'negationInd="true"')
    const back = detail("MFST", "actcode ASSERTION", code("sct 49727002 Cough")).replace(
      'code="completed"',
      'code="nullified"',
    )
    const item = only(ofAllergies(allergy("sct 1 Latex", { observation: not + back })), "allergies")
    expect(said(item).detail).not.toContain("reaction:")
    expect(said(item).detail).toMatch(/Anaphylaxis.*not so: yes/)
    expect(said(item).detail).toMatch(/Cough.*nullified|nullified.*Cough/)
  })
})

describe("an illness in CDA", () => {
  test("has its time, its place and its state", () => {
    const written = `${period("20100203")}<targetSiteCode ${code("sct 24028007 Right")}/>`
    const item = only(ofProblems(problem("sct 38341003 Hypertension", { observation: written })), "problems")
    expect(said(item)).toMatchObject({ label: "Hypertension", onset: "2010-02-03", status: "active" })
    expect(said(item).detail).toContain("where: Right")
    expect(item.marks).toEqual([])
  })

  test("that is negated is refuted; any at all, negated, is none known", () => {
    const no = { attributes: 'negationInd="true"' }
    expect(only(ofProblems(problem("sct 73211009 Diabetes", no)), "problems").marks).toEqual(["refuted"])
    const none = ofProblems(problem("sct 55607006 Problem", no))
    expect(sectionIn(none, "problems").state).toBe("none-known")
    const coded = ofProblems(problem("sct 160245001 No current problems", no))
    expect(sectionIn(coded, "problems").state).toBe("none-known")
  })

  test("that is over is inactive, with the day", () => {
    const item = only(
      ofProblems(problem("sct 1 Pneumonia", { observation: period("2020", 'value="202003"') })),
      "problems",
    )
    expect(item.marks).toContain("inactive")
    expect(said(item).detail).toContain("ended: 2020-03")
  })

  test("in words alone is called by them", () => {
    const words = problem("sct 1 x").replace(
      /<value [^>]*\/>/,
      '<value xsi:type="CD" nullFlavor="OTH"><originalText>bad back</originalText></value>',
    )
    const text = problem("sct 1 x").replace(/<value [^>]*\/>/, '<value xsi:type="ST">bad knee</value>')
    expect(labels(ofProblems(words, text), "problems")).toEqual(["bad back", "bad knee"])
  })

  test("of the past stands among those of the past", () => {
    expect(labels(read(section("11348-0", "x", problem("sct 1 Measles"))), "past-problems")).toEqual(["Measles"])
  })
})

describe("a medicine in CDA", () => {
  const times = `${period("20240101")}<effectiveTime xsi:type="PIVL_TS" operator="A" institutionSpecified="true"><period value="12" unit="h"/></effectiveTime>`
  const dose = `<routeCode ${code("sct 26643006 Oral")}/><doseQuantity value="2.50" unit="mg"/>`

  test("says how much of it, when, by which way, since when and for what", () => {
    const reason = detail("RSON", "sct 404684003 Finding", code("sct 49436004 Atrial fibrillation"))
    const item = only(
      ofMedicines(medicine("rxnorm 11289 Warfarin", { before: times + dose, after: reason })),
      "medications",
    )
    expect(item.marks).toEqual([])
    expect(said(item)).toMatchObject({ label: "Warfarin", onset: "2024-01-01", status: "active" })
    expect(said(item).detail).toMatch(/^2\.50 mg, 2 × per day, route: Oral; for: Atrial fibrillation/)
  })

  test.each([
    ['institutionSpecified="false"', '<period value="8" unit="h"/>', "per 8 hours"],
    ["", '<period value="0.5" unit="d"/>', "2 × per day"],
    ["", '<period value="1" unit="wk"/>', "per week"],
    ["", '<period><low value="4" unit="h"/><high value="6" unit="h"/></period>', "per 4–6 hours"],
    ['alignment="DW"', '<period value="1" unit="wk"/>', "alignment: DW"],
    ["", '<period value="3" unit="fortnight"/>', "3 fortnight"],
    ["", '<phase><low value="202401010800"/></phase><period value="1" unit="d"/>', "2024-01-01T08:00:00"],
  ])("is taken as its period says (%s %s)", (attributes, inner, says) => {
    const time = `<effectiveTime xsi:type="PIVL_TS" ${attributes}>${inner}</effectiveTime>`
    expect(said(only(ofMedicines(medicine("rxnorm 1 X", { before: time })), "medications")).detail).toContain(says)
  })

  test.each([
    ['<event code="HS"/>', "before sleep"],
    ['<event code="ACM"/><offset><low value="30" unit="min"/></offset>', "30 min"],
    ['<event code="ICM"/>', "ICM"],
  ])("is taken at its event of the day (%s)", (inner, says) => {
    const time = `<effectiveTime xsi:type="EIVL_TS">${inner}</effectiveTime>`
    expect(said(only(ofMedicines(medicine("rxnorm 1 X", { before: time })), "medications")).detail).toContain(says)
  })

  test("is taken at several times of a day, as each says", () => {
    const time = `<effectiveTime xsi:type="SXPR_TS"><comp xsi:type="EIVL_TS"><event code="ACM"/></comp><comp xsi:type="PIVL_TS" operator="I"><period value="1" unit="d"/></comp></effectiveTime>`
    const { detail: says } = said(only(ofMedicines(medicine("rxnorm 1 X", { before: time })), "medications"))
    expect(says).toContain("before breakfast")
    expect(says).toContain("per day")
  })

  test("as needed says for what, and at most how much", () => {
    const after = `<maxDoseQuantity><numerator value="4" unit="g"/><denominator value="1" unit="d"/></maxDoseQuantity>
<precondition typeCode="PRCN"><criterion><value xsi:type="CD" ${code("sct 25064002 Headache")}/></criterion></precondition>`
    const { detail: says } = said(only(ofMedicines(medicine("rxnorm 1 X", { after })), "medications"))
    expect(says).toContain("as needed for Headache")
    expect(says).toContain("4 g / 1 d")
  })

  test("in parts has the dose of each, in their order", () => {
    const part = (n: number, value: string) =>
      `<entryRelationship typeCode="COMP"><sequenceNumber value="${n}"/>${medicine('nullFlavor="NA"', {
        before: `${period(`2024010${n}`)}<doseQuantity value="${value}" unit="mg"/>`,
      })}</entryRelationship>`
    const item = only(
      ofMedicines(medicine("rxnorm 1 Prednisone", { after: part(1, "40") + part(2, "20") })),
      "medications",
    )
    expect(said(item).detail).toMatch(/40 mg.*2024-01-01.*; 20 mg.*2024-01-02/)
  })

  test("says what its author wrote on how it is taken", () => {
    const act = (of: string, words: string) =>
      `<entryRelationship typeCode="SUBJ"><act classCode="ACT" moodCode="INT"><code ${of}/><text>${words}</text><statusCode code="completed"/></act></entryRelationship>`
    const after = act('code="PINSTRUCT"', "with water") + act(code("sct 422037009 Provider"), "shake")
    const { detail: says } = said(
      only(ofMedicines(medicine("rxnorm 1 X", { before: "<text>one in the morning</text>", after })), "medications"),
    )
    for (const words of ["with water", "shake", "one in the morning"]) expect(says).toContain(words)
  })

  test("of a brand says what is in it", () => {
    const brand = medicine('nullFlavor="NA"').replace(
      '<code nullFlavor="NA"/>',
      `<code nullFlavor="NA"/><name>Sintrom 4 mg</name><e:ingredient xmlns:e="urn:epsos"><e:quantity><e:numerator value="4" unit="mg"/><e:denominator value="1" unit="{tablet}"/></e:quantity>
<e:ingredient><e:code ${code("atc B01AA07 acenocoumarol")}/></e:ingredient></e:ingredient>`,
    )
    expect(said(only(ofMedicines(brand), "medications"))).toMatchObject({
      label: "Sintrom 4 mg",
      detail: expect.stringMatching(/acenocoumarol.*4 mg \/ 1 tablet/),
    })
  })

  test.each([
    ["that is negated", { attributes: 'negationInd="true"' }, ["not-taken"]],
    ["that was stopped", { status: "aborted" }, ["inactive"]],
    ["that is held", { status: "held" }, ["inactive"]],
    ["that was taken back", { status: "nullified" }, ["entered-in-error"]],
    ["whose course is over", { status: "completed", before: period("2025", 'value="20250201"') }, ["inactive"]],
    ["that may be over or go on", { status: "completed" }, ["unconfirmed"]],
    ["of a state that nobody knows", { status: "whatever" }, ["unconfirmed"]],
    ["that is prescribed", { mood: "INT" }, []],
    ["that is proposed", { mood: "PRP" }, ["planned"]],
    ["that mustn't be given", { mood: "RQO", attributes: 'negationInd="true"' }, ["do-not-give"]],
  ])("%s is marked so", (_what, given, marks) => {
    expect(only(ofMedicines(medicine("rxnorm 1 X", given)), "medications").marks).toEqual(marks)
  })

  test("is what a statement inside says that it is", () => {
    const active = detail("REFR", "loinc 33999-4", code("sct 55561003 Active"))
    const stopped = detail("REFR", "loinc 33999-4", code("sct 73425007 Inactive"))
    const marks = (after: string) =>
      only(ofMedicines(medicine("rxnorm 1 X", { status: "completed", after })), "medications").marks
    expect([marks(active), marks(stopped)]).toEqual([[], ["inactive"]])
  })

  test("of a discharge, which stands in an act, is a medicine", () => {
    const act = `<act classCode="ACT" moodCode="EVN"><code ${code("loinc 10183-2")}/><statusCode code="active"/>
<entryRelationship typeCode="SUBJ">${medicine("rxnorm 1 X")}</entryRelationship></act>`
    expect(labels(read(section("10183-2", "x", act)), "medications")).toEqual(["X"])
  })

  test("as needed for no reason is as needed", () => {
    const after = `<precondition><criterion><code ${code("actcode ASSERTION")}/></criterion></precondition>`
    expect(said(only(ofMedicines(medicine("rxnorm 1 X", { after })), "medications")).detail).toBe("as needed")
  })

  test("counts what its unit of giving says", () => {
    const before = `<doseQuantity><low value="1"/><high value="2"/></doseQuantity><administrationUnitCode ${code("sct 428673006 Tablet")}/>`
    expect(said(only(ofMedicines(medicine("rxnorm 1 X", { before })), "medications")).detail).toBe(
      "1 Tablet to 2 Tablet",
    )
  })

  test("of a patient summary, which lists what is taken, isn't over for being recorded as completed", () => {
    const sections = section("10160-0", "x", medicine("rxnorm 1 X", { status: "completed" }))
    const item = only(read(sections, { kind: "60591-5" }), "medications")
    expect(item.marks).toEqual([])
    expect(said(item).detail).toContain("state in the document: completed")
  })

  test("of a plan is planned", () => {
    const plan = read(section("18776-5", "x", medicine("rxnorm 1 X", { mood: "INT" })))
    expect(only(plan, "plan").marks).toEqual(["planned"])
  })

  test.each([
    [
      "a code",
      medicine('nullFlavor="NA"').replace("<statusCode", `<code ${code("sct 182849000 No drug therapy")}/><statusCode`),
    ],
    ["the negation of any", medicine("sct 410942007 Drug", { attributes: 'negationInd="true"' })],
    ["the negation of none", medicine('nullFlavor="NA"', { attributes: 'negationInd="true"' })],
  ])("isn't taken where %s says that none are", (_what, none) => {
    expect(sectionIn(ofMedicines(none), "medications").state).toBe("none-known")
  })

  test("of which nothing is known is said to be unknown", () => {
    const unknown = medicine('nullFlavor="NA"').replace(
      "<statusCode",
      `<code ${code("sct 182904002 Drug treatment unknown")}/><statusCode`,
    )
    expect(sectionIn(ofMedicines(unknown), "medications").state).toBe("not-stated")
  })
})

describe("what else stands in CDA", () => {
  test("a vaccination says its day, its lot and that it was refused", () => {
    const given = medicine("cvx 88 Flu", { status: "completed", before: '<effectiveTime value="20251001"/>' }).replace(
      "</manufacturedMaterial>",
      "<lotNumberText>L1</lotNumberText></manufacturedMaterial>",
    )
    const refused = medicine("cvx 33 Pneumo", { status: "completed", attributes: 'negationInd="true"' })
    const summary = read(section("11369-6", "x", given, refused))
    const [flu, pneumo] = items(summary, "immunizations")
    expect(said(flu)).toMatchObject({ label: "Flu", onset: "2025-10-01", detail: expect.stringContaining("lot: L1") })
    expect(flu?.marks).toEqual([])
    expect(pneumo?.marks).toEqual(["not-done"])
  })

  test("a result keeps its number, its range and what is a bound", () => {
    const range = `<interpretationCode code="H" codeSystem="2.16.840.1.113883.5.83"/><referenceRange><observationRange>
<value xsi:type="IVL_PQ"><low value="3.5" unit="mmol/L"/><high value="5.1" unit="mmol/L"/></value></observationRange></referenceRange>`
    const of = (value: string, more = "") => observation("loinc 2823-3 Potassium", value, { observation: more })
    const organizer = `<organizer classCode="BATTERY" moodCode="EVN"><code ${code("loinc 24323-8 CMP")}/><statusCode code="completed"/>
<effectiveTime value="20260301"/><component>${of('<value xsi:type="PQ" value="5.20" unit="mmol/L"/>', range)}</component>
<component>${of('<value xsi:type="IVL_PQ"><high value="0.1" unit="mmol/L" inclusive="false"/></value>')}</component>
<component>${of('<value xsi:type="CD" nullFlavor="NASK"/>')}</component></organizer>`
    const summary = read(section("30954-2", "x", organizer))
    const [first, second, third] = items(summary, "results")
    expect(first?.measured).toMatchObject([
      { number: "5.20", unit: "mmol/L", low: 3.5, high: 5.1, flag: "high", date: "2026-03-01" },
    ])
    expect(said(first).detail).toContain("part of: CMP")
    expect(second?.measured).toMatchObject([{ number: "0.1", comparator: "<" }])
    expect(said(third).detail).toContain("no value")
  })

  test("a result that was taken back or refuted is no value", () => {
    const value = '<value xsi:type="PQ" value="9" unit="mmol/L"/>'
    const summary = read(
      section(
        "30954-2",
        "x",
        observation("loinc 1 A", value, { status: "nullified" }),
        observation("loinc 2 B", value, { attributes: 'negationInd="true"' }),
        `<organizer moodCode="EVN"><statusCode code="aborted"/><component>${observation("loinc 3 C", value)}</component></organizer>`,
      ),
    )
    const of = (name: string) => items(summary, "results").find((item) => said(item).label === name)!
    expect(of("A").marks).toContain("entered-in-error")
    expect(of("B").marks).toContain("refuted")
    expect(of("C").marks).toContain("inactive")
  })

  test("a number in a unit of its own keeps it; of two, none is chosen", () => {
    const of = (...translations: readonly string[]) => {
      const value = `<value xsi:type="PQ" nullFlavor="OTH">${translations.join("")}</value>`
      return only(read(section("30954-2", "x", observation("loinc 1 A", value))), "results")
    }
    const one = (value: string, unit: string) =>
      `<translation nullFlavor="OTH" value="${value}"><originalText>${unit}</originalText></translation>`
    expect(of(one("9.20", "x10e3/uL")).measured).toMatchObject([{ number: "9.20", unit: "x10e3/uL" }])
    const both = of(one("9.2", "x10e3/uL"), one("99", "other"))
    expect(both.measured).toEqual([])
    expect(said(both).detail).toBe("9.2 x10e3/uL; 99 other")
  })

  test("numbers that aren't written as JSON has them stay as they are", () => {
    const summary = read(
      section("30954-2", "x", observation("loinc 1 A", '<value xsi:type="PQ" value="0,5" unit="mg"/>')),
    )
    expect(said(only(summary, "results")).detail).toBe("0,5 mg")
  })

  test("what is asserted is called by what is asserted", () => {
    const smoker = observation("actcode ASSERTION", `<value xsi:type="CD" ${code("sct 77176002 Smoker")}/>`)
    expect(labels(read(section("29762-2", "x", smoker)), "social-history")).toEqual(["Smoker"])
  })

  test("a pregnancy is found wherever it stands", () => {
    const pregnant = observation("actcode ASSERTION", `<value xsi:type="CD" ${code("sct 77386006 Pregnant")}/>`)
    expect(labels(read(section("29762-2", "x", pregnant)), "pregnancy")).toEqual(["Pregnant"])
  })

  test("an operation says whether it was done", () => {
    const procedure = (attributes: string, status = "completed") =>
      `<procedure classCode="PROC" ${attributes}><code ${code("sct 80146002 Appendectomy")}/><statusCode code="${status}"/><effectiveTime value="2010"/></procedure>`
    const summary = read(
      section(
        "47519-4",
        "2010 Apendicectomia",
        procedure('moodCode="EVN"'),
        procedure('moodCode="EVN" negationInd="true"'),
        procedure('moodCode="INT"', "active"),
      ),
    )
    expect(
      items(summary, "procedures")
        .map(({ type, marks }) => [type, ...marks].join(" "))
        .toSorted((one, other) => one.localeCompare(other)),
    ).toEqual(["Procedure", "Procedure not-done", "Procedure planned"])
    expect(sectionIn(summary, "procedures")).toMatchObject({
      narrativeSaysMore: true,
      narrative: ["2010 Apendicectomia"],
    })
  })

  test("a device is one that the patient has, by whatever says that it was put in", () => {
    const role = (device: string) =>
      `<participant typeCode="DEV"><participantRole><id root="2.16.840.1.113883.3.3719" extension="(01)55"/><playingDevice><code ${device}/></playingDevice></participantRole></participant>`
    const pacemaker = role(code("sct 14106009 Pacemaker"))
    const summary = read(
      section(
        "46264-8",
        "x",
        `<supply classCode="SPLY" moodCode="EVN"><statusCode code="completed"/><effectiveTime value="2015"/>${pacemaker}</supply>`,
        `<procedure classCode="PROC" moodCode="EVN"><code ${code("sct 1 Removal of stent")}/><statusCode code="completed"/>${role(code("sct 2 Stent"))}</procedure>`,
        '<supply classCode="SPLY" moodCode="EVN" nullFlavor="NA"/>',
      ),
    )
    expect(labels(summary, "devices")).toEqual(["Pacemaker", "Stent"])
    const [first, second] = items(summary, "devices")
    expect(said(first)).toMatchObject({ onset: "2015", detail: expect.stringContaining("(01)55") })
    expect(said(second).detail).toContain("procedure: Removal of stent")
  })

  test("no device at all, negated, is none known", () => {
    const none = `<procedure classCode="PROC" moodCode="EVN" negationInd="true"><code ${code("sct 71388002 Procedure")}/>
<participant typeCode="DEV"><participantRole><playingDevice><code ${code("sct 40388003 Implant")}/></playingDevice></participantRole></participant></procedure>`
    const summary = read(section("46264-8", "x", none))
    expect(sectionIn(summary, "devices").state).toBe("none-known")
    expect(labels(summary, "devices")).toEqual(["None known"])
  })

  test("an entry that says nothing is none, and the words of its section stand alone", () => {
    const empty =
      '<observation classCode="OBS" moodCode="EVN"><code nullFlavor="NI"/><statusCode code="active"/><value xsi:type="CD" nullFlavor="NI"/></observation>'
    expect(sectionIn(read(section("46264-8", "None recorded", empty)), "devices")).toMatchObject({
      state: "narrative",
      items: [],
      narrative: ["None recorded"],
    })
  })

  test("a procedure that a code alone names is called by its words", () => {
    const bare = `<procedure classCode="PROC" moodCode="EVN"><code code="69209" codeSystem="2.16.840.1.113883.6.12"/><text>Cerumen removal</text></procedure>`
    expect(labels(read(section("47519-4", "x", bare)), "procedures")).toEqual(["Cerumen removal"])
  })

  test("a file in an entry is said to be there", () => {
    const note = `<act classCode="ACT" moodCode="EVN"><code ${code("loinc 34109-9 Note")}/><text mediaType="application/rtf" representation="B64">e1xydGZ9</text></act>`
    const [item] = read(section("28570-0", "x", note)).sections.at(-1)!.items
    expect(said(item).detail).toBe("note: attached (not shown): application/rtf")
  })

  test("a relative's illness is the relative's", () => {
    const father = `<subject><relatedSubject><code code="FTH" displayName="Father"/><subject><administrativeGenderCode code="M"/></subject></relatedSubject></subject>`
    const illness = (value: string, attributes = "") =>
      `<component>${observation("sct 64572001 Condition", `<value xsi:type="CD" ${code(value)}/>`, { attributes })}</component>`
    const organizer = `<organizer classCode="CLUSTER" moodCode="EVN"><statusCode code="completed"/>${father}${illness("sct 22298006 Infarction")}${illness("sct 363346000 Cancer", 'negationInd="true"')}</organizer>`
    const summary = read(section("10157-6", "x", organizer))
    expect(labels(summary, "family-history")).toEqual(["Father", "Father"])
    const found = items(summary, "family-history").map((item) => [said(item).detail?.includes("Cancer"), item.marks])
    expect(found).toEqual([
      [false, []],
      [true, ["refuted"]],
    ])
    expect(labels(summary, "problems")).toEqual([])
  })

  test("a directive stands among the directives", () => {
    const dnr = observation(
      "sct 304251008 Resuscitation",
      `<value xsi:type="CD" ${code("sct 304253006 Not for resuscitation")}/>`,
    )
    const item = only(read(section("42348-3", "x", dnr)), "advance-directives")
    expect(said(item)).toMatchObject({ label: "Resuscitation", detail: "Not for resuscitation" })
  })

  test("medicines at a discharge are the medicines; those at an admission stand under their title", () => {
    const summary = read(
      section("10183-2", "x", medicine("rxnorm 1 A")) + section("42346-7", "x", medicine("rxnorm 2 B")),
    )
    expect(labels(summary, "medications")).toEqual(["A"])
    expect(summary.sections.find(({ title }) => title === "Section 42346-7")?.items).toHaveLength(1)
  })
})

describe("a section of a CDA document", () => {
  test("without entries is read in its words, table by row", () => {
    const table = `<table><thead><tr><th>What</th><th>Since</th></tr></thead><tbody><tr><td>Latex</td><td>1990</td></tr></tbody></table>
<list><item>10<sup>9</sup>/l</item><item>a &lt; b</item></list><content revised="delete">gone</content>`
    const summary = read(section("48765-2", table))
    expect(sectionIn(summary, "allergies")).toMatchObject({
      state: "narrative",
      narrative: ["What Since", "Latex 1990", "10^9/l", "a < b", "\u27e6\u2212gone\u2212\u27e7"],
    })
  })

  test("of any code appears, with sections within it", () => {
    const inner = section("99999-9", "inner words")
    const outer = section("11111-1", "outer words").replace("</section>", `${inner}</section>`)
    const narratives = read(outer).sections.flatMap(({ narrative }) => narrative)
    expect(narratives).toEqual(["outer words", "inner words"])
  })

  test.each([
    ["NI", "not-stated"],
    ["NASK", "not-stated"],
    ["MSK", "not-stated"],
  ])("that says %s has no information, and never none", (flavour, state) => {
    const silent = section("48765-2", "").replace("<section>", `<section nullFlavor="${flavour}">`)
    expect(sectionIn(read(silent), "allergies").state).toBe(state)
  })

  test("of a kind that nobody knows shows its entries as they stand", () => {
    const act = `<act classCode="ACT" moodCode="EVN"><code ${code("sct 1 Care team")}/><statusCode code="active"/><performer><assignedEntity><assignedPerson><name>Eva E</name></assignedPerson></assignedEntity></performer></act>`
    const summary = read(section("85847-2", "x", act))
    const [item] = summary.sections.at(-1)!.items
    expect(said(item)).toMatchObject({ label: "Care team", status: "active" })
    expect(JSON.stringify(item)).toContain("Eva E")
  })

  test("that is a file in the document says that there is one", () => {
    const body = '<nonXMLBody><text mediaType="application/pdf" representation="B64">JVBERi0=</text></nonXMLBody>'
    const item = read("", { body }).sections.at(-1)?.items[0]
    expect(said(item).label).toContain("application/pdf")
  })

  test("that is a text alone is read", () => {
    const body = "<nonXMLBody><text>All is well</text></nonXMLBody>"
    expect(read("", { body }).sections.at(-1)?.narrative).toEqual(["All is well"])
  })
})
