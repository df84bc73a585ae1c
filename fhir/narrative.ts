import type { JsonObject } from "./value.ts"

const escaped = (words: string) =>
  words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

/** FHIR's narrative: each line a paragraph, all of which stands in the elements too. `language`: BCP 47. */
export const narrative = (lines: readonly string[], language?: string): JsonObject => {
  const tagged = language === undefined ? "" : ` lang="${escaped(language)}" xml:lang="${escaped(language)}"`
  const paragraphs = lines.map((line) => `<p>${escaped(line)}</p>`).join("")
  return { status: "generated", div: `<div xmlns="http://www.w3.org/1999/xhtml"${tagged}>${paragraphs}</div>` }
}
