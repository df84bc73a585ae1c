import type { Category } from "../../protocol/primitives.ts"
import type { Kind } from "../shared/kind.ts"

/** What a file is, by its bytes rather than its name; where it belongs, as a first guess that people can change. */
export interface Detected {
  readonly kind: Kind
  readonly contentType: string
  readonly category: Category
  /** From the document itself, where it has one. */
  readonly title?: string
  /** XML, which is kept but not shown. */
  readonly xml?: boolean
}

const ascii = (head: Uint8Array, offset: number, text: string): boolean =>
  Array.from(text).every((character, i) => head[offset + i] === character.charCodeAt(0))

const images = [
  ["image/png", 1, "PNG"],
  ["image/jpeg", 6, "JFIF"],
  ["image/jpeg", 6, "Exif"],
  ["image/gif", 0, "GIF8"],
  ["image/webp", 8, "WEBP"],
] as const

/** LOINC codes of documents, by the category they belong to. */
const documentCodes: Readonly<Record<string, Category>> = {
  "60591-5": "summary",
  "11502-2": "laboratory",
  "57833-6": "medication",
  "56445-0": "medication",
  "18748-4": "imaging",
}
const resourceCategories: Readonly<Record<string, Category>> = {
  DiagnosticReport: "laboratory",
  Observation: "laboratory",
  ImagingStudy: "imaging",
  MedicationRequest: "medication",
  MedicationStatement: "medication",
}

const member = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined
const items = (value: unknown, name: string): unknown[] => {
  const list = member(value, name)
  return Array.isArray(list) ? list : []
}
const text = (value: unknown, name: string): string | undefined => {
  const found = member(value, name)
  return typeof found === "string" ? found : undefined
}

const ofFhir = (resource: unknown): Detected | undefined => {
  const type = text(resource, "resourceType")
  if (type === undefined) return undefined
  const composition = items(resource, "entry")
    .map((entry) => member(entry, "resource"))
    .find((each) => text(each, "resourceType") === "Composition")
  const code = items(member(composition, "type"), "coding").flatMap((coding) => text(coding, "code") ?? [])
  const known = code.map((each) => documentCodes[each]).find((category) => category !== undefined)
  const title = text(composition, "title")?.slice(0, 200)
  return {
    kind: "fhir",
    contentType: "application/fhir+json",
    category:
      known ?? resourceCategories[type] ?? (type === "Bundle" && composition === undefined ? "summary" : "document"),
    ...(title === undefined ? {} : { title }),
  }
}

/** `whole`: the text of the file, where it is small enough to be read now. */
export const detect = (head: Uint8Array, whole: string | undefined): Detected => {
  if (ascii(head, 0, "%PDF-")) return { kind: "pdf", contentType: "application/pdf", category: "document" }
  if (ascii(head, 128, "DICM")) return { kind: "dicom", contentType: "application/dicom", category: "imaging" }
  // JPEGs that name no variant begin alike.
  const jpeg = head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff
  const image = jpeg ? "image/jpeg" : images.find(([, offset, magic]) => ascii(head, offset, magic))?.[0]
  if (image !== undefined) return { kind: "image", contentType: image, category: "document" }
  const trimmed = whole?.trimStart() ?? ""
  if (trimmed.startsWith("{") && whole !== undefined) {
    try {
      const fhir = ofFhir(JSON.parse(whole))
      if (fhir !== undefined) return fhir
    } catch {
      // Text, then.
    }
  }
  if (trimmed.startsWith("<?xml") || trimmed.startsWith("<Bundle") || trimmed.startsWith("<ClinicalDocument"))
    return { kind: "other", contentType: "application/xml", category: "document", xml: true }
  if (whole !== undefined && !/(?![\t\n\r\f])\p{Cc}|\ufffd/u.test(whole))
    return { kind: "text", contentType: "text/plain", category: "document" }
  return { kind: "other", contentType: "application/octet-stream", category: "document" }
}

/** Files that are read whole to find out what they are, bytes. */
const mostRead = 16 * 1024 * 1024

export const detectFile = async (file: Blob): Promise<Detected> => {
  const head = new Uint8Array(await file.slice(0, 256).arrayBuffer())
  return detect(head, file.size <= mostRead ? await file.text() : undefined)
}
