/** How a document is shown; `fhir`: as a summary, whichever form its data have. */
export type Kind = "fhir" | "health-card" | "pdf" | "dicom" | "image" | "text" | "office" | "archive" | "other"

/** `Application/FHIR+JSON; charset=utf-8` is what comes before the semicolon, in small letters. */
export const mediaType = (contentType: string): string => contentType.split(";")[0]?.trim().toLowerCase() ?? ""

/** An SVG is a program, and no picture. */
const kinds: ReadonlyMap<string, Kind> = new Map([
  ["application/fhir+json", "fhir"],
  ["application/json+fhir", "fhir"],
  ["application/fhir+ndjson", "fhir"],
  ["application/fhir+xml", "fhir"],
  ["application/cda+xml", "fhir"],
  ["application/json", "fhir"],
  ["application/smart-health-card", "health-card"],
  ["application/pdf", "pdf"],
  ["application/dicom", "dicom"],
  ["image/png", "image"],
  ["image/jpeg", "image"],
  ["image/gif", "image"],
  ["image/webp", "image"],
  ["image/bmp", "image"],
  ["image/avif", "image"],
  ["text/plain", "text"],
  ["application/zip", "archive"],
  ["text/csv", "office"],
  ["application/rtf", "office"],
  ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", "office"],
  ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "office"],
  ["application/vnd.oasis.opendocument.text", "office"],
  ["application/vnd.oasis.opendocument.spreadsheet", "office"],
])

/** What is shown of a document's content type, whatever its parameters; `other` can be saved, and no more. */
export const kindOf = (contentType: string): Kind => kinds.get(mediaType(contentType)) ?? "other"

const endings: Readonly<Record<Exclude<Kind, "image" | "office">, string>> = {
  fhir: "json",
  "health-card": "smart-health-card",
  pdf: "pdf",
  dicom: "dcm",
  text: "txt",
  archive: "zip",
  other: "bin",
}

/** Of what goes back to its own program. */
const keptEndings: ReadonlyMap<string, string> = new Map([
  ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"],
  ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"],
  ["application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx"],
  ["application/vnd.oasis.opendocument.text", "odt"],
  ["application/vnd.oasis.opendocument.spreadsheet", "ods"],
  ["text/csv", "csv"],
  ["application/msword", "doc"],
  ["application/vnd.ms-excel", "xls"],
  ["application/vnd.ms-outlook", "msg"],
  ["application/pkcs7-mime", "p7m"],
  ["application/rtf", "rtf"],
  ["application/gzip", "gz"],
  ["application/x-7z-compressed", "7z"],
  ["application/x-rar-compressed", "rar"],
  ["image/heic", "heic"],
  ["image/tiff", "tif"],
  ["video/mp4", "mp4"],
  ["video/quicktime", "mov"],
  ["audio/mp4", "m4a"],
  ["audio/mpeg", "mp3"],
  ["audio/wav", "wav"],
  ["audio/ogg", "ogg"],
])

const endingOf = (contentType: string): string => {
  const [kind, type] = [kindOf(contentType), mediaType(contentType)]
  if (kind === "fhir" && /\b(xml|ndjson)$/.test(type)) return type.endsWith("xml") ? "xml" : "ndjson"
  if (kind === "image") return type.slice("image/".length).replace("jpeg", "jpg")
  return keptEndings.get(type) ?? (kind === "office" ? endings.other : endings[kind])
}

/** A title as a file's name: letters and digits of any script, and what joins them. */
export const fileName = (title: string, contentType: string): string => {
  const name = title
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, " ")
    .trim()
    .slice(0, 100)
  return `${name === "" ? "document" : name}.${endingOf(contentType)}`
}
