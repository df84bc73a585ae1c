import { deflateRawSync } from "node:zlib"
import { dicomStudy } from "../../local/samples/dicom.ts"
import { patientOf } from "../../local/samples/document.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { healthCardFile } from "../../sdk/health-card.ts"
import { allergy, cda, medicine, section } from "../fhir/cda/document.ts"
import { ascii, explicit, fileOf, image, us } from "../kit/dicom-file.ts"
import { claims, immunizationBundle } from "../kit/health-cards.ts"
import { jpegLossless } from "../kit/jpeg-lossless-file.ts"
import { docxOf, xlsxOf } from "../kit/office-files.ts"
import { zipOf } from "../kit/zip.ts"

type Bytes = Uint8Array<ArrayBuffer>

/** A kind of file that patients get, with one of its kind. `says`: words of it that a reader must see, where its words are read. */
export interface KindOfFile {
  readonly kind: string
  readonly name: string
  readonly bytes: Bytes
  readonly says?: string
}

const letters = (text: string): Bytes => Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 0xff)
const utf8 = (text: string): Bytes => new Uint8Array(new TextEncoder().encode(text))
const json = (value: unknown): Bytes => utf8(JSON.stringify(value))
const utf16 = (text: string): Bytes => Uint8Array.from(Buffer.from(`\ufeff${text}`, "utf16le"))

/** The box that begins a file of ISO 14496's family. */
const isoMedia = (brand: string): Bytes => letters(`\0\0\0\x18ftyp${brand}\0\0\0\0mif1heic`)

const pdf = letters("%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
const jpeg = letters("\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xd9")
const png = Uint8Array.from(
  Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==",
    "base64",
  ),
)
const bmp = letters(
  `BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\x18${"\0".repeat(25)}\xff\xff\xff\0`,
)

const patient = {
  resourceType: "Patient",
  id: "p",
  name: [{ family: "Muster", given: ["Mia"] }],
  birthDate: "1980-05-05",
}
const latex = {
  resourceType: "AllergyIntolerance",
  id: "a",
  patient: { reference: "Patient/p" },
  code: { text: "Latex" },
}
const bundle = (...resources: object[]) => ({
  resourceType: "Bundle",
  type: "collection",
  entry: resources.map((resource) => ({ resource })),
})

/** A DICOM file whose pixels are written in a transfer syntax other than the plain ones. */
const dicomIn = (syntax: string, fragment: string) =>
  fileOf(syntax, image({ 0x7fe00010: { tag: 0x7fe00010, vr: "OB", bytes: letters(fragments("", fragment)) } }))
const item = (content: string) =>
  `\xfe\xff\x00\xe0${String.fromCharCode(content.length & 0xff, content.length >> 8)}\0\0${content}`
const fragments = (...contents: string[]) => `${contents.map(item).join("")}\xfe\xff\xdd\xe0\0\0\0\0`

const lossless = jpegLossless({ rows: 2, columns: 2, samples: 1, precision: 8, values: [0, 85, 170, 255] })
const rleFragment = `\x01\0\0\0\x40\0\0\0${"\0".repeat(56)}\x03\x00\x55\xaa\xff\0`

/** Two colours. */
const table = (channel: number) => ({
  [0x00281101 + channel]: { tag: 0x00281101 + channel, vr: "US", bytes: us(2, 0, 8) },
  [0x00281201 + channel]: { tag: 0x00281201 + channel, vr: "OW", bytes: us(0, 255) },
})
const palette = image({
  0x00280004: { tag: 0x00280004, vr: "CS", bytes: ascii("PALETTE COLOR") },
  ...table(0),
  ...table(1),
  ...table(2),
})
const encapsulated = [
  { tag: 0x00080016, vr: "UI", bytes: ascii("1.2.840.10008.5.1.4.1.1.104.1") },
  { tag: 0x00420011, vr: "OB", bytes: letters(`${Buffer.from(pdf).toString("latin1")}\0`.slice(0, pdf.length & ~1)) },
  { tag: 0x00420012, vr: "LO", bytes: ascii("application/pdf") },
]
const letter = "Befund: Röntgen des Thorax, keine Auffälligkeiten"

const plain: readonly KindOfFile[] = [
  { kind: "FHIR R4 IPS document", name: "summary.json", bytes: json(eleniPapadaki), says: "Penicillin" },
  { kind: "FHIR R4 bundle or resource", name: "bundle.json", bytes: json(bundle(patient, latex)), says: "Latex" },
  { kind: "PDF", name: "letter.pdf", bytes: pdf },
  { kind: "JPEG", name: "photo.jpg", bytes: jpeg },
  { kind: "PNG", name: "scan.png", bytes: png },
  { kind: "Plain text in UTF-8", name: "letter.txt", bytes: utf8(letter), says: letter },
  {
    kind: "DICOM, uncompressed",
    name: "slice.dcm",
    bytes: new Uint8Array(dicomStudy({ patient: patientOf(eleniPapadaki), width: 8, height: 8 })),
  },
  { kind: "DICOM, RLE", name: "rle.dcm", bytes: dicomIn("1.2.840.10008.1.2.5", rleFragment) },
  {
    kind: "DICOM, JPEG baseline",
    name: "jpeg.dcm",
    bytes: dicomIn("1.2.840.10008.1.2.4.50", "\xff\xd8\xff\xda\0\x02\0\0\xff\xd9"),
  },
]

const otherVersions: readonly KindOfFile[] = [
  {
    kind: "FHIR DSTU2",
    name: "dstu2.json",
    bytes: json(
      bundle(patient, {
        resourceType: "MedicationStatement",
        patient: { reference: "Patient/p" },
        status: "active",
        wasNotTaken: true,
        medicationCodeableConcept: { text: "Warfarin 5 mg" },
      }),
    ),
    says: "Warfarin 5 mg, not-taken",
  },
  {
    kind: "FHIR STU3",
    name: "stu3.json",
    bytes: json(
      bundle(patient, {
        resourceType: "MedicationStatement",
        subject: { reference: "Patient/p" },
        status: "active",
        taken: "n",
        medicationCodeableConcept: { text: "Warfarin 5 mg" },
      }),
    ),
    says: "Warfarin 5 mg, not-taken",
  },
  {
    kind: "FHIR R5",
    name: "r5.json",
    bytes: json(
      bundle(patient, {
        resourceType: "MedicationStatement",
        subject: { reference: "Patient/p" },
        status: "recorded",
        medication: { concept: { text: "Warfarin 5 mg" } },
        adherence: { code: { coding: [{ code: "not-taking" }] } },
      }),
    ),
    says: "Warfarin 5 mg, not-taken",
  },
]

const notPeanuts = allergy("sct 762952008 Peanuts", { attributes: 'negationInd="true"' })
const sintrom = medicine('nullFlavor="NA"', { status: "completed" }).replace(
  "</manufacturedMaterial>",
  "<name>Sintrom 4 mg</name></manufacturedMaterial>",
)

/** A card that nobody has signed: what a signature is worth is no matter of its kind. */
const healthCard = [
  Buffer.from('{"alg":"ES256","zip":"DEF","kid":"k1"}'),
  deflateRawSync(JSON.stringify(claims(immunizationBundle))),
  Buffer.alloc(64),
]
  .map((part) => part.toString("base64url"))
  .join(".")

const portals: readonly KindOfFile[] = [
  {
    kind: "C-CDA (portal's export)",
    name: "ccda.xml",
    bytes: utf8(cda(section("48765-2", "Latex, no peanuts", allergy("sct 111088007 Latex"), notPeanuts))),
    says: "Latex; Peanuts, refuted",
  },
  {
    kind: "European CDA summary",
    name: "epsos.xml",
    bytes: utf8(cda(section("10160-0", "Sintrom", sintrom), { kind: "60591-5" })),
    says: "Sintrom 4 mg",
  },
  {
    kind: "FHIR XML",
    name: "allergy.xml",
    bytes: utf8(
      '<AllergyIntolerance xmlns="http://hl7.org/fhir"><code><text value="Latex"/></code></AllergyIntolerance>',
    ),
    says: "Latex",
  },
  {
    kind: "FHIR NDJSON",
    name: "bulk.ndjson",
    bytes: utf8(`${JSON.stringify(patient)}\n${JSON.stringify(latex)}\n`),
    says: "Latex",
  },
  {
    kind: "Apple Health's export.zip",
    name: "export.zip",
    bytes: zipOf({
      "apple_health_export/clinical-records/AllergyIntolerance-1.json": json(latex),
      "apple_health_export/export_cda.xml": utf8(cda(section("48765-2", "Latex", allergy("sct 111088007 Latex")))),
    }),
    says: "AllergyIntolerance-1.json: Latex",
  },
  {
    kind: "SMART Health Card, file or code",
    name: "card.smart-health-card",
    bytes: utf8(healthCardFile([healthCard])),
    says: "Tdap",
  },
  { kind: "SMART Health Link", name: "link.txt", bytes: utf8("shlink:/e30"), says: "shlink:/e30" },
  { kind: "ZIP of documents", name: "documents.zip", bytes: zipOf({ "letter.pdf": pdf }), says: "letter.pdf: a PDF" },
]

const pictures: readonly KindOfFile[] = [
  { kind: "HEIC photograph", name: "photo.heic", bytes: isoMedia("heic") },
  { kind: "TIFF scan", name: "scan.tif", bytes: letters("II*\0\x08\0\0\0\0\0\0\0\0\0") },
  { kind: "BMP", name: "scan.bmp", bytes: bmp },
  { kind: "Scan of several pages as several pictures", name: "page-1.jpg", bytes: jpeg },
]

const offices: readonly KindOfFile[] = [
  {
    kind: "DOCX",
    name: "letter.docx",
    bytes: docxOf(`<w:p><w:r><w:t>${letter}</w:t></w:r></w:p>`),
    says: letter,
  },
  {
    kind: "XLSX",
    name: "values.xlsx",
    bytes: xlsxOf('<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1"><v>4.2</v></c></row>', { strings: ["Kalium"] }),
    says: "Kalium | 4.2",
  },
  {
    kind: "RTF",
    name: "letter.rtf",
    bytes: letters("{\\rtf1\\ansi\\ansicpg1252 Befund: R\\'f6ntgen des Thorax, keine Auff\\'e4lligkeiten}"),
    says: letter,
  },
  { kind: "Text in Windows-1252 or 1253", name: "cp1252.txt", bytes: letters(letter), says: letter },
  { kind: "Text in UTF-16", name: "notepad.txt", bytes: utf16(letter), says: letter },
  { kind: "Signed mail, p7m", name: "mail.p7m", bytes: letters("0\x82\x01\0\x06\x09*\x86H\x86\xf7\r\x01\x07\x02") },
  { kind: "MP4", name: "film.mp4", bytes: isoMedia("isom") },
]

const directory = fileOf(explicit, [
  { tag: 0x00020002, vr: "UI", bytes: ascii("1.2.840.10008.1.3.10") },
  { tag: 0x00041220, vr: "SQ", bytes: new Uint8Array() },
])

const studies: readonly KindOfFile[] = [
  { kind: "DICOMDIR, the table of contents of a CD", name: "DICOMDIR", bytes: directory },
  {
    kind: "A whole CD, with DICOMDIR",
    name: "cd.zip",
    bytes: zipOf({ DICOMDIR: directory, "IMAGES/1": fileOf(explicit, image()) }),
  },
  {
    kind: "DICOM, lossless JPEG",
    name: "lossless.dcm",
    bytes: dicomIn("1.2.840.10008.1.2.4.70", Buffer.from(lossless).toString("latin1")),
  },
  { kind: "DICOM, JPEG 2000", name: "jpeg2000.dcm", bytes: dicomIn("1.2.840.10008.1.2.4.90", "\xff\x4f") },
  { kind: "DICOM, JPEG-LS", name: "jpegls.dcm", bytes: dicomIn("1.2.840.10008.1.2.4.80", "\xff\xd8") },
  { kind: "DICOM, palette colours", name: "palette.dcm", bytes: fileOf(explicit, palette) },
  { kind: "DICOM, encapsulated PDF", name: "pdf.dcm", bytes: fileOf(explicit, encapsulated) },
]

/** Every kind of file that an ordinary patient gets from a hospital. */
export const kindsOfFile: readonly KindOfFile[] = [
  ...plain,
  ...otherVersions,
  ...portals,
  ...pictures,
  ...offices,
  ...studies,
]
