/** How a document is shown. */
export type Kind = "fhir" | "pdf" | "dicom" | "image" | "text" | "other"

/** `Application/FHIR+JSON; charset=utf-8` is what comes before the semicolon, in small letters. */
export const mediaType = (contentType: string): string => contentType.split(";")[0]?.trim().toLowerCase() ?? ""

/** An SVG is a program, and no picture. */
const kinds: ReadonlyMap<string, Kind> = new Map([
  ["application/fhir+json", "fhir"],
  ["application/json+fhir", "fhir"],
  ["application/fhir+ndjson", "fhir"],
  ["application/fhir+xml", "fhir"],
  ["application/json", "fhir"],
  ["application/pdf", "pdf"],
  ["application/dicom", "dicom"],
  ["image/png", "image"],
  ["image/jpeg", "image"],
  ["image/gif", "image"],
  ["image/webp", "image"],
  ["image/bmp", "image"],
  ["image/avif", "image"],
  ["text/plain", "text"],
])

/** What is shown of a document's content type, whatever its parameters; `other` can be saved, and no more. */
export const kindOf = (contentType: string): Kind => kinds.get(mediaType(contentType)) ?? "other"

const endings: Readonly<Record<Exclude<Kind, "image">, string>> = {
  fhir: "json",
  pdf: "pdf",
  dicom: "dcm",
  text: "txt",
  other: "bin",
}

const endingOf = (contentType: string): string => {
  const kind = kindOf(contentType)
  return kind === "image" ? mediaType(contentType).slice("image/".length).replace("jpeg", "jpg") : endings[kind]
}

/** A title as a file's name: letters and digits of any script, and what joins them. */
export const fileName = (title: string, contentType: string): string => {
  const name = title
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, " ")
    .trim()
    .slice(0, 100)
  return `${name === "" ? "document" : name}.${endingOf(contentType)}`
}
