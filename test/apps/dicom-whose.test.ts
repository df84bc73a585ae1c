import { describe, expect, test } from "vitest"
import { isAnonymous, mismatches } from "../../apps/shared/dicom/whose.ts"
import { readSummary } from "../../fhir/summary.ts"
import { readStudy } from "../../imaging/study.ts"
import { dicomStudy } from "../../local/samples/dicom.ts"
import { patientOf } from "../../local/samples/document.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { ascii, explicit, fileOf, image } from "../kit/dicom-file.ts"

const factsOf = async (bytes: Uint8Array<ArrayBuffer>) => {
  const reading = await readStudy(bytes)
  if (reading.outcome !== "ok") throw new Error(reading.outcome)
  return reading.study.facts
}

describe("whose an image is", () => {
  const { patient } = readSummary(eleniPapadaki)

  test("is the patient, whichever way the name is written", async () => {
    const facts = await factsOf(new Uint8Array(dicomStudy({ patient: patientOf(eleniPapadaki), width: 8, height: 8 })))
    expect(mismatches(facts, patient)).toEqual([])
    expect(mismatches({ patientName: "PAPADAKI-SAMPLE^ELENI", birthDate: "19510417", sex: "F" }, patient)).toEqual([])
    expect(mismatches({ patientName: "ΠΑΠΑΔΑΚΗ^ΕΛΕΝΗ" }, patient)).toEqual([])
  })

  test("is doubted where the name, the date of birth or the sex is another", async () => {
    expect(mismatches({ patientName: "Lindenmeier^Jonas", birthDate: "19900101", sex: "M" }, patient)).toEqual([
      { of: "name", said: "Lindenmeier Jonas" },
      { of: "birth-date", said: "1990-01-01" },
      { of: "sex", said: "M" },
    ])
  })

  test("is open where the image or the record is silent, or writes in letters that can't be compared", async () => {
    expect(mismatches({}, patient)).toEqual([])
    expect(mismatches({ patientName: "Lindenmeier^Jonas" }, undefined)).toEqual([])
    expect(mismatches({ patientName: "山田^太郎" }, patient)).toEqual([])
    expect(isAnonymous({ syntax: explicit, lossy: false })).toBe(true)
  })

  test("is read in the file's own letters", async () => {
    const greek = Uint8Array.of(0xd0, 0xe1, 0xf0, 0xe1, 0xe4, 0xdc, 0xea, 0xe7)
    const facts = await factsOf(
      fileOf(explicit, [
        { tag: 0x00080005, vr: "CS", bytes: ascii("ISO_IR 126") },
        { tag: 0x00100010, vr: "PN", bytes: greek },
        ...image(),
      ]),
    )
    expect(facts.patientName).toBe("Παπαδάκη")
  })
})
