import type { Bytes } from "../../sdk/crypto/bytes.ts"
import { blobUrl, dropUrl } from "./blob-urls.ts"
import { mediaType } from "./opened.ts"

const endings = new Map([
  ["application/pdf", "pdf"],
  ["application/dicom", "dcm"],
  ["application/fhir+json", "json"],
  ["application/json", "json"],
  ["image/jpeg", "jpg"],
  ["image/png", "png"],
  ["image/webp", "webp"],
  ["image/gif", "gif"],
  ["text/plain", "txt"],
])

/** A title as a file's name: letters and digits of any script, and what joins them. */
export const fileName = (title: string, contentType: string): string => {
  const name = title
    .replaceAll(/[^\p{L}\p{N} ._-]+/gu, " ")
    .trim()
    .slice(0, 100)
  return `${name === "" ? "document" : name}.${endings.get(mediaType(contentType)) ?? "bin"}`
}

/** Hands bytes to the browser as a file; from there on they are out of this app's hands. Its type runs nothing, whatever it is of. */
export const saveFile = (bytes: Bytes, name: string): void => {
  const url = blobUrl(bytes, "application/octet-stream")
  const link = document.createElement("a")
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => dropUrl(url), 60_000)
}
