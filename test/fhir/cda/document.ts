/** CDA documents in small, as hospitals write them: their sections are the test's own. */

const oids: Readonly<Record<string, string>> = {
  sct: "2.16.840.1.113883.6.96",
  loinc: "2.16.840.1.113883.6.1",
  rxnorm: "2.16.840.1.113883.6.88",
  atc: "2.16.840.1.113883.6.73",
  actcode: "2.16.840.1.113883.5.4",
  cvx: "2.16.840.1.113883.12.292",
}

/** `sct 91936005 Allergy to penicillin` as the attributes of a coded element. */
export const code = (written: string): string => {
  const [system = "", value = "", ...display] = written.split(" ")
  const name = display.length === 0 ? "" : ` displayName="${display.join(" ")}"`
  return `code="${value}" codeSystem="${oids[system]}"${name}`
}

const mia = `<recordTarget><patientRole><id root="1.2.3" extension="4711"/><telecom value="tel:+30 210 1234567"/>
<patient><name><given>Mia</given><family>Muster</family></name><administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/>
<birthTime value="19800505"/></patient></patientRole></recordTarget>`

export interface Written {
  readonly targets?: string
  /** LOINC's code of the document. */
  readonly kind?: string
  readonly header?: string
  readonly body?: string
}

/** A document of sections. Names without prefix are HL7 version 3's. */
export const cda = (sections: string, { targets = mia, kind = "34133-9", header = "", body }: Written = {}): string =>
  `<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:sdtc="urn:hl7-org:sdtc" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/><id root="1.2.3.4"/>
<code code="${kind}" codeSystem="${oids["loinc"]}"/><title>Summary of Mia</title><effectiveTime value="20260310153000+0200"/>
<confidentialityCode code="N"/>${header}${targets}
<author><time value="20260310"/><assignedAuthor><id root="1"/><assignedPerson><name><prefix>Dr.</prefix><given>Anna</given>
<family>Arzt</family></name></assignedPerson><representedOrganization><name>Town Hospital</name></representedOrganization></assignedAuthor></author>
<component>${body ?? `<structuredBody>${sections}</structuredBody>`}</component></ClinicalDocument>`

/** A section by its LOINC code; `text`: its narrative. */
export const section = (loinc: string, text: string, ...entries: readonly string[]): string =>
  `<component><section><code code="${loinc}" codeSystem="${oids["loinc"]}"/><title>Section ${loinc}</title>
<text>${text}</text>${entries.map((entry) => `<entry>${entry}</entry>`).join("")}</section></component>`

interface Parts {
  readonly attributes?: string
  readonly act?: string
  readonly observation?: string
  readonly status?: string
}

/** An allergy as C-CDA writes it: a concern, and in it the observation. `agent`: as `code` takes it, or an attribute. */
export const allergy = (
  agent: string,
  { attributes = "", act = "", observation = "", status = "active" }: Parts = {},
): string =>
  `<act classCode="ACT" moodCode="EVN"><code code="CONC"/><statusCode code="${status}"/>${act}<entryRelationship typeCode="SUBJ">
<observation classCode="OBS" moodCode="EVN" ${attributes}><code ${code("actcode ASSERTION")}/><statusCode code="completed"/>
<value xsi:type="CD" ${code("sct 419199007 Allergy to substance")}/>${observation}
<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT"><code ${
    agent.includes("=") ? agent : code(agent)
  }/></playingEntity></participantRole></participant></observation></entryRelationship></act>`

/** A problem in its concern. `value`: as `code` takes it. */
export const problem = (
  value: string,
  { attributes = "", act = "", observation = "", status = "active" }: Parts = {},
): string =>
  `<act classCode="ACT" moodCode="EVN"><code code="CONC"/><statusCode code="${status}"/>${act}<entryRelationship typeCode="SUBJ">
<observation classCode="OBS" moodCode="EVN" ${attributes}><code ${code("sct 55607006 Problem")}/><statusCode code="completed"/>
${observation}<value xsi:type="CD" ${code(value)}/></observation></entryRelationship></act>`

interface Given {
  readonly mood?: string
  readonly attributes?: string
  readonly status?: string
  /** What stands before the medicine, and after it. */
  readonly before?: string
  readonly after?: string
}

/** A medicine, or a vaccine. `of`: as `code` takes it, or an attribute. */
export const medicine = (
  of: string,
  { mood = "EVN", attributes = "", status = "active", before = "", after = "" }: Given = {},
): string =>
  `<substanceAdministration classCode="SBADM" moodCode="${mood}" ${attributes}><statusCode code="${status}"/>${before}
<consumable><manufacturedProduct><manufacturedMaterial><code ${of.includes("=") ? of : code(of)}/></manufacturedMaterial></manufacturedProduct></consumable>
${after}</substanceAdministration>`

/** Whatever was observed. */
export const observation = (
  of: string,
  value: string,
  { attributes = "", observation: more = "", status = "completed" }: Parts = {},
): string =>
  `<observation classCode="OBS" moodCode="EVN" ${attributes}><code ${code(of)}/><statusCode code="${status}"/>${value}${more}</observation>`

const person = (relation: string) =>
  `<subject><relatedSubject><code code="${relation}" displayName="${relation}"/><subject><name>Otto</name></subject></relatedSubject></subject>`

/** A document in which each kind of section and entry stands. */
export const wholeDocument = cda(
  [
    section(
      "48765-2",
      '<table><tbody><tr><th>What</th></tr><tr><td ID="a1">Latex: hives</td></tr></tbody></table>',
      allergy("sct 111088007 Latex", { observation: '<text><reference value="#a1"/></text>' }),
      allergy("sct 762952008 Peanuts", { attributes: 'negationInd="true"' }),
    ),
    section(
      "10160-0",
      "Warfarin",
      medicine("rxnorm 11289 Warfarin", {
        before: `<effectiveTime xsi:type="IVL_TS"><low value="20240101"/></effectiveTime><effectiveTime xsi:type="PIVL_TS"><period value="12" unit="h"/>
</effectiveTime><routeCode ${code("sct 26643006 Oral")}/><doseQuantity value="2.5" unit="mg"/>`,
      }),
    ),
    section("11450-4", "Hypertension", problem("sct 38341003 Hypertension")),
    section("11369-6", "Flu", medicine("cvx 88 Flu", { status: "completed", attributes: 'negationInd="true"' })),
    section(
      "30954-2",
      "Potassium",
      `<organizer classCode="BATTERY" moodCode="EVN"><code ${code("loinc 24323-8 CMP")}/><statusCode code="completed"/><component>
${observation("loinc 2823-3 Potassium", '<value xsi:type="PQ" value="4.10" unit="mmol/L"/>')}</component></organizer>`,
    ),
    section(
      "10157-6",
      "Father",
      `<organizer classCode="CLUSTER" moodCode="EVN">${person("FTH")}<component>${observation("sct 64572001 Illness", `<value xsi:type="CD" ${code("sct 1 Gout")}/>`)}</component></organizer>`,
    ),
    section(
      "47519-4",
      "Appendectomy",
      `<procedure classCode="PROC" moodCode="EVN"><code ${code("sct 80146002 Appendectomy")}/><effectiveTime value="2010"/></procedure>`,
    ),
    section(
      "46264-8",
      "Pacemaker",
      `<supply classCode="SPLY" moodCode="EVN"><participant typeCode="DEV"><participantRole><playingDevice><code ${code("sct 14106009 Pacemaker")}/></playingDevice></participantRole></participant></supply>`,
    ),
  ].join(""),
)
