/** Saving a file's next version: it never waits for anybody's decision, and overwrites nothing that a colleague wrote meanwhile. */
import * as z from "zod/mini"
import { Problem } from "../../../contract/errors.ts"
import { entry as entrySchema } from "../../../protocol/practice/entry.ts"
import { changeFile, type NewEntry, readFile } from "../../../sdk/practice/files.ts"
import type { Practice } from "../../../sdk/practice/practice.ts"
import { savedVersion } from "../../../sdk/practice/saved-merge.ts"
import { mergeVersions, type Said, type Side, settledVersion } from "../../../sdk/practice/three-way-merge.ts"
import { saidOf, unnamed } from "../person-form.ts"
import { decided, emptyVersion, type Open, readContent, reconciled, type Version } from "./content.ts"

/** What a form was opened on: what the entry said, and the number of the content's version, 0 for none. */
export const base = z.object({ entry: z.omit(entrySchema, { fileId: true, version: true }), version: z.int() })
export type Base = z.infer<typeof base>

/** A change of a file: of who it is about, of what it holds, or both. The same change made twice changes once. */
export interface Edit {
  readonly fileId: string
  readonly base: Base
  readonly said?: NewEntry
  readonly content?: (base: Version) => Version
}

/** Who it is was changed by two at once, and this member can't write the file where it would be kept for a decision. */
export class PersonChanged extends Error {
  override readonly name = "PersonChanged"
  readonly now: NewEntry

  constructor(now: NewEntry) {
    super("a colleague changed the same")
    this.now = now
  }
}

/** By the file's id and version: a version never changes. */
const known = new Map<string, Version>()
/** Versions that are kept in memory. */
const mostKnown = 20

/** A version of a file's content; number 0 is the empty one. */
export const versionAt = async (practice: Practice, fileId: string, number: number): Promise<Version> => {
  if (number === 0) return emptyVersion
  const name = `${fileId}/${number}`
  const before = known.get(name)
  if (before !== undefined) return before
  const version = await readContent(await readFile(practice, fileId, number))
  const [oldest] = known.keys()
  if (known.size >= mostKnown && oldest !== undefined) known.delete(oldest)
  known.set(name, version)
  return version
}

/** The number of the newest version of a file's content. */
export const newestNumber = ({ versions }: Practice, fileId: string): number => versions.get(fileId)?.length ?? 0

/** What a form is opened on now. */
export const baseOf = (practice: Practice, fileId: string): Base | undefined => {
  const entry = practice.directory.get(fileId)
  return entry && { entry: saidOf(entry), version: newestNumber(practice, fileId) }
}

const personFields = ["names", "birth", "sex", "identifiers", "fileNumber", "phones"] as const
type PersonField = (typeof personFields)[number]

/** What an undecided part of the person is called among the fields of the content. */
export const personField = (name: PersonField): string => `person.${name}`

const partsOf = ({ names, birthDate, isEstimated, sex, identifiers, fileNumber, phones }: NewEntry) => ({
  names,
  ...(birthDate !== undefined && { birth: { birthDate, ...(isEstimated === true && { isEstimated }) } }),
  sex,
  identifiers,
  ...(fileNumber !== undefined && { fileNumber }),
  phones,
})
const asVersion = (said: NewEntry) => settledVersion<unknown, never>({ fields: partsOf(said), lists: {} })

/** An entry with one part in the place of its own. */
export const withPart = (entry: NewEntry, name: PersonField, side: Side<unknown>, of: NewEntry): NewEntry => {
  const { birthDate: _date, isEstimated: _estimated, ...unborn } = entry
  const { fileNumber: _number, ...unnumbered } = entry
  if (name === "birth")
    return {
      ...unborn,
      ...(of.birthDate !== undefined && { birthDate: of.birthDate }),
      ...(of.isEstimated === true && { isEstimated: true }),
    }
  if (name === "fileNumber") return { ...unnumbered, ...(of.fileNumber !== undefined && { fileNumber: of.fileNumber }) }
  return "gone" in side ? entry : { ...entry, [name]: of[name] }
}

const later = (one: string | undefined, other: string | undefined): { lastVisit?: string } => {
  const [last] = [one, other]
    .filter((each) => each !== undefined)
    .toSorted()
    .toReversed()
  return last === undefined ? {} : { lastVisit: last }
}

/** Who it is, merged by field against what it was; what two changed, each otherwise, stays as the colleague has it, and is asked about. */
export const mergeSaid = (before: NewEntry, mine: NewEntry, theirs: NewEntry) => {
  const merged = mergeVersions(asVersion(before), asVersion(mine), asVersion(theirs))
  const undecided: [string, Said<unknown>][] = []
  let said = theirs
  for (const name of personFields) {
    const each = Object.hasOwn(merged.fields, name) ? merged.fields[name] : undefined
    if (each !== undefined && "undecided" in each) undecided.push([personField(name), each])
    else if (!isSame(each?.settled, partOf(theirs, name)))
      said = withPart(said, name, each === undefined ? { gone: true } : { is: each.settled }, mine)
  }
  const { lastVisit: _visit, ...rest } = said
  return { said: { ...rest, ...later(mine.lastVisit, theirs.lastVisit) }, undecided: Object.fromEntries(undecided) }
}
const partOf = (said: NewEntry, name: PersonField): unknown =>
  new Map<string, unknown>(Object.entries(partsOf(said))).get(name)
const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** How often a save is merged anew where colleagues are quicker. */
const attempts = 5

const saveOnce = async (practice: Practice, { fileId, base, said, content }: Edit): Promise<void> => {
  const now = practice.directory.get(fileId)
  if (now === undefined) throw new Problem("not-found")
  const theirsSaid = saidOf(now)
  const person = mergeSaid(base.entry, said ?? base.entry, theirsSaid)
  const isClinical = practice.keys.opened.clinical !== undefined
  if (!isClinical && Object.keys(person.undecided).length > 0) throw new PersonChanged(theirsSaid)
  const newest = newestNumber(practice, fileId)
  const theirs = isClinical ? await versionAt(practice, fileId, newest) : emptyVersion
  const next = isClinical ? await mergedContent(practice, { fileId, base, content }, theirs) : theirs
  const whole = { ...next, fields: { ...withoutDecided(next.fields, base.entry, said), ...person.undecided } }
  const isChanged = !isSame(whole, theirs)
  if (!isChanged && isSame(person.said, theirsSaid)) return
  await changeFile(
    practice,
    { ...person.said, fileId, version: now.version },
    isChanged ? savedVersion(whole) : undefined,
  )
}

/** Whoever writes anew who it is has decided what was open about that. */
const withoutDecided = (fields: Version["fields"], before: NewEntry, said: NewEntry = before): Version["fields"] => {
  const decided = personFields.filter((name) => !isSame(partOf(before, name), partOf(said, name))).map(personField)
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !decided.includes(name)))
}

const mergedContent = async (
  practice: Practice,
  { fileId, base, content }: Pick<Edit, "fileId" | "base" | "content">,
  theirs: Version,
): Promise<Version> => {
  if (content === undefined) return theirs
  const before = await versionAt(practice, fileId, base.version)
  const mine = content(before)
  return base.version === newestNumber(practice, fileId) ? mine : reconciled(mergeVersions(before, mine, theirs))
}

/** Saves a change upon whatever is the newest. `PersonChanged`: see there; whatever else fails has saved nothing, and can be tried again. */
export const saveEdit = async (practice: Practice, edit: Edit): Promise<void> => {
  for (let attempt = 1; ; attempt++)
    try {
      return await saveOnce(practice, edit)
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "practice-conflict" || attempt === attempts) throw error
      await practice.sync()
    }
}

/** Decides one open thing of a file, by one of its sides. */
export const decide = async (practice: Practice, fileId: string, open: Open, side: Side<unknown>): Promise<void> => {
  const base = baseOf(practice, fileId)
  if (base === undefined) throw new Problem("not-found")
  const name = open.kind === "field" ? personFields.find((each) => personField(each) === open.name) : undefined
  const content = (before: Version) => decided(before, open, name === undefined ? side : { gone: true })
  const said = name === undefined ? undefined : personWith(base.entry, name, side)
  await saveEdit(practice, { fileId, base, content, ...(said !== undefined && { said }) })
}

/** An entry with one part as a side has it. */
const personWith = (entry: NewEntry, name: PersonField, side: Side<unknown>): NewEntry => {
  const value = "is" in side ? side.is : undefined
  const parts = name === "birth" && typeof value === "object" && value !== null ? { ...value } : { [name]: value }
  const of = z.parse(entrySchema, { ...unnamed, ...("is" in side ? parts : {}), fileId: "A".repeat(22), version: 1 })
  return withPart(entry, name, side, of)
}
