import { describe, expect, test } from "vitest"
import { readSummary } from "../../../fhir/summary.ts"
import { said } from "../reading.ts"
import { allergy, cda, code, medicine, observation, problem, section } from "./document.ts"

/** A value of each of CDA's data types, in which `Mark` stands. */
const values = [
  'code="Mark" codeSystem="9.9"',
  'displayName="Mark"',
  'nullFlavor="OTH"><originalText>Mark</originalText></$',
  'nullFlavor="OTH"><originalText><reference value="#there"/></originalText></$',
  'code="1" codeSystem="9.9"><translation code="2" codeSystem="9.9" displayName="Mark"/></$',
  'code="1" codeSystem="9.9"><qualifier><name code="3" codeSystem="9.9"/><value code="4" codeSystem="9.9" displayName="Mark"/></qualifier></$',
  'xsi:type="PQ" value="70707" unit="Mark"',
  'xsi:type="IVL_PQ"><low value="1" unit="Mark"/><high value="2" unit="Mark"/></$',
  'xsi:type="ST">Mark</$',
  'nullFlavor="OTH" xsi:type="PQ"><translation value="70707"><originalText>Mark</originalText></translation></$',
  'nullFlavor="OTH" xsi:type="PQ"><translation value="70707" unit="g"/><translation value="8" unit="Mark"/></$',
  'value="Mark"',
  'someAttribute="Mark"',
]
const elementOf = (name: string, value: string) =>
  value.endsWith("</$") ? `<${name} ${value.replace("$", name)}>` : `<${name} ${value}/>`

/** What may stand in each of CDA's clinical statements (CDA R2's schema), and one that no schema knows. */
const inAll = ["priorityCode", "languageCode", "reasonCode", "sdtc:whatever", "text", "effectiveTime"]
const inSome = {
  observation: ["interpretationCode", "methodCode", "targetSiteCode", "repeatNumber", "derivationExpr"],
  substanceAdministration: [
    "approachSiteCode",
    "administrationUnitCode",
    "doseQuantity",
    "maxDoseQuantity",
    "rateQuantity",
    "repeatNumber",
    "routeCode",
  ],
  procedure: ["approachSiteCode", "methodCode", "targetSiteCode"],
  supply: ["quantity", "repeatNumber", "independentInd", "expectedUseTime"],
  act: [],
  encounter: ["sdtc:dischargeDispositionCode"],
} as const

/** What stands in another statement, in a participant, a condition, a link. */
const deeper = [
  ...["SUBJ", "REFR", "RSON", "MFST", "CAUS", "COMP", "SPRT", "XXXX"].flatMap((type) => [
    `<entryRelationship typeCode="${type}">${observation("loinc 1 Mark", "")}</entryRelationship>`,
    `<entryRelationship typeCode="${type}">${observation("loinc 1 x", '<value xsi:type="CD" displayName="Mark"/>')}</entryRelationship>`,
    `<entryRelationship typeCode="${type}">${medicine("rxnorm 1 Mark", { before: '<doseQuantity value="1"/>' })}</entryRelationship>`,
    `<entryRelationship typeCode="${type}"><act classCode="ACT" moodCode="EVN"><code code="7"/><text>Mark</text></act></entryRelationship>`,
  ]),
  '<participant typeCode="LOC"><participantRole><playingEntity><name>Mark</name></playingEntity></participantRole></participant>',
  '<participant typeCode="DEV"><participantRole><playingDevice><code code="1" displayName="Mark"/></playingDevice></participantRole></participant>',
  "<precondition><criterion><text>Mark</text></criterion></precondition>",
  '<reference typeCode="REFR"><externalDocument><text>Mark</text></externalDocument></reference>',
  "<performer><assignedEntity><assignedPerson><name>Mark</name></assignedPerson></assignedEntity></performer>",
  '<author><time value="2020"/><assignedAuthor><assignedPerson><name>Mark</name></assignedPerson></assignedAuthor></author>',
  "<informant><relatedEntity><relatedPerson><name>Mark</name></relatedPerson></relatedEntity></informant>",
  '<specimen><specimenRole><specimenPlayingEntity><code code="1" displayName="Mark"/></specimenPlayingEntity></specimenRole></specimen>',
]

const product = `<participant typeCode="DEV"><participantRole><playingDevice><code ${code("sct 1 Device")}/></playingDevice></participantRole></participant>`

/** A statement of each kind, in a section of its kind, with a place for one more element. */
const statements: readonly (readonly [name: keyof typeof inSome, loinc: string, of: (more: string) => string])[] = [
  ["observation", "48765-2", (more) => allergy("sct 1 Latex", { observation: more })],
  ["act", "48765-2", (more) => allergy("sct 1 Latex", { act: more })],
  ["observation", "11450-4", (more) => problem("sct 1 Illness", { observation: more })],
  ["act", "11450-4", (more) => problem("sct 1 Illness", { act: more })],
  ["substanceAdministration", "10160-0", (more) => medicine("rxnorm 1 Drug", { after: more })],
  ["substanceAdministration", "11369-6", (more) => medicine("cvx 1 Vaccine", { after: more })],
  ["observation", "30954-2", (more) => observation("loinc 1 Result", more)],
  ["observation", "10157-6", (more) => observation("loinc 1 x", more)],
  [
    "procedure",
    "47519-4",
    (more) => `<procedure classCode="PROC" moodCode="EVN"><code ${code("sct 1 Operation")}/>${more}</procedure>`,
  ],
  [
    "procedure",
    "46264-8",
    (more) =>
      `<procedure classCode="PROC" moodCode="EVN"><code ${code("sct 1 Implanting")}/>${more}${product}</procedure>`,
  ],
  ["supply", "46264-8", (more) => `<supply classCode="SPLY" moodCode="EVN">${more}${product}</supply>`],
  ["act", "99999-9", (more) => `<act classCode="ACT" moodCode="EVN"><code ${code("sct 1 Act")}/>${more}</act>`],
  [
    "encounter",
    "46240-8",
    (more) => `<encounter classCode="ENC" moodCode="EVN"><code ${code("sct 1 Visit")}/>${more}</encounter>`,
  ],
  ["act", "18776-5", (more) => `<act classCode="ACT" moodCode="INT"><code ${code("sct 1 Plan")}/>${more}</act>`],
]

/** What a reader is told of the one entry; not the narrative, in which a mark stands too. */
const entryOf = (loinc: string, entry: string): string => {
  const { sections } = readSummary(cda(section(loinc, '<content ID="there">Mark</content>', entry)))
  return JSON.stringify(
    sections.map(({ items, key, state }) => [
      key,
      state,
      items.map((item) => [said(item), item.criticality, item.marks]),
    ]),
  )
}

describe.each(statements)("a CDA %s in a section %s", (name, loinc, statement) => {
  const elements = [...inAll, ...inSome[name]].flatMap((element) =>
    values.map((value) => [element, elementOf(element, value)] as const),
  )

  test("loses none of the elements that may stand in it, whatever their type", () => {
    const without = entryOf(loinc, statement(""))
    expect(without).not.toContain("Mark")
    const lost = elements.filter(([, written]) => !entryOf(loinc, statement(written)).includes("Mark"))
    expect(lost.map(([, written]) => written)).toEqual([])
  })

  test("loses nothing of what stands deeper in it", () => {
    const lost = deeper.filter((written) => !entryOf(loinc, statement(written)).includes("Mark"))
    expect(lost).toEqual([])
  })

  test.each(['negationInd="true"', 'moodCode="PRP"', 'statusCode="nullified"'])(
    "says of what stands in it that it has %s",
    (attribute) => {
      const inner = observation("loinc 1 x", '<value xsi:type="CD" displayName="Mark"/>')
      const changed = attribute.startsWith("status")
        ? inner.replace('<statusCode code="completed"/>', '<statusCode code="nullified"/>')
        : inner.replace(
            ' moodCode="EVN"',
            attribute.startsWith("mood") ? ` ${attribute}` : ` moodCode="EVN" ${attribute}`,
          )
      const related = (of: string) =>
        entryOf(loinc, statement(`<entryRelationship typeCode="SUBJ">${of}</entryRelationship>`))
      expect(related(changed)).not.toBe(related(inner))
      expect(related(changed)).toMatch(/not so|refuted|proposed|planned|nullified|entered-in-error/)
    },
  )

  test("that is negated, planned or taken back is never as if it weren't", () => {
    const plain = statement("")
    const first = /<[a-zA-Z]+ /.exec(plain)![0]
    const changes = [
      plain.replace(first, `${first}negationInd="true" `),
      plain.replaceAll(/moodCode="\w+"/g, 'moodCode="PRP"'),
      plain.replace(
        /<statusCode code="\w+"\/>|(?<=<(?:procedure|supply|act|encounter)[^>]*>)/,
        '<statusCode code="nullified"/>',
      ),
    ]
    for (const changed of changes) {
      const { sections } = readSummary(cda(section(loinc, "x", changed)))
      const marks = sections.flatMap(({ items }) => items.flatMap((item) => item.marks))
      expect(
        marks.filter((mark) => mark !== "unconfirmed" && mark !== "inactive").length + (loinc === "18776-5" ? 1 : 0),
      ).toBeGreaterThan(0)
    }
  })
})
