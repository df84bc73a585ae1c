import { expect, test } from "vitest"
import { fileName, kindOf } from "../../apps/shared/kind.ts"

test.each([
  ["application/dicom", "dicom"],
  ["Application/DICOM; transfer-syntax=1.2.840.10008.1.2.1", "dicom"],
  ["application/fhir+json;charset=utf-8", "fhir"],
  ["application/JSON ; fhirVersion=4.0", "fhir"],
  ["application/pdf; version=1.7", "pdf"],
  ["IMAGE/JPEG", "image"],
  ["text/plain; charset=iso-8859-7", "text"],
  ["application/dicomweb+json", "other"],
  ["application/json-seq", "other"],
  ["text/plainer", "other"],
  ["", "other"],
])("a file of type %j is shown as %s, whatever its parameters and letters", (contentType, kind) => {
  expect(kindOf(contentType)).toBe(kind)
})

test("what would run in a page is never shown as a picture or text", () => {
  for (const contentType of ["image/svg+xml", "text/html", "application/xhtml+xml", "text/javascript"])
    expect(kindOf(contentType)).toBe("other")
})

test("a file is named by its title, in any script, and ends as what it is", () => {
  expect(fileName("Εξετάσεις: αίμα/ούρα", "application/fhir+json; charset=utf-8")).toBe("Εξετάσεις αίμα ούρα.json")
  expect(fileName("CT", "Application/DICOM")).toBe("CT.dcm")
  expect(fileName("Photo", "image/jpeg;q=1")).toBe("Photo.jpg")
  expect(fileName("letter", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")).toBe(
    "letter.docx",
  )
  expect(fileName("scan", "image/tiff")).toBe("scan.tif")
  expect(fileName("///", "image/svg+xml")).toBe("document.bin")
})
