import type { SummaryPatient } from "../../fhir/patient.ts"
import { namesConflict } from "../shared/names.ts"

const namesOf = ({ name, otherNames }: SummaryPatient): string[] => [
  ...(name === undefined ? [] : [name]),
  ...otherNames,
]

/** A date of birth that both state, as exactly as the less exact one. */
const birthDatesConflict = (one: string | undefined, other: string | undefined): boolean => {
  if (one === undefined || other === undefined) return false
  const length = Math.min(one.length, other.length, 10)
  return one.slice(0, length) !== other.slice(0, length)
}

/** Whether a document's patient can't be the confirmed one. Where either is unknown, nothing is said. */
export const isOfOther = (patient: SummaryPatient | undefined, confirmed: SummaryPatient | undefined): boolean =>
  patient !== undefined &&
  confirmed !== undefined &&
  (birthDatesConflict(patient.birthDate, confirmed.birthDate) || namesConflict(namesOf(patient), namesOf(confirmed)))
