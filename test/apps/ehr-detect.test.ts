import { describe, expect, test } from "vitest"
import { detect, detectFile } from "../../apps/ehr/detect.ts"
import { dicomStudy } from "../../local/samples/dicom.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"

const ofText = (text: string) => detectFile(new Blob([text]))

describe("a chosen file", () => {
  test("that is a patient summary is known by its code, and takes its title", async () => {
    expect(await ofText(JSON.stringify(eleniPapadaki))).toMatchObject({
      kind: "fhir",
      contentType: "application/fhir+json",
      category: "summary",
      title: expect.stringMatching(/\w/),
    })
  })

  test.each([
    ["DiagnosticReport", "laboratory"],
    ["MedicationRequest", "medication"],
    ["ImagingStudy", "imaging"],
    ["Encounter", "document"],
  ])("that is a FHIR %s is guessed to be of %s", async (resourceType, category) => {
    expect(await ofText(JSON.stringify({ resourceType }))).toMatchObject({ kind: "fhir", category })
  })

  test("that is DICOM is known by its preamble, whatever it is called", async () => {
    const bytes = new Uint8Array(dicomStudy({ patient: { resourceType: "Patient" } }))
    expect(await detectFile(new Blob([bytes]))).toMatchObject({ kind: "dicom", category: "imaging" })
  })

  test.each([
    ["%PDF-1.7", "pdf", "application/pdf"],
    ["\u0089PNG\r\n", "image", "image/png"],
    ["GIF89a", "image", "image/gif"],
  ])("is known by its first bytes (%j)", (start, kind, contentType) => {
    const head = Uint8Array.from(start, (character) => character.charCodeAt(0))
    expect(detect(head, undefined)).toMatchObject({ kind, contentType })
  })

  test("that is a JPEG of any variant is a picture", () => {
    expect(detect(Uint8Array.of(0xff, 0xd8, 0xff, 0xdb), undefined)).toMatchObject({ contentType: "image/jpeg" })
  })

  test("in XML is kept and said to be XML", async () => {
    expect(await ofText('<?xml version="1.0"?><Bundle/>')).toMatchObject({ kind: "other", xml: true })
  })

  test("that only looks like JSON is text, and what holds control characters is neither", async () => {
    expect(await ofText("{ not json")).toMatchObject({ kind: "text" })
    expect(await ofText("\u0000\u0001")).toMatchObject({ kind: "other" })
  })
})
