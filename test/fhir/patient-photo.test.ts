import { describe, expect, test } from "vitest"
import { patientPhoto } from "../../fhir/patient-photo.ts"

const bundle = (...patients: object[]) => ({
  resourceType: "Bundle",
  entry: patients.map((patient) => ({ resource: { resourceType: "Patient", ...patient } })),
})
const png = { contentType: "image/png", data: "AAEC\n/w==" }

describe("the patient's picture", () => {
  test("is the first within the document that is a picture", () => {
    const photo = [{ url: "https://example.org/x.png" }, { contentType: "image/svg+xml", data: "AAEC" }, png]
    expect(patientPhoto(bundle({ photo }))).toEqual({ contentType: "image/png", bytes: Uint8Array.of(0, 1, 2, 255) })
  })

  test("is nobody's where there are several patients", () => {
    expect(patientPhoto(bundle({ photo: [png] }, {}))).toBeUndefined()
  })

  test("is none where it can't be read, or isn't there", () => {
    for (const photo of [[{ ...png, data: "%%%" }], [{ ...png, contentType: "text/html" }], "x", undefined])
      expect(patientPhoto(bundle({ photo }))).toBeUndefined()
    for (const input of ["<xml/>", new Uint8Array([255]), undefined, {}]) expect(patientPhoto(input)).toBeUndefined()
  })
})
