import { Problem } from "../../contract/errors.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { type Manifest, verifyKeyRing, verifyManifest, verifyPage } from "../../protocol/manifest.ts"
import { type Category, categories, manifestPageLength } from "../../protocol/primitives.ts"
import type { Descriptor, KeyRing } from "../../protocol/record.ts"
import { callAsPatient, type PatientSession } from "./session.ts"

/** The verified table of contents and the keys it vouches for. */
export interface Contents {
  readonly manifest: Manifest
  readonly keyRing: KeyRing
}

/** The newest manifest, verified against the patient's own key and everything this device has seen. */
export const readContents = async (session: PatientSession): Promise<Contents> => {
  const { patientId, fingerprint, memory } = session
  // What was known when it was asked for: another call of this device may publish before the answer comes.
  const witness = memory.manifest
  const answer = await callAsPatient(session, "patient/get-manifest", {}).catch((error: unknown) => {
    if (error instanceof Problem && error.code === "not-found")
      throw new IntegrityFailure("manifest-missing", { cause: error })
    throw error
  })
  const manifest = await verifyManifest(answer.manifest, {
    fingerprint,
    patientId,
    cloudId: session.cloud.cloudId,
    witness,
  })
  await verifyKeyRing(manifest, answer.keyRing)
  if (manifest.number > (memory.manifest?.number ?? 0))
    memory.manifest = { number: manifest.number, hash: manifest.hash }
  return { manifest, keyRing: answer.keyRing }
}

export const readPage = async (
  session: PatientSession,
  { manifest }: Pick<Contents, "manifest">,
  category: Category,
  page: number,
): Promise<Descriptor[]> => {
  const { descriptors } = await callAsPatient(session, "patient/get-manifest-page", { category, page: String(page) })
  await verifyPage(manifest, category, page, descriptors)
  return descriptors
}

/** How often something is done anew because another device of the patient's published in between. */
export const attempts = 5

/**
 * Whether what failed on these contents did so because another device published meanwhile. Of a page that differs, only a newer signed
 * manifest is proof of that.
 */
export const overtaken = async (session: PatientSession, { manifest }: Contents, error: unknown): Promise<boolean> => {
  if (error instanceof Problem) return error.code === "manifest-conflict"
  const differs = error instanceof IntegrityFailure && error.code === "page-differs"
  return differs && (await readContents(session)).manifest.number > manifest.number
}

/** The current records of the categories asked for, in the order they were added. */
export const listRecords = async (
  session: PatientSession,
  wanted: readonly Category[] = categories,
): Promise<Descriptor[]> => {
  for (let attempt = 1; ; attempt++) {
    const contents = await readContents(session)
    try {
      const all: Descriptor[] = []
      for (const category of wanted)
        for (let page = 0; page < contents.manifest.claims.pages[category].length; page++)
          all.push(...(await readPage(session, contents, category, page)))
      return all
    } catch (error) {
      if (attempt === attempts || !(await overtaken(session, contents, error))) throw error
    }
  }
}

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
    for (let page = 0; page < contents.manifest.claims.pages[category].length; page++) {
      const descriptors = await readPage(session, contents, category, page)
      if (descriptors.some((descriptor) => descriptor.recordId === recordId)) return { category, page, descriptors }
    }
  return undefined
}

/**
 * The page that lists `descriptor`: in place of an older version, or at the end of its category. A newer one that is listed stays: another device was
 * quicker. `isNew`: no version of its record was ever listed, so none is looked for.
 */
export const withDescriptor = async (
  session: PatientSession,
  contents: Contents,
  descriptor: Descriptor,
  { isNew }: { isNew: boolean },
): Promise<ListedPage> => {
  const { category, recordId, version } = descriptor
  const standing = isNew ? undefined : await findRecord(session, contents, recordId, [category])
  if (standing !== undefined)
    return {
      ...standing,
      descriptors: standing.descriptors.map((other) =>
        other.recordId === recordId && other.version < version ? descriptor : other,
      ),
    }
  const last = contents.manifest.claims.pages[category].length - 1
  const descriptors = last < 0 ? [] : await readPage(session, contents, category, last)
  if (descriptors.length < manifestPageLength)
    return { category, page: Math.max(last, 0), descriptors: [...descriptors, descriptor] }
  return { category, page: last + 1, descriptors: [descriptor] }
}
