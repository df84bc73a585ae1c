import { isPossibleDate } from "../../fhir/date.ts"
import { language, locales } from "./words.ts"

const locale = () => locales[language.value]

/** `5 March 2026`. */
export const formatDate = (instant: string | number): string =>
  new Intl.DateTimeFormat(locale(), { dateStyle: "long" }).format(new Date(instant))

const two = (number: number) => String(number).padStart(2, "0")

/** This device's offset at a moment, as RFC 3339 has it: `+02:00`. */
export const offsetAt = (moment: Date): string => {
  const minutes = -moment.getTimezoneOffset()
  const size = Math.abs(minutes)
  return `${minutes < 0 ? "-" : "+"}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

/** `UTC+02:00`; of no offset, `UTC`. */
const zoneOf = (offset: string): string => (/^(?:Z|[+-]00:00)$/.test(offset) ? "UTC" : `UTC${offset}`)

/** `UTC+02:00`: of this device, now. */
export const zoneHere = (): string => zoneOf(offsetAt(new Date()))

/** By this device's clock, whose zone is said. */
const onClock = (instant: string | number, options: Intl.DateTimeFormatOptions): string => {
  const moment = new Date(instant)
  const clock = new Intl.DateTimeFormat(locale(), { ...options, timeStyle: "short", hourCycle: "h23" }).format(moment)
  return `${clock} ${zoneOf(offsetAt(moment))}`
}

/** `5 Mar 2026, 14:05 UTC+02:00`. */
export const formatMoment = (instant: string | number): string => onClock(instant, { dateStyle: "medium" })

/** `14:05 UTC+02:00`. */
export const formatTime = (instant: string | number): string => onClock(instant, {})

/**
 * A FHIR `date` or `dateTime`, as exact as it was written and no more: a year, a month, a day, or a moment on the clock of where it was written,
 * with its offset. What is none of these, or no day that a calendar has, stands as written.
 */
export const formatFhirDate = (text: string): string => {
  if (!isPossibleDate(text)) return text
  const [, year, month, day, clock, zone] =
    /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}:\d{2})[\d:.]*(Z|[+-]\d{2}:\d{2})?)?)?)?$/.exec(text) ?? []
  if (year === undefined) return text
  if (clock !== undefined) {
    const offset = zone === undefined ? "" : ` ${zoneOf(zone)}`
    return `${formatFhirDate(`${year}-${month}-${day}`)}, ${clock}${offset}`
  }
  const at = Date.UTC(Number(year), Number(month ?? 1) - 1, Number(day ?? 1))
  const options: Intl.DateTimeFormatOptions =
    day !== undefined
      ? { dateStyle: "long" }
      : month !== undefined
        ? { year: "numeric", month: "long" }
        : { year: "numeric" }
  return new Intl.DateTimeFormat(locale(), { ...options, timeZone: "UTC" }).format(at)
}

/** Whole years between a FHIR date of birth and `now`; absent where the day isn't known well enough to say. */
export const ageInYears = (birthDate: string, now: Date): number | undefined => {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(birthDate) ?? []
  if (year === undefined || !isPossibleDate(birthDate)) return undefined
  const years = now.getFullYear() - Number(year)
  const before =
    now.getMonth() + 1 < Number(month) || (now.getMonth() + 1 === Number(month) && now.getDate() < Number(day))
  return before ? years - 1 : years
}

export const formatNumber = (value: number, options: Intl.NumberFormatOptions = {}): string =>
  new Intl.NumberFormat(locale(), options).format(value)

export const formatPercent = (share: number): string => formatNumber(share, { style: "percent" })

const units = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const

/** `1.4 MB`, in powers of a thousand. */
export const formatBytes = (bytes: number): string => {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1)
  return formatNumber(bytes / 1000 ** power, {
    style: "unit",
    unit: units[power] ?? "byte",
    unitDisplay: power === 0 ? "long" : "short",
    maximumFractionDigits: power === 0 ? 0 : 1,
  })
}

/** `2 min`, `40 sec`: how long something still takes. */
export const formatDuration = (seconds: number): string => {
  const [value, unit] =
    seconds >= 3600
      ? ([seconds / 3600, "hour"] as const)
      : seconds >= 60
        ? ([seconds / 60, "minute"] as const)
        : ([seconds, "second"] as const)
  return formatNumber(Math.ceil(value), { style: "unit", unit, unitDisplay: "long" })
}

export const formatList = (items: readonly string[]): string =>
  new Intl.ListFormat(locale(), { type: "conjunction" }).format(items)
