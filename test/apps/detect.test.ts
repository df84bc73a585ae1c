import { readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { detect, detectFile } from "../../apps/shared/detect.ts"
import { decodeText } from "../../apps/shared/text-encoding.ts"
import { dicomStudy } from "../../local/samples/dicom.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { docxOf, odsOf, odtOf, xlsxOf } from "../kit/office-files.ts"
import { zipOf } from "../kit/zip.ts"

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

  test.each([
    ['<?xml version="1.0"?><Bundle/>', "xml"],
    ['\n<!-- made --><?pi x?><!DOCTYPE a><v3:ClinicalDocument xmlns:v3="urn:hl7-org:v3"/>', "cda"],
    ["<!doctype html><html></html>", "program"],
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', "program"],
    ["\u0000\u0001", "unknown"],
  ])("%j is kept, and said to be %s", async (written, unshown) => {
    expect(await ofText(written)).toMatchObject({ kind: "other", unshown })
  })

  test.each([
    ["ftypheic", 4, "photo.heic", "image/heic", "heic"],
    ["ftypisom", 4, "film.mp4", "video/mp4", "video"],
    ["II*\u0000", 0, "scan.tif", "image/tiff", "tiff"],
    ["7z\u00bc\u00af'\u001c", 0, "export.7z", "application/x-7z-compressed", "archive"],
    [
      "PK\u0003\u0004",
      0,
      "Slides.PPTX",
      "application/vnd.openxmlformats-officedocument.presentationml.presentation",
      "office",
    ],
    ["ftypM4A ", 4, "visit.m4a", "audio/mp4", "sound"],
    ["ID3", 0, "visit.mp3", "audio/mpeg", "sound"],
    ["\u00d0\u00cf\u0011\u00e0", 0, "letter.doc", "application/msword", "office"],
    ["0\u0082\u0001\u0000\u0006", 0, "mail.p7m", "application/pkcs7-mime", "signed"],
    [
      "0\u0082\u0001\u0000\u0006\u0009*\u0086H\u0086\u00f7\r\u0001\u0007\u0002",
      0,
      "letter",
      "application/pkcs7-mime",
      "signed",
    ],
  ])(
    "that begins with %j at %i and is called %s is %s, and said to be unshown",
    (magic, offset, name, contentType, unshown) => {
      const head = new Uint8Array(64)
      head.set(
        Uint8Array.from(magic, (letter) => letter.charCodeAt(0)),
        offset,
      )
      expect(detect(head, head, name)).toMatchObject({ kind: "other", contentType, unshown })
    },
  )

  test("that is a ZIP archive of no office program is shown as its files", () => {
    const archive = zipOf({ "letter.txt": new TextEncoder().encode("A letter") })
    expect(detect(archive, archive, "letters.zip")).toEqual({
      kind: "archive",
      contentType: "application/zip",
      category: "document",
    })
  })

  test.each([
    ["docx", docxOf(""), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"],
    ["xlsx", xlsxOf(""), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"],
    ["odt", odtOf(""), "application/vnd.oasis.opendocument.text"],
    ["ods", odsOf(""), "application/vnd.oasis.opendocument.spreadsheet"],
  ])("of an office program is %s by what it holds, whatever its name", (_, bytes, contentType) => {
    expect(detect(bytes.subarray(0, 1024), bytes, "download.zip")).toEqual({
      kind: "office",
      contentType,
      category: "document",
    })
  })

  test("of separated values is a table by its name alone", async () => {
    const bytes = new TextEncoder().encode("Kalium;4,2")
    expect(detect(bytes, bytes, "values.csv")).toMatchObject({ kind: "office", contentType: "text/csv" })
    expect(detect(bytes, bytes, "values.txt")).toMatchObject({ kind: "text" })
  })

  test("of PDF that is encrypted says so, and is a PDF", () => {
    const pdf = new TextEncoder().encode("%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R/Encrypt 4 0 R>>")
    expect(detect(pdf, pdf)).toMatchObject({ kind: "pdf", isProtected: true })
    const plain = new TextEncoder().encode("%PDF-1.7\n1 0 obj<</EncryptMetadata false>>endobj")
    expect(detect(plain, plain)).not.toHaveProperty("isProtected")
  })

  test("isn't what its name says where its bytes say otherwise", () => {
    const pdf = new TextEncoder().encode("%PDF-1.7")
    expect(detect(pdf, pdf, "letter.docx")).toMatchObject({ kind: "pdf" })
  })

  test("of FHIR that is lines of resources, or a list of them, is FHIR", async () => {
    const line = '{"resourceType":"Patient"}'
    expect(await ofText(`${line}\n${line}\n`)).toMatchObject({ kind: "fhir", contentType: "application/fhir+ndjson" })
    expect(await ofText(`[${line}]`)).toMatchObject({ kind: "fhir", contentType: "application/fhir+json" })
  })

  test("of FHIR that is too long to be read now is known by what it begins with", () => {
    const head = new TextEncoder().encode('{ "resourceType" : "Bundle", "entry": [')
    expect(detect(head, undefined)).toMatchObject({ kind: "fhir" })
  })

  test("that only looks like JSON is text, and what holds control characters is neither", async () => {
    expect(await ofText("{ not json")).toMatchObject({ kind: "text" })
    expect(await ofText("\u0000\u0001")).toMatchObject({ kind: "other" })
  })
})

describe("files from ordinary offices", () => {
  const office = (name: string) => new Uint8Array(readFileSync(join(import.meta.dirname, "files", name)))
  const ofFile = (name: string) => detect(office(name), office(name), name)

  test.each([
    ["letter-leading-junk.pdf", { kind: "pdf" }],
    ["letter.rtf", { kind: "office", contentType: "application/rtf" }],
    ["scan.bmp", { kind: "image", contentType: "image/bmp" }],
    ["utf16le-notepad.txt", { kind: "text" }],
    ["cp1252.txt", { kind: "text" }],
    ["card.smart-health-card", { kind: "health-card", contentType: "application/smart-health-card" }],
    ["ccda-comment.xml", { kind: "fhir", contentType: "application/cda+xml" }],
    ["patient.xml", { kind: "fhir", contentType: "application/fhir+xml" }],
  ])("%s is known for what it is", (name, expected) => {
    expect(ofFile(name)).toMatchObject(expected)
  })

  test.each(["utf16le-notepad.txt", "cp1252.txt"])("%s is read in words", (name) => {
    expect(decodeText(office(name)).text.replace(/^\ufeff/, "")).toMatch(
      /^Befund: Röntgen des Thorax, keine Auffälligkeiten/,
    )
  })

  test("text is read in whichever encoding it was written", () => {
    const greek = Uint8Array.of(0xc1, 0xeb, 0xeb, 0xe5, 0xf1, 0xe3, 0xdf, 0xe1, 0x20, 0x31, 0x2e, 0x35)
    expect(decodeText(greek)).toEqual({ text: "Αλλεργία 1.5", encoding: "windows-1253", guessed: true })
    const iso = Uint8Array.of(0xb6, 0xeb, 0xe3, 0xef, 0xf2)
    expect(decodeText(iso)).toEqual({ text: "Άλγος", encoding: "iso-8859-7", guessed: true })
    expect(decodeText(Uint8Array.of(0xa2, 0xeb, 0xe3, 0xef, 0xf2))).toMatchObject({ text: "Άλγος" })
    const wide = Uint8Array.from("Befund", (letter) => letter.charCodeAt(0))
    expect(decodeText(Uint8Array.from([...wide].flatMap((unit) => [0, unit])))).toMatchObject({ text: "Befund" })
    expect(decodeText(new TextEncoder().encode("Αλλεργία"))).toEqual({
      text: "Αλλεργία",
      encoding: "utf-8",
      guessed: false,
    })
  })
})
