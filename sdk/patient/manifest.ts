import { Problem } from "../../contract/errors.ts"
import { type Category, categories, manifestPageLength } from "../../contract/primitives.ts"
import type { Descriptor, KeyRing, WrappedCategoryKey } from "../../contract/record.ts"
import { canonicalHash } from "../crypto/canonical.ts"
import { createKeyRing } from "../crypto/key-ring.ts"
import { statementHash } from "../crypto/statement.ts"
import { IntegrityFailure } from "../integrity.ts"
import { type Manifest, verifyKeyRing, verifyManifest, verifyPage } from "../manifest.ts"
import { updateWitnesses } from "./cards.ts"
import { callAsPatient, type PatientSession, signAsPatient } from "./session.ts"

/** The verified table of contents and the keys it vouches for. */
export interface Contents {
  readonly manifest: Manifest
  readonly keyRing: KeyRing
}

/** The newest manifest, verified against the patient's own key and everything this device has seen. */
export const readContents = async (session: PatientSession): Promise<Contents> => {
  const { patientId, fingerprint, memory } = session
  const answer = await callAsPatient(session, "patient/get-manifest", {}).catch((error: unknown) => {
    if (error instanceof Problem && error.code === "not-found")
      throw new IntegrityFailure("manifest-missing", { cause: error })
    throw error
  })
  const manifest = await verifyManifest(answer.manifest, {
    fingerprint,
    patientId,
    witness: memory.manifest,
  })
  await verifyKeyRing(manifest, answer.keyRing)
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

/** The current records of the categories asked for, in the order they were added. */
export const listRecords = async (
  session: PatientSession,
  wanted: readonly Category[] = categories,
): Promise<Descriptor[]> => {
  const contents = await readContents(session)
  const all: Descriptor[] = []
  for (const category of wanted)
    for (let page = 0; page < contents.manifest.claims.pages[category].length; page++)
      all.push(...(await readPage(session, contents, category, page)))
  return all
}

interface ChangedPage {
  readonly category: Category
  readonly page: number
  readonly descriptors: Descriptor[]
}

/** What a new manifest changes. */
export interface Revision {
  readonly pages?: readonly ChangedPage[]
  readonly keyRing?: KeyRing
  readonly cards?: readonly { cardId: string; wrappedCategoryKeys: WrappedCategoryKey[] }[]
}

const noPages = { summary: [], laboratory: [], imaging: [], medication: [], document: [], sensitive: [] }

const publish = async (session: PatientSession, before: Contents | undefined, revision: Revision): Promise<void> => {
  const { publicKeys, memory } = session
  const keyRing = revision.keyRing ?? before?.keyRing
  if (keyRing === undefined) throw new Error("the first manifest needs a key ring")
  const named: Record<Category, string[]> = structuredClone(before?.manifest.claims.pages ?? noPages)
  for (const { category, page, descriptors } of revision.pages ?? [])
    named[category][page] = await canonicalHash(descriptors)
  const manifest = await signAsPatient(session, "manifest", {
    number: (before?.manifest.number ?? 0) + 1,
    previous: before?.manifest.hash ?? null,
    keys: publicKeys,
    keyRing: await canonicalHash(keyRing),
    pages: named,
  })
  await callAsPatient(session, "patient/publish-manifest", {
    manifest,
    keyRing,
    pages: [...(revision.pages ?? [])],
    cards: [...(revision.cards ?? [])],
  })
  memory.manifest = { number: (before?.manifest.number ?? 0) + 1, hash: await statementHash(manifest) }
}

/** The first manifest of a new account: no record yet, a key for each category. */
export const publishFirstManifest = async (session: PatientSession): Promise<void> => {
  if (session.memory.manifest !== undefined) throw new IntegrityFailure("manifest-missing")
  await publish(session, undefined, { keyRing: await createKeyRing(session.publicKeys.agreement) })
}

/** How often a change is made anew because another device of the patient's published in between. */
const attempts = 5

/**
 * Publishes a change of the newest manifest and tells the witness in the HRI. `revise` may be called again, on newer contents, where
 * another device was quicker; it makes no other change.
 */
export const publishManifest = async (
  session: PatientSession,
  revise: (contents: Contents) => Promise<Revision | undefined>,
): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    const contents = await readContents(session)
    const revision = await revise(contents)
    if (revision === undefined) return
    try {
      await publish(session, contents, revision)
      break
    } catch (error) {
      const beaten = error instanceof Problem && error.code === "manifest-conflict"
      if (!beaten || attempt === attempts) throw error
    }
  }
  // The change is made and acknowledged. A witness that lags is weaker against rollback, not wrong: it is told next time.
  await updateWitnesses(session).then(
    () => delete session.memory.witnessBehind,
    () => (session.memory.witnessBehind = true),
  )
}

/** The page on which a record stands, if it does. */
export const findRecord = async (
  session: PatientSession,
  contents: Contents,
  recordId: string,
  wanted: readonly Category[] = categories,
): Promise<ChangedPage | undefined> => {
  for (const category of wanted)
    for (let page = 0; page < contents.manifest.claims.pages[category].length; page++) {
      const descriptors = await readPage(session, contents, category, page)
      if (descriptors.some((descriptor) => descriptor.recordId === recordId)) return { category, page, descriptors }
    }
  return undefined
}

/** The page that lists `descriptor`: in place of the version before, or at the end of its category. */
export const withDescriptor = async (
  session: PatientSession,
  contents: Contents,
  descriptor: Descriptor,
): Promise<ChangedPage> => {
  const { category, recordId, version } = descriptor
  const standing = version > 1 ? await findRecord(session, contents, recordId, [category]) : undefined
  if (standing !== undefined)
    return {
      ...standing,
      descriptors: standing.descriptors.map((other) => (other.recordId === recordId ? descriptor : other)),
    }
  const last = contents.manifest.claims.pages[category].length - 1
  const descriptors = last < 0 ? [] : await readPage(session, contents, category, last)
  if (descriptors.length < manifestPageLength)
    return { category, page: Math.max(last, 0), descriptors: [...descriptors, descriptor] }
  return { category, page: last + 1, descriptors: [descriptor] }
}
