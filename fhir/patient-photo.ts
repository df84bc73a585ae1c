import { patientsIn } from "./holding.ts"
import { list, text } from "./value.ts"

/** What browsers show as a picture and nothing else: an SVG is a program. */
const pictures = new Set(["image/jpeg", "image/png", "image/webp", "image/gif"])
/** Characters of base64; a portrait has a hundredth of them. */
const longest = 8 * 1024 * 1024

/**
 * The patient's picture in a FHIR document, if its one Patient has one within it. None where there are several patients: whose it is must not be
 * guessed. Never throws.
 */
export const patientPhoto = (input: unknown): { contentType: string; bytes: Uint8Array<ArrayBuffer> } | undefined => {
  const patients = patientsIn(input)
  if (patients.length !== 1) return undefined
  for (const photo of list(patients[0], "photo")) {
    const contentType = text(photo, "contentType")?.toLowerCase()
    const data = text(photo, "data")
    if (contentType === undefined || data === undefined || data.length > longest || !pictures.has(contentType)) continue
    try {
      return { contentType, bytes: Uint8Array.from(atob(data), (character) => character.charCodeAt(0)) }
    } catch {
      // Not base64: the next one may be.
    }
  }
  return undefined
}
