/**
 * Text from a record, made safe to show as it is: one line, without control characters (which can drive a terminal) or
 * invisible format characters (which can reverse or hide words). The joiners that Persian and Indic scripts need stay.
 * What is longer than `max` characters is cut, and says so. Escaping for HTML remains with whoever renders it.
 */
export function plainText(text: string, max = 4000): string {
  const clean = oneLine(text)
  if (clean.length <= max) return clean
  return `${clean.slice(0, max).toWellFormed()}… (${clean.length - max} more characters)`
}

const unclean = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|^\s|\s$|\s\s/u

/** The same, whole. */
export const oneLine = (text: string): string =>
  text.isWellFormed() && !unclean.test(text)
    ? text
    : text
        .toWellFormed()
        .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, " ")
        .replace(/(?![\u200c\u200d])\p{Cf}/gu, "")
        .trim()

/** Whether a text holds characters that have no business in a record: terminal controls, overrides of direction. */
export function hasSpoofingCharacters(text: string): boolean {
  return /(?![\t\n\r])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u.test(text)
}
