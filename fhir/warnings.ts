/**
 * What a reader must know besides the content, gravest first. Each code has one sentence; `names` lists what it is about.
 */
const sentences = {
  "too-large": () => "This record is larger than this program reads (64 MiB). Nothing of it is shown.",
  "too-deep": () => "This record is nested deeper than any real one (200 levels). Nothing of it is shown.",
  "not-json": () => "This record can't be read: it isn't JSON. Nothing of it is shown.",
  "not-json-but-xml": () => "This record looks like XML; only JSON is read. Nothing of it is shown.",
  unreadable: () => "This record can't be read. What is shown may be incomplete.",
  "patient-missing": () => "The record doesn't say who the patient is. Make sure it is the person before you.",
  "several-patients": (names) =>
    `More than one patient is named in this record: ${names}. Make sure whose data you read.`,
  "other-patient": (names) => `These entries are about somebody else, or about a person not in this record: ${names}.`,
  "patient-incomplete": (names) => `The patient's identity lacks: ${names}.`,
  "patient-inactive": (names) => `The patient's entry is marked: ${names}.`,
  "summary-entered-in-error": () => "The whole document is marked as entered in error.",
  "contradicting-absence": (names) =>
    `The record says that there is nothing and lists something all the same: ${names}.`,
  "dose-contradiction": (names) => `The dose in words and the dose in codes differ: ${names}.`,
  "reference-unresolved": (names) => `The record points to entries that it doesn't contain: ${names}.`,
  "reference-ambiguous": (names) => `The record points to entries that it contains more than once: ${names}.`,
  "section-missing": (names) => `The summary has no section on ${names}. That is not the same as none.`,
  "entered-in-error": (names) => `Marked as entered in error: ${names}.`,
  refuted: (names) => `Marked as refuted: ${names}.`,
  inactive: (names) => `Marked as no longer active: ${names}.`,
  "do-not-give": (names) => `Marked as not to be given: ${names}.`,
  "not-done": (names) => `Listed, but not done: ${names}.`,
  "meaning-modified": (names) =>
    `Entries with a change of meaning that this program doesn't know: ${names}. Read their source.`,
  "not-a-bundle": (names) => `This isn't a FHIR bundle but ${names}.`,
  "not-a-document": (names) =>
    `This isn't a document but ${names}: entries are shown by kind, and more may exist elsewhere.`,
  "not-a-summary": (names) => `This document isn't a patient summary but ${names}. Don't expect a complete picture.`,
  "composition-missing": () => "The document has no Composition, its table of contents: entries are shown by kind.",
  "composition-not-first": () => "The document's Composition isn't its first entry.",
  "several-compositions": () =>
    "The record holds more than one Composition. The first is shown by its sections, the others by name.",
  "composition-incomplete": (names) => `The document's Composition lacks: ${names}.`,
  "summary-not-final": (names) => `The document isn't final: its status is ${names}.`,
  unlisted: (names) => `Not listed in any section of the summary, shown all the same: ${names}.`,
  "subject-missing": (names) => `These entries don't say whom they are about: ${names}.`,
  "entry-unreadable": (names) => `Entries of the bundle that hold no readable resource: ${names}.`,
  "entry-repeated": (names) => `Several entries have the same address: ${names}.`,
  "item-unnamed": (names) => `Entries that don't say what they are: ${names}.`,
  "characters-replaced": () => "The record isn't proper UTF-8: some characters are replaced.",
  "characters-removed": () => "The record held control characters, which can falsify what is shown. They were removed.",
} satisfies Record<string, (names: string) => string>

export type SummaryWarningCode = keyof typeof sentences
export type SummaryWarning = { code: SummaryWarningCode; message: string }

const isCode = (code: string): code is SummaryWarningCode => Object.hasOwn(sentences, code)
const shown = 8

/** Collects what warnings are about, so that each code is said once. */
export class Warnings {
  readonly #noted = new Map<SummaryWarningCode, Set<string>>()

  note(code: SummaryWarningCode, name?: string): void {
    const names = this.#noted.get(code) ?? new Set()
    if (name !== undefined) names.add(name)
    this.#noted.set(code, names)
  }

  list(): SummaryWarning[] {
    return Object.keys(sentences)
      .filter(isCode)
      .flatMap((code) => {
        const names = this.#noted.get(code)
        if (names === undefined) return []
        const more = names.size > shown ? ` and ${names.size - shown} more` : ""
        return { code, message: sentences[code](`${[...names].slice(0, shown).join("; ")}${more}`) }
      })
  }
}
