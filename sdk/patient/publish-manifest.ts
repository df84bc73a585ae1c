import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { createKeyRing } from "../../protocol/key-ring.ts"
import type { Category } from "../../protocol/primitives.ts"
import type { KeyRing, WrappedCategoryKey } from "../../protocol/record.ts"
import { statementHash } from "../../protocol/statement.ts"
import { attempts, type Contents, type ListedPage, overtaken, readContents } from "./manifest.ts"
import { callAsPatient, type PatientSession, signAsPatient } from "./session.ts"
import { updateWitnesses } from "./witness.ts"

/** What a new manifest changes. */
export interface Revision {
  readonly pages?: readonly ListedPage[]
  readonly keyRing?: KeyRing
  readonly cards?: readonly { cardId: string; wrappedCategoryKeys: WrappedCategoryKey[] }[]
  /** The cards in force from now on, by their hashes. */
  readonly listedCards?: readonly string[]
}

const noPages = { summary: [], laboratory: [], imaging: [], medication: [], document: [], sensitive: [] }

const publish = async (session: PatientSession, before: Contents | undefined, revision: Revision): Promise<void> => {
  const { publicKeys, memory } = session
  const keyRing = revision.keyRing ?? before?.keyRing
  if (keyRing === undefined) throw new Error("the first manifest needs a key ring")
  const named: Record<Category, string[]> = structuredClone(before?.manifest.claims.pages ?? noPages)
  for (const { category, page, descriptors } of revision.pages ?? [])
    named[category][page] = await canonicalHash(descriptors)
  const listedCards = revision.listedCards ?? before?.manifest.claims.cards ?? []
  const manifest = await signAsPatient(session, "manifest", {
    number: (before?.manifest.number ?? 0) + 1,
    previous: before?.manifest.hash ?? null,
    keys: publicKeys,
    keyRing: await canonicalHash(keyRing),
    ...(listedCards.length === 0 ? {} : { cards: [...listedCards] }),
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
    try {
      const revision = await revise(contents)
      if (revision === undefined) return
      await publish(session, contents, revision)
      break
    } catch (error) {
      if (attempt === attempts || !(await overtaken(session, contents, error))) throw error
    }
  }
  // The change is made and acknowledged. A witness that lags is weaker against rollback, not wrong: it is told next time.
  await updateWitnesses(session).then(
    () => delete session.memory.witnessBehind,
    () => (session.memory.witnessBehind = true),
  )
}
