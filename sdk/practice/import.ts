/**
 * Patients of another system, taken into a practice's directory (docs/protocol.md, "Practice"). The whole is read and checked first, and where a row is refused nothing is
 * imported. Who is there already is left as they are, so that the same import again, also after one that was interrupted, doubles nobody.
 */
import * as z from "zod/mini"
import { Problem } from "../../contract/errors.ts"
import { type Bytes, toBase64url } from "../../protocol/crypto/bytes.ts"
import { canonicalText } from "../../protocol/crypto/canonical.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { type Entry, entry as entrySchema } from "../../protocol/practice/entry.ts"
import { folded } from "../../text/folded.ts"
import type { Directory } from "./directory.ts"
import { type Duplicate, duplicatesOf } from "./duplicates.ts"
import { addFile, deleteFile, type NewEntry } from "./files.ts"
import type { Practice } from "./practice.ts"

/** Why a value is not taken. */
export const importFaults = [
  "name-missing",
  "date-impossible",
  "age-impossible",
  "sex-unknown",
  "too-long",
  "number-twice",
  "columns-differ",
  "quotes-broken",
] as const
export type ImportFault = (typeof importFaults)[number]

/** Somebody to be imported; `at`: where they stand in what is imported, from 1. */
export interface ImportedPatient {
  readonly at: number
  readonly said: NewEntry
  readonly content?: Bytes
}
/** `field`: the column or the element, as it is called in what is imported. */
export interface RefusedRow {
  readonly at: number
  readonly field: string
  readonly fault: ImportFault
}

export type PreviewedRow =
  | ({ readonly outcome: "new" } & ImportedPatient)
  /** They may be somebody who is there: imported all the same, unless the person who looks takes them off. */
  | ({ readonly outcome: "similar"; readonly to: readonly Duplicate[] } & ImportedPatient)
  | { readonly outcome: "known"; readonly at: number; readonly entry: Entry }
  | ({ readonly outcome: "refused" } & RefusedRow)

/**
 * What somebody is known again by: the numbers that another system gave them, or, where they have none, all that is said of them. A name alone is no proof: two people
 * may have it.
 */
const keysOf = ({ names, birthDate, sex, identifiers, fileNumber, phones }: NewEntry): string[] => {
  const numbers = identifiers.flatMap(({ system, value }) =>
    system === undefined ? [] : [JSON.stringify([system, folded(value)])],
  )
  if (numbers.length > 0) return numbers
  const said = { names, sex, identifiers, phones, birthDate: birthDate ?? null, fileNumber: fileNumber ?? null }
  return [canonicalText(said)]
}

/** Everybody who is there, by the numbers and names that an import knows them again by. Whose file was deleted is there no longer: an import that was taken back can be made anew. */
const knownIn = (directory: Directory): Map<string, Entry> => {
  const known = new Map<string, Entry>()
  for (const entry of directory.entries())
    if (entry.deletedAt === undefined) for (const key of keysOf(entry)) known.set(key, entry)
  return known
}

const isTooLong = (said: NewEntry): boolean =>
  !z.safeParse(entrySchema, { ...said, fileId: "A".repeat(22), version: 1 }).success

/** What an import would do, row by row, in their order. Nothing is changed. */
export const previewImport = (
  directory: Directory,
  patients: readonly ImportedPatient[],
  refused: readonly RefusedRow[] = [],
): readonly PreviewedRow[] => {
  const known = knownIn(directory)
  const seen = new Set<string>()
  const rows = patients.map((patient): PreviewedRow => {
    const { at, said } = patient
    if (isTooLong(said)) return { outcome: "refused", at, field: "", fault: "too-long" }
    const keys = keysOf(said)
    const twice = keys.some((key) => seen.has(key))
    for (const key of keys) seen.add(key)
    if (twice) return { outcome: "refused", at, field: "", fault: "number-twice" }
    const entry = keys.map((key) => known.get(key)).find((each) => each !== undefined)
    if (entry !== undefined) return { outcome: "known", at, entry }
    const to = duplicatesOf(said, directory)
    return to.length === 0 ? { outcome: "new", ...patient } : { outcome: "similar", to, ...patient }
  })
  const others = refused.map((row): PreviewedRow => ({ outcome: "refused", ...row }))
  return [...rows, ...others].sort((one, other) => one.at - other.at)
}

/** By what the entries of one import are known: kept until it is done, an import that was interrupted goes on as the same. */
export const newImportId = (): string => toBase64url(randomBytes(16))

/**
 * Imports what was previewed. Throws `request-invalid` where a row is refused: then nothing is imported. What is interrupted is gone on with by previewing and importing the
 * same again, under the same id, or taken back whole (`takeImportBack`). `progress`: how many of them are in.
 */
export const importPatients = async (
  practice: Practice,
  rows: readonly PreviewedRow[],
  progress: (done: number) => void = () => undefined,
  importId = newImportId(),
): Promise<readonly Entry[]> => {
  if (rows.some(({ outcome }) => outcome === "refused")) throw new Problem("request-invalid")
  const imported: Entry[] = []
  for (const row of rows) {
    if (row.outcome !== "new" && row.outcome !== "similar") continue
    imported.push(await addFile(practice, { ...row.said, importId }, row.content))
    progress(imported.length)
  }
  return imported
}

/** What an import brought that is there: `changed` is what somebody has written on since, or merged, and is taken back by nobody unasked. */
export interface Import {
  readonly importId: string
  readonly untouched: readonly Entry[]
  readonly changed: readonly Entry[]
}

/** The imports of which something is there, whole or interrupted. */
export const importsIn = (directory: Directory): Import[] => {
  const there = [...directory.entries()].filter(({ deletedAt }) => deletedAt === undefined)
  const leadTo = new Set(there.flatMap(({ mergedInto }) => mergedInto ?? []))
  const byImport = Map.groupBy(
    there.filter(({ importId }) => importId !== undefined),
    ({ importId = "" }) => importId,
  )
  return Array.from(byImport, ([importId, entries]) => {
    const isUntouched = ({ fileId, version }: Entry) => version === 1 && !leadTo.has(fileId)
    return {
      importId,
      untouched: entries.filter(isUntouched),
      changed: entries.filter((entry) => !isUntouched(entry)),
    }
  })
}

/**
 * Takes an import back: each file that it made and nobody has written on since is deleted, which `restoreFile` undoes for 30 days. Returns those that somebody has written on, which stay. Interrupted, it
 * is gone on with by asking again.
 */
export const takeImportBack = async (
  practice: Practice,
  importId: string,
  progress: (done: number) => void = () => undefined,
): Promise<readonly Entry[]> => {
  await practice.sync()
  const found = importsIn(practice.directory).find((each) => each.importId === importId)
  if (found === undefined) return []
  const changed = [...found.changed]
  for (const [i, entry] of found.untouched.entries()) {
    try {
      await deleteFile(practice, entry)
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "practice-conflict") throw error
      // Somebody wrote on it at this moment.
      const now = practice.directory.get(entry.fileId)
      if (now !== undefined && now.deletedAt === undefined) changed.push(now)
    }
    progress(i + 1)
  }
  return changed
}
