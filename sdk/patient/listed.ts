import { Problem } from "../../contract/errors.ts"
import { decidedPageLength } from "../../protocol/claims.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { verifyDecided, verifyPage } from "../../protocol/manifest.ts"
import { type Category, categories, manifestPageLength } from "../../protocol/primitives.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { type Contents, readContents } from "./contents.ts"
import { callAsPatient, type PatientSession } from "./session.ts"

/** A page that the manifest lists, verified; asked for once, since its hash names what is on it. */
export const readPage = async (
  session: PatientSession,
  { pageLists }: Pick<Contents, "pageLists">,
  category: Category,
  page: number,
): Promise<readonly Descriptor[]> => {
  const named = pageLists[category].hashes[page]
  const cached = named === undefined ? [] : session.cache.pages.get(named)
  if (cached !== undefined) return cached
  const { descriptors } = await callAsPatient(session, "patient/get-manifest-page", { category, page: String(page) })
  await verifyPage(pageLists[category], page, descriptors)
  if (named !== undefined) session.cache.pages.set(named, descriptors)
  return descriptors
}

/** The pages of the ids of decided contributions, verified. */
export const readDecided = async (
  session: PatientSession,
  { manifest }: Pick<Contents, "manifest">,
): Promise<readonly (readonly string[])[]> => {
  const { decided: named } = manifest.claims
  const cached = named.map((hash) => session.cache.decided.get(hash))
  if (cached.every((page) => page !== undefined)) return cached
  const { decided } = await callAsPatient(session, "patient/get-decided", {})
  await verifyDecided(manifest, decided)
  for (const [i, hash] of named.entries()) session.cache.decided.set(hash, decided[i] ?? [])
  return decided
}

/** The page that takes the id of one more decided contribution. */
export const withDecided = (pages: readonly (readonly string[])[], id: string): { page: number; ids: string[] } => {
  const last = pages.at(-1)
  return last === undefined || last.length === decidedPageLength
    ? { page: pages.length, ids: [id] }
    : { page: pages.length - 1, ids: [...last, id] }
}

/** How often something is done anew because another device of the patient's published in between. */
export const attempts = 5

/**
 * Whether what failed on these contents did so because another device published meanwhile. Of a page or of cards that differ, only a newer signed
 * manifest is proof of that.
 */
export const overtaken = async (session: PatientSession, { manifest }: Contents, error: unknown): Promise<boolean> => {
  if (error instanceof Problem) return error.code === "manifest-conflict"
  const codes = ["page-differs", "decided-differs", "cards-differ"]
  const differs = error instanceof IntegrityFailure && codes.includes(error.code)
  return differs && (await readContents(session)).manifest.number > manifest.number
}

/** Reads something of the newest contents; anew where another device published meanwhile. */
export const readListed = async <T>(session: PatientSession, read: (contents: Contents) => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    const contents = await readContents(session)
    try {
      return await read(contents)
    } catch (error) {
      if (attempt === attempts || !(await overtaken(session, contents, error))) throw error
    }
  }
}

/** The current records of the categories asked for, in the order they were added. */
export const listRecords = (session: PatientSession, wanted: readonly Category[] = categories): Promise<Descriptor[]> =>
  readListed(session, async (contents) => {
    const all: Descriptor[] = []
    for (const category of wanted)
      for (let page = 0; page < contents.pageLists[category].hashes.length; page++)
        all.push(...(await readPage(session, contents, category, page)))
    return all
  })

/** A page as it stands, or is to stand. */
export interface ListedPage {
  readonly category: Category
  readonly page: number
  readonly descriptors: Descriptor[]
}

/** The page on which a record stands, if it does. */
export const findRecord = async (
  session: PatientSession,
  contents: Contents,
  recordId: string,
  wanted: readonly Category[] = categories,
): Promise<ListedPage | undefined> => {
  for (const category of wanted)
    for (let page = 0; page < contents.pageLists[category].hashes.length; page++) {
      const descriptors = await readPage(session, contents, category, page)
      if (descriptors.some((descriptor) => descriptor.recordId === recordId))
        return { category, page, descriptors: [...descriptors] }
    }
  return undefined
}

/**
 * The page that lists `descriptor`: in place of the version it replaces, or at the end of its category. `record-conflict` where another device was
 * quicker. `isNew`: no version of its record was ever listed, so none is looked for.
 */
export const withDescriptor = async (
  session: PatientSession,
  contents: Contents,
  descriptor: Descriptor,
  { isNew }: { isNew: boolean },
): Promise<ListedPage> => {
  const { category, recordId, replaces } = descriptor
  const standing = isNew ? undefined : await findRecord(session, contents, recordId, [category])
  const before = standing?.descriptors.find((other) => other.recordId === recordId)
  if (replaces !== (before === undefined ? null : await canonicalHash(before))) throw new Problem("record-conflict")
  if (standing !== undefined) {
    const descriptors = standing.descriptors.map((other) => (other.recordId === recordId ? descriptor : other))
    return { ...standing, descriptors }
  }
  const last = contents.pageLists[category].hashes.length - 1
  const descriptors = last < 0 ? [] : await readPage(session, contents, category, last)
  if (descriptors.length < manifestPageLength)
    return { category, page: Math.max(last, 0), descriptors: [...descriptors, descriptor] }
  return { category, page: last + 1, descriptors: [descriptor] }
}
