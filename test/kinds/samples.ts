import { crc32 } from "node:zlib"
import { dicomStudy } from "../../local/samples/dicom.ts"
import { patientOf } from "../../local/samples/document.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { ascii, explicit, fileOf, image } from "../kit/dicom-file.ts"

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

/** A ZIP archive of files that aren't compressed (PKWARE's APPNOTE 4.3). */
const zipOf = (files: Readonly<Record<string, Bytes>>): Bytes => {
  const out: number[] = []
  const directory: number[] = []
  const all = Object.entries(files)
  const u16 = (n: number) => [n & 0xff, (n >> 8) & 0xff]
  const u32 = (n: number) => [...u16(n & 0xffff), ...u16(n >>> 16)]
  for (const [name, bytes] of all) {
    const common = [
      ...u16(20),
      ...u16(0),
      ...u16(0),
      ...u32(0),
      ...u32(crc32(bytes)),
      ...u32(bytes.length),
      ...u32(bytes.length),
      ...u16(name.length),
      ...u16(0),
    ]
    directory.push(...letters("PK\x01\x02"), ...u16(20), ...common, ...Array<number>(10).fill(0), ...u32(out.length))
    directory.push(...letters(name))
    out.push(...letters("PK\x03\x04"), ...common, ...letters(name), ...bytes)
  }
  const end = [...u32(0), ...u16(all.length), ...u16(all.length), ...u32(directory.length), ...u32(out.length), 0, 0]
  return Uint8Array.from([...out, ...directory, ...letters("PK\x05\x06"), ...end])
}

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

const rleFragment = `\x01\0\0\0\x40\0\0\0${"\0".repeat(56)}\x03\x00\x55\xaa\xff\0`

const palette = image({ 0x00280004: { tag: 0x00280004, vr: "CS", bytes: ascii("PALETTE COLOR") } })
const encapsulated = [
  { tag: 0x00080016, vr: "UI", bytes: ascii("1.2.840.10008.5.1.4.1.1.104.1") },
  { tag: 0x00420011, vr: "OB", bytes: letters(`${Buffer.from(pdf).toString("latin1")}\0`.slice(0, pdf.length & ~1)) },
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
  { kind: "DICOM, JPEG baseline", name: "jpeg.dcm", bytes: dicomIn("1.2.840.10008.1.2.4.50", "\xff\xd8\xff\xd9") },
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

const portals: readonly KindOfFile[] = [
  {
    kind: "C-CDA (portal's export)",
    name: "ccda.xml",
    bytes: utf8('<ClinicalDocument xmlns="urn:hl7-org:v3"/>'),
  },
  {
    kind: "European CDA summary",
    name: "epsos.xml",
    bytes: utf8('<ClinicalDocument xmlns="urn:hl7-org:v3"/>'),
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
    bytes: zipOf({ "apple_health_export/export.xml": utf8("<HealthData/>") }),
  },
  {
    kind: "SMART Health Card, file or code",
    name: "card.smart-health-card",
    bytes: json({ verifiableCredential: ["eyJhbGciOiJFUzI1NiJ9.e30.AAAA"] }),
  },
  { kind: "SMART Health Link", name: "link.txt", bytes: utf8("shlink:/e30"), says: "shlink:/e30" },
  { kind: "ZIP of documents", name: "documents.zip", bytes: zipOf({ "letter.pdf": pdf }) },
]

const pictures: readonly KindOfFile[] = [
  { kind: "HEIC photograph", name: "photo.heic", bytes: isoMedia("heic") },
  { kind: "TIFF scan", name: "scan.tif", bytes: letters("II*\0\x08\0\0\0\0\0\0\0\0\0") },
  { kind: "BMP", name: "scan.bmp", bytes: bmp },
  { kind: "Scan of several pages as several pictures", name: "page-1.jpg", bytes: jpeg },
]

const offices: readonly KindOfFile[] = [
  { kind: "DOCX", name: "letter.docx", bytes: zipOf({ "word/document.xml": utf8("<w:document/>") }) },
  { kind: "XLSX", name: "values.xlsx", bytes: zipOf({ "xl/workbook.xml": utf8("<workbook/>") }) },
  { kind: "RTF", name: "letter.rtf", bytes: letters("{\\rtf1\\ansi Befund}") },
  { kind: "Text in Windows-1252 or 1253", name: "cp1252.txt", bytes: letters(letter), says: letter },
  { kind: "Text in UTF-16", name: "notepad.txt", bytes: utf16(letter), says: letter },
  { kind: "Signed mail, p7m", name: "mail.p7m", bytes: letters("0\x82\x01\0\x06\x09*\x86H\x86\xf7\r\x01\x07\x02") },
  { kind: "MP4", name: "film.mp4", bytes: isoMedia("isom") },
]

const studies: readonly KindOfFile[] = [
  {
    kind: "A whole CD, with DICOMDIR",
    name: "cd.zip",
    bytes: zipOf({ DICOMDIR: fileOf(explicit, []), "IMAGES/1": fileOf(explicit, image()) }),
  },
  { kind: "DICOM, lossless JPEG", name: "lossless.dcm", bytes: dicomIn("1.2.840.10008.1.2.4.70", "\xff\xd8") },
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
