import { isPossibleDate } from "../../fhir/date.ts"

/**
 * The FHIR `date` of what somebody typed: `1957`, `3.1957` or `24.12.1957`, day first, with dots, slashes, hyphens or spaces, and `1957-12-24`. As exact
 * as it was typed and no more; `undefined` for what is no date, or of a year that nobody alive has seen.
 */
export const dateTyped = (typed: string): string | undefined => {
  const parts = typed.trim().split(/\s*[./\-\s]\s*/)
  if (parts.length > 3 || parts.some((part) => !/^\d{1,4}$/.test(part))) return undefined
  const [year = "", month, day] = parts[0]?.length === 4 ? parts : parts.toReversed()
  if (!/^(?:19|20|21)\d\d$/.test(year)) return undefined
  const date = [year, ...[month, day].filter((part) => part !== undefined).map((part) => part.padStart(2, "0"))].join(
    "-",
  )
  return isPossibleDate(date) ? date : undefined
}

/** What one types for a FHIR `date`. */
export const typedOf = (date: string): string =>
  date
    .split("-")
    .map((part) => part.replace(/^0/, ""))
    .toReversed()
    .join(".")

const two = (number: number): string => String(number).padStart(2, "0")

/** The day of a moment on this device's calendar, `2026-11-28`. */
export const localDay = (moment: Date): string =>
  `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`

/** Whether the whole of it lies after `now`, on this device's calendar. */
export const isAhead = (date: string, now: Date): boolean => date > localDay(now).slice(0, date.length)
