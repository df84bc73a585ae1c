import type { Check } from "./check.ts"
import {
  allergyCheck,
  bloodGroupCheck,
  deviceCheck,
  directiveCheck,
  illnessCheck,
  medicineCheck,
  pregnancyCheck,
  vaccinationCheck,
  weightCheck,
} from "./check-stated.ts"
import type { ProposedItem } from "./proposals.ts"

const passing = <T>(item: unknown, check: Check<T>, of: (item: T) => ProposedItem): ProposedItem | undefined =>
  check(item, "", () => undefined) ? of(item) : undefined

/** An item of a section, where it is one that a patient can state. */
export function proposedItem(section: string, item: unknown): ProposedItem | undefined {
  switch (section) {
    case "allergies":
      return passing(item, allergyCheck, (item) => ({ section, item }))
    case "medicines":
      return passing(item, medicineCheck, (item) => ({ section, item }))
    case "illnesses":
      return passing(item, illnessCheck, (item) => ({ section, item }))
    case "devices":
      return passing(item, deviceCheck, (item) => ({ section, item }))
    case "directives":
      return passing(item, directiveCheck, (item) => ({ section, item }))
    case "vaccinations":
      return passing(item, vaccinationCheck, (item) => ({ section, item }))
    case "pregnancy":
      return passing(item, pregnancyCheck, (item) => ({ section, item }))
    case "bloodGroup":
      return passing(item, bloodGroupCheck, (item) => ({ section, item }))
    case "weight":
      return passing(item, weightCheck, (item) => ({ section, item }))
    default:
      return undefined
  }
}
