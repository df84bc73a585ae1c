/** Years that a living person's record may speak of. What is outside is a program's idea of "none", such as 0001-01-01. */
const [earliest, latest] = [1850, 2200]
const shape = /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?)?)?$/

/** Whether a text has the form of a FHIR `date`, `dateTime` or `instant`, of whatever day. */
export const hasDateShape = (text: string): boolean => /^\d{4}-\d{2}(?:-\d{2})?(?:T.*)?$/.test(text)

/** Whether a FHIR `date` or `dateTime` is one that a calendar has, within the years of people. */
export function isPossibleDate(text: string): boolean {
  const parts = shape.exec(text)
  if (parts === null) return false
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)))
  if (year < earliest || year > latest || hour > 24 || minute > 59 || second > 60) return false
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}
