import { humanName } from "./item.ts"
import { field, type JsonObject, list, text } from "./value.ts"

/** What a reference to whom a resource is about says, where it leads nowhere in the document. */
export type LooseSubject = "patient" | "other" | "unclear"

const wordsIn = (name: string): string[] =>
  name
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 1)

/** Whether a display names somebody else: no word of it is a word of any of the patient's names. */
function namesOther(display: string, patient: JsonObject): boolean {
  const own = list(patient, "name").flatMap((name) => wordsIn(text(name, "text") ?? humanName(name) ?? ""))
  const said = wordsIn(display.replace(/^patient\b/i, ""))
  return own.length > 0 && said.length > 0 && !said.some((word) => own.includes(word))
}

/** `true`: one of the patient's numbers; `false`: another number of the same kind; else nothing is said. */
function isNumberOf(identifier: unknown, patient: JsonObject): boolean | undefined {
  const [system, value] = [text(identifier, "system"), text(identifier, "value")]
  if (value === undefined) return undefined
  const alike = list(patient, "identifier").filter((own) => text(own, "system") === system)
  if (alike.length === 0) return undefined
  return alike.some((own) => text(own, "value") === value)
}

/**
 * Whom a reference means that leads to no resource of the document, in which `patient` is the only Patient: that patient, unless it says otherwise.
 * A document that names one patient is about that patient; servers' addresses differ from the document's.
 */
export function looseSubject(subject: unknown, patient: JsonObject): LooseSubject {
  const reference = text(subject, "reference")
  const type =
    text(subject, "type") ?? /(?:^|\/)([A-Z][A-Za-z]+)\/[^/]+(?:\/_history\/[^/]+)?$/.exec(reference ?? "")?.[1]
  if (type !== undefined && type !== "Patient") return "other"
  const isNumber = isNumberOf(field(subject, "identifier"), patient)
  if (isNumber !== undefined) return isNumber ? "patient" : "other"
  const display = text(subject, "display")
  return display !== undefined && namesOther(display, patient) ? "other" : "patient"
}
