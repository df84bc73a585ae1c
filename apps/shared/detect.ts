import { parseFhir } from "../../fhir/parse.ts"
import { field, list, text } from "../../fhir/value.ts"
import { transferSyntaxes } from "../../imaging/transfer-syntaxes.ts"
import type { Category } from "../../protocol/primitives.ts"
import { lettersAt, lettersOf } from "./files/bytes.ts"
import { type Kind, kindOf } from "./kind.ts"
import { decodeText } from "./text-encoding.ts"

/** Why a file is kept, and can't be shown here. */
export type Unshown =
  | "cda"
  | "xml"
  | "office"
  | "archive"
  | "tiff"
  | "heic"
  | "directory"
  | "compression"
  | "video"
  | "sound"
  | "mail"
  | "signed"
  | "program"
  | "unknown"

/** What a file is, by its bytes rather than its name; where it belongs, as a first guess that people can change. */
export interface Detected {
  readonly kind: Kind
  readonly contentType: string
  readonly category: Category
  /** From the document itself, where it has one. */
  readonly title?: string
  readonly unshown?: Unshown
  /** It is shown to who knows its password alone, where it asks for one. */
  readonly isProtected?: boolean
}

type Magic = readonly [contentType: string, offset: number, bytes: string, unshown?: Unshown]

/** What files begin with, each byte as a letter. The first that fits counts. */
const magics: readonly Magic[] = [
  ["application/dicom", 128, "DICM"],
  ["image/png", 0, "\x89PNG"],
  ["image/jpeg", 0, "\xff\xd8\xff"],
  ["image/gif", 0, "GIF8"],
  ["image/webp", 8, "WEBP"],
  ["image/avif", 4, "ftypavif"],
  ["image/heic", 4, "ftypheic", "heic"],
  ["image/heic", 4, "ftypheix", "heic"],
  ["image/heic", 4, "ftyphevc", "heic"],
  ["image/heic", 4, "ftypheim", "heic"],
  ["image/heic", 4, "ftypheis", "heic"],
  ["image/heic", 4, "ftypmif1", "heic"],
  ["audio/mp4", 4, "ftypM4A", "sound"],
  ["video/quicktime", 4, "ftypqt", "video"],
  ["video/mp4", 4, "ftyp", "video"],
  ["image/tiff", 0, "II*\0", "tiff"],
  ["image/tiff", 0, "MM\0*", "tiff"],
  ["audio/mpeg", 0, "ID3", "sound"],
  ["audio/mpeg", 0, "\xff\xfb", "sound"],
  ["audio/wav", 8, "WAVEfmt", "sound"],
  ["audio/ogg", 0, "OggS", "sound"],
  ["application/rtf", 0, "{\\rtf"],
  ["application/zip", 0, "PK\x03\x04"],
  ["application/zip", 0, "PK\x05\x06"],
  ["application/gzip", 0, "\x1f\x8b", "archive"],
  ["application/x-7z-compressed", 0, "7z\xbc\xaf\x27\x1c", "archive"],
  ["application/x-rar-compressed", 0, "Rar!", "archive"],
  ["application/x-ole-storage", 0, "\xd0\xcf\x11\xe0", "office"],
]

/** Files that begin like others, by their name's ending. */
const byEnding: Readonly<Record<string, readonly [contentType: string, begins: string, unshown?: Unshown]>> = {
  docx: ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip"],
  xlsx: ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/zip"],
  pptx: ["application/vnd.openxmlformats-officedocument.presentationml.presentation", "application/zip", "office"],
  odt: ["application/vnd.oasis.opendocument.text", "application/zip"],
  ods: ["application/vnd.oasis.opendocument.spreadsheet", "application/zip"],
  odp: ["application/vnd.oasis.opendocument.presentation", "application/zip", "office"],
  csv: ["text/csv", "text/plain"],
  doc: ["application/msword", "application/x-ole-storage", "office"],
  xls: ["application/vnd.ms-excel", "application/x-ole-storage", "office"],
  msg: ["application/vnd.ms-outlook", "application/x-ole-storage", "mail"],
  p7m: ["application/pkcs7-mime", "application/octet-stream", "signed"],
}

/** Office programs' archives, by a file that they hold: its name in the archive's directory, which stands at its end. */
const byContent: readonly (readonly [ending: string, name: string])[] = [
  ["docx", "word/document.xml"],
  ["xlsx", "xl/workbook.xml"],
  ["pptx", "ppt/presentation.xml"],
]
const openDocuments = ["odt", "ods", "odp"] as const

/** Which office program's archive this is, whatever its name says. */
const officeEnding = (head: Uint8Array, whole: Uint8Array | undefined): string | undefined => {
  const begins = lettersAt(head, 0, 200)
  const open = openDocuments.find((ending) => begins.includes(`mimetype${byEnding[ending]?.[0]}`))
  if (open !== undefined || whole === undefined) return open
  const directory = lettersOf(whole.subarray(Math.max(0, whole.length - 65_536)))
  return byContent.find(([, name]) => new RegExp(`PK\\x01\\x02[^]{42}${name}`).test(directory))?.[0]
}

/** A structure of CMS, signed or enveloped data in it (RFC 5652, 3): an object identifier after a sequence's one to five bytes of length. */
const isSigned = (head: Uint8Array): boolean => {
  const letters = lettersAt(head, 0, 24)
  const at = letters.indexOf("\x06\x09*\x86H\x86\xf7\r\x01\x07")
  return letters.startsWith("0") && at >= 2 && at <= 6 && [2, 3].includes(letters.charCodeAt(at + 10))
}

const startsAt = (head: Uint8Array, offset: number, bytes: string): boolean =>
  Array.from(bytes).every((letter, i) => head[offset + i] === letter.charCodeAt(0))

/** PDF's readers take a file whose header stands within its first 1024 bytes (ISO 32000-2, annex; as Acrobat does). */
const isPdf = (head: Uint8Array): boolean => new TextDecoder("latin1").decode(head.subarray(0, 1024)).includes("%PDF-")

/** A Windows bitmap: two letters are too few, and the size of its header tells. */
const isBitmap = (head: Uint8Array): boolean =>
  startsAt(head, 0, "BM") && [12, 40, 52, 56, 64, 108, 124].includes(head[14] ?? 0) && head[15] === 0

/** LOINC codes of documents, by the category they belong to. */
const documentCodes: ReadonlyMap<string, Category> = new Map<string, Category>([
  ["60591-5", "summary"],
  ["34133-9", "summary"],
  ["11502-2", "laboratory"],
  ["57833-6", "medication"],
  ["56445-0", "medication"],
  ["18748-4", "imaging"],
])
const resourceCategories: ReadonlyMap<string, Category> = new Map<string, Category>([
  ["DiagnosticReport", "laboratory"],
  ["Observation", "laboratory"],
  ["ImagingStudy", "imaging"],
  ["MedicationRequest", "medication"],
  ["MedicationStatement", "medication"],
  ["MedicationOrder", "medication"],
  ["AllergyIntolerance", "summary"],
])

/** A FHIR document, in whichever form it is written. */
const ofFhir = (value: unknown, contentType: string): Detected | undefined => {
  const type = text(Array.isArray(value) ? value[0] : value, "resourceType")
  if (type === undefined) return undefined
  const composition = list(value, "entry")
    .map((entry) => field(entry, "resource"))
    .find((each) => text(each, "resourceType") === "Composition")
  const codes = list(field(composition, "type"), "coding").flatMap((coding) => text(coding, "code") ?? [])
  const known = codes.map((code) => documentCodes.get(code)).find((category) => category !== undefined)
  const title = text(composition, "title")?.slice(0, 200)
  const isCollection = Array.isArray(value) || type === "Parameters" || (type === "Bundle" && composition === undefined)
  return {
    kind: "fhir",
    contentType,
    category: known ?? resourceCategories.get(type) ?? (isCollection ? "summary" : "document"),
    ...(title === undefined ? {} : { title }),
  }
}

const ofJson = (written: string): Detected | undefined => {
  const parsed = parseFhir(written)
  if (parsed.outcome !== "parsed") return undefined
  if (list(parsed.value, "verifiableCredential").length > 0)
    return { kind: "health-card", contentType: "application/smart-health-card", category: "document" }
  const isLines = /^\s*\{[^\n]*\}\s*\n\s*\{/.test(written)
  return ofFhir(parsed.value, isLines ? "application/fhir+ndjson" : "application/fhir+json")
}

/** The root element's own name and namespace, past what may stand before it. */
const rootOf = (written: string): { name: string; namespace?: string } | undefined => {
  let rest = written.replace(/^\ufeff/, "").trimStart()
  for (;;) {
    const end = rest.startsWith("<!--") ? "-->" : rest.startsWith("<?") ? "?>" : rest.startsWith("<!") ? ">" : undefined
    if (end === undefined) break
    const at = rest.indexOf(end)
    if (at < 0) return undefined
    rest = rest.slice(at + end.length).trimStart()
  }
  const [, name, attributes = ""] = /^<(?:[\w.-]{1,60}:)?([\w.-]{1,60})([^>]{0,4000})/.exec(rest) ?? []
  if (name === undefined) return undefined
  const namespace = /\sxmlns(?::[\w.-]+)?\s*=\s*["']([^"']*)["']/.exec(attributes)?.[1]
  return { name, ...(namespace === undefined ? {} : { namespace }) }
}

const ofMarkup = (written: string): Detected | undefined => {
  const root = rootOf(written)
  if (root === undefined) return undefined
  const name = root.name.toLowerCase()
  // What says of itself that it runs is kept as what it is: a file.
  if (name === "html" || name === "svg")
    return { kind: "other", contentType: "application/octet-stream", category: "document", unshown: "program" }
  const isCda = root.name === "ClinicalDocument"
  const parsed = isCda || root.namespace === "http://hl7.org/fhir" ? parseFhir(written) : undefined
  const contentType = isCda ? "application/cda+xml" : "application/fhir+xml"
  const read = parsed?.outcome === "parsed" ? ofFhir(parsed.value, contentType) : undefined
  if (read !== undefined) return read
  return {
    kind: "other",
    contentType: "application/xml",
    category: isCda ? "summary" : "document",
    unshown: isCda ? "cda" : "xml",
  }
}

const ofText = (bytes: Uint8Array): Detected | undefined => {
  const { text: written } = decodeText(bytes)
  const begins = written.replace(/^\ufeff/, "").trimStart()
  const json = /^[{[]/.test(begins) ? ofJson(begins) : undefined
  const markup = begins.startsWith("<") ? ofMarkup(begins) : undefined
  if (json !== undefined || markup !== undefined) return json ?? markup
  if (/(?![\t\n\r\f])\p{Cc}|\ufffd/u.test(written)) return undefined
  return { kind: "text", contentType: "text/plain", category: "document" }
}

/** A document too long to be parsed now: what it begins with. */
const ofLongText = (head: Uint8Array): Detected | undefined =>
  /^\s*[{[][^]*"resourceType"\s*:/.test(decodeText(head).text)
    ? { kind: "fhir", contentType: "application/fhir+json", category: "document" }
    : undefined

const unknown: Detected = {
  kind: "other",
  contentType: "application/octet-stream",
  category: "document",
  unshown: "unknown",
}

const signed: Detected = {
  kind: "other",
  contentType: "application/pkcs7-mime",
  category: "document",
  unshown: "signed",
}

/** A PDF's dictionary of encryption is named in its trailer, which stands at its end or, made for the web, near its beginning (ISO 32000-1, 7.6.1). */
const ofPdf = (whole: Uint8Array | undefined): Detected => {
  const ends = whole === undefined ? "" : lettersOf(whole.subarray(0, 8192)) + lettersOf(whole.subarray(-65_536))
  const isProtected = /\/Encrypt[ \r\n<]/.test(ends)
  return { kind: "pdf", contentType: "application/pdf", category: "document", ...(isProtected ? { isProtected } : {}) }
}

/** What a DICOM file's meta information, which is explicit and little-endian, says in an element of a UID; undefined where it doesn't near its beginning. */
const metaUid = (head: Uint8Array, element: string): string | undefined => {
  const letters = lettersAt(head, 132, 892)
  const begins = `\x02\0${element}\0UI`
  const at = letters.indexOf(begins)
  if (at < 0) return undefined
  const from = at + begins.length + 2
  const length = letters.charCodeAt(from - 2) + 256 * letters.charCodeAt(from - 1)
  return letters
    .slice(from, from + length)
    .replaceAll("\0", "")
    .trim()
}

/** A medium's table of contents (DICOMDIR), by its Media Storage SOP Class UID. */
const isDirectory = (head: Uint8Array): boolean => metaUid(head, "\x02") === "1.2.840.10008.1.3.10"

/** Whether a DICOM file names a transfer syntax that isn't shown. One that names none where it should is read as far as it can be. */
const isCompressedOtherwise = (head: Uint8Array): boolean => {
  const syntax = metaUid(head, "\x10")
  return syntax !== undefined && !Object.hasOwn(transferSyntaxes, syntax)
}

const ofBeginning = (head: Uint8Array, whole: Uint8Array | undefined): Detected | undefined => {
  if (isBitmap(head)) return { kind: "image", contentType: "image/bmp", category: "document" }
  if (isSigned(head)) return signed
  const [contentType, , , unshown] = magics.find(([, offset, bytes]) => startsAt(head, offset, bytes)) ?? []
  // Last: the first file of an archive may be a PDF.
  if (contentType === undefined) return isPdf(head) ? ofPdf(whole) : undefined
  const kind = kindOf(contentType)
  if (kind === "dicom" && isDirectory(head))
    return { kind: "other", contentType, category: "imaging", unshown: "directory" }
  return {
    kind,
    contentType,
    category: kind === "dicom" ? "imaging" : "document",
    ...(kind === "dicom" && isCompressedOtherwise(head) ? { unshown: "compression" } : {}),
    ...(unshown === undefined ? {} : { unshown }),
  }
}

/**
 * What a file is. `head`: its first 1024 bytes at least; `whole`: all of it, where it is small enough to be read now. `name` only tells apart what
 * begins alike.
 */
export const detect = (head: Uint8Array, whole: Uint8Array | undefined, name = ""): Detected => {
  const found = ofBeginning(head, whole) ?? (whole === undefined ? ofLongText(head) : ofText(whole)) ?? unknown
  const named = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1]?.toLowerCase()
  const ending = found.contentType === "application/zip" ? (officeEnding(head, whole) ?? named) : named
  const [contentType, begins, unshown] = byEnding[ending ?? ""] ?? []
  if (contentType === undefined || found.contentType !== begins) return found
  const { unshown: _, ...rest } = found
  return { ...rest, kind: kindOf(contentType), contentType, ...(unshown === undefined ? {} : { unshown }) }
}

/** Files that are read whole to find out what they are, bytes. */
export const mostRead = 16 * 1024 * 1024
export const headLength = 1024

export const detectFile = async (file: Blob & { readonly name?: string }): Promise<Detected> => {
  const head = new Uint8Array(await file.slice(0, headLength).arrayBuffer())
  const whole = file.size <= mostRead ? new Uint8Array(await file.arrayBuffer()) : undefined
  return detect(head, whole, file.name)
}
