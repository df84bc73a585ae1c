/** Controls can drive a terminal; format characters can reverse or hide words. The joiners of Persian and Indic scripts stay. */
const unprintable = /(?![\n\t])\p{Cc}|(?![\u200c\u200d])\p{Cf}/gu

/** Text as a terminal may get it, whatever it came from: without what drives one. */
export const terminalText = (text: string): string => text.toWellFormed().replace(unprintable, "")

/** A value as JSON that a terminal may get: what drives one is written as its escape. */
export const terminalJson = (value: unknown): string =>
  JSON.stringify(value).replace(unprintable, (found) =>
    found
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  )

/** What an error says, as a terminal may get it: a parser's message repeats what it could not read. */
export const messageOf = (error: unknown): string =>
  terminalText(error instanceof Error ? error.message : String(error))
