import { closeSync, openSync, readSync } from "node:fs"
import { extname } from "node:path"
import type { Category } from "../../protocol/primitives.ts"

const byEnding: Readonly<Record<string, string>> = {
  ".dcm": "application/dicom",
  ".json": "application/fhir+json",
  ".pdf": "application/pdf",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".txt": "text/plain",
}

const beginningOf = (file: string, length: number): Buffer => {
  const bytes = Buffer.alloc(length)
  const open = openSync(file, "r")
  try {
    return bytes.subarray(0, readSync(open, bytes, 0, length, 0))
  } finally {
    closeSync(open)
  }
}

/** A file's media type: by what DICOM files and PDFs begin with (DICOM PS3.10, 7.1; ISO 32000-2, 7.5.2), else by its name. */
export const mediaTypeOf = (file: string): string => {
  const beginning = beginningOf(file, 132).toString("latin1")
  if (beginning.startsWith("DICM", 128)) return "application/dicom"
  if (beginning.startsWith("%PDF-")) return "application/pdf"
  return byEnding[extname(file).toLowerCase()] ?? "application/octet-stream"
}

/** Where a document belongs when nobody says. */
export const usualCategory = (mediaType: string): Category => {
  if (mediaType === "application/dicom") return "imaging"
  return mediaType === "application/fhir+json" ? "summary" : "document"
}
