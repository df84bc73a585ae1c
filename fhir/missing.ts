import { type StatedItem, type StatedSection, type StatedSummary, statedSections } from "./stated-summary.ts"

/** What isn't stated, most missed in an emergency first. `confirmation`: nobody has said for half a year that it all still holds. */
const order = [
  "name",
  "birth-date",
  "allergies",
  "medicines",
  "confirmation",
  "allergy-criticality",
  "medicine-dose",
  "illnesses",
  "pregnancy",
  "devices",
  "directives",
  "contacts",
  "contact-phone",
  "sex",
  "weight",
  "languages",
  "blood-group",
  "vaccinations",
  "photo",
] as const
export type Missing = (typeof order)[number]

/** `items`: the ids of those that lack it, where single items do. */
export interface MissingPart {
  readonly what: Missing
  readonly items: readonly string[]
}

const monthsUntilReminder = 6

/** The day from which on the patient is asked whether everything still holds: half a year after they last said so. */
export function confirmationDue({ lastConfirmed }: Pick<StatedSummary, "lastConfirmed">): string {
  const [year = 0, month = 1, day = 1] = lastConfirmed.split("-").map(Number)
  const last = new Date(Date.UTC(year, month + monthsUntilReminder, 0)).getUTCDate()
  const due = new Date(Date.UTC(year, month - 1 + monthsUntilReminder, Math.min(day, last)))
  return due.toISOString().slice(0, 10)
}

/** What a physician would miss most in a summary, in that order. `today`: `2026-11-28`. Nothing of it must be there. */
export function missing(stated: StatedSummary, today: string): readonly MissingPart[] {
  const lacking = new Map<Missing, readonly string[]>()
  const note = (what: Missing, lacks: boolean) => {
    if (lacks) lacking.set(what, [])
  }
  const noteItems = (what: Missing, items: readonly StatedItem[]) => {
    if (items.length > 0)
      lacking.set(
        what,
        items.map(({ id }) => id),
      )
  }
  note("name", stated.names.length === 0)
  note("birth-date", stated.birthDate === undefined)
  for (const what of statedSections) note(what, stated[what].state === "not-stated")
  note("confirmation", confirmationDue(stated) <= today)
  const allergies = itemsOf(stated.allergies).filter(({ status }) => status === "present" || status === "unknown")
  noteItems(
    "allergy-criticality",
    allergies.filter(({ criticality }) => criticality === undefined),
  )
  const taken = itemsOf(stated.medicines).filter(({ status }) => status === "taking" || status === "unknown")
  noteItems(
    "medicine-dose",
    taken.filter(({ doses }) => doses.length === 0),
  )
  note("pregnancy", stated.pregnancy === undefined && mayBePregnant(stated, today))
  note("contacts", stated.contacts.length === 0)
  noteItems(
    "contact-phone",
    stated.contacts.filter(({ phone }) => phone === undefined),
  )
  note("sex", stated.sex === undefined)
  note("weight", stated.weight === undefined)
  note("languages", stated.languages.length === 0)
  note("blood-group", stated.bloodGroup === undefined)
  note("photo", stated.photo === undefined)
  return order.flatMap((what) => {
    const items = lacking.get(what)
    return items === undefined ? [] : [{ what, items }]
  })
}

const itemsOf = <T>(section: StatedSection<T>): readonly T[] => (section.state === "listed" ? section.items : [])

/** Of whom it isn't stated who they are, it is asked. */
function mayBePregnant({ sex, birthDate }: StatedSummary, today: string): boolean {
  if (sex === "male") return false
  if (birthDate === undefined) return true
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4))
  return years >= 10 && years <= 60
}
