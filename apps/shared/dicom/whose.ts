import type { SummaryPatient } from "../../../fhir/patient.ts"
import { namesConflict } from "../../../fhir/same-person.ts"
import type { StudyFacts } from "../../../imaging/facts.ts"

export type Mismatch = { readonly of: "name" | "birth-date" | "sex"; readonly said: string }

/** `O` is what many machines write where nobody said. */
const sexes: Readonly<Record<string, string>> = { M: "male", F: "female" }

/** `Family^Given^Middle=Ideographic=Phonetic` (PS3.5, 6.2.1), each of its forms as a name. */
const formsOf = (name: string): string[] => name.split("=").map((form) => form.replaceAll("^", " "))

/** What an image says of its patient that can't be true of the confirmed one; nothing where either is silent. */
export const mismatches = (
  { patientName, birthDate, sex }: Pick<StudyFacts, "patientName" | "birthDate" | "sex">,
  patient: SummaryPatient | undefined,
): Mismatch[] => {
  if (patient === undefined) return []
  const found: Mismatch[] = []
  const names = [...(patient.name === undefined ? [] : [patient.name]), ...patient.otherNames]
  if (patientName !== undefined && namesConflict(formsOf(patientName), names))
    found.push({ of: "name", said: patientName.replaceAll("^", " ").trim() })
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(birthDate ?? "") ?? []
  if (year !== undefined && patient.birthDate !== undefined) {
    const said = `${year}-${month}-${day}`
    if (!said.startsWith(patient.birthDate.slice(0, 10))) found.push({ of: "birth-date", said })
  }
  const stated = sexes[sex ?? ""]
  if (sex !== undefined && stated !== undefined && patient.sex !== undefined && patient.sex !== "unknown")
    if (stated !== patient.sex) found.push({ of: "sex", said: sex })
  return found
}

/** Whether the image names nobody: neither a name nor a date of birth. */
export const isAnonymous = ({ patientName, birthDate }: StudyFacts): boolean =>
  patientName === undefined && birthDate === undefined
