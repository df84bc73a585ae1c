import * as z from "zod/mini"
import type { Publication } from "../../contract/publication.ts"
import type { AccountKey } from "../../protocol/account-key.ts"
import { type ManifestClaims, manifestClaims } from "../../protocol/claims.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import type { CategoryKeys } from "../../protocol/key-ring.ts"
import { namedPages } from "../../protocol/manifest.ts"
import { ofEach } from "../../protocol/primitives.ts"
import type { KeyRing, PageList, PageLists, PlacedKeyPage, WrappedCategoryKey } from "../../protocol/record.ts"
import type { SealingKeyPair } from "../../protocol/sealing.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import type { SignerList } from "../../protocol/signers.ts"
import { namedBy } from "../../protocol/skip-links.ts"
import { readStatement, statementHash } from "../../protocol/statement.ts"
import { type Contents, knownContents, ladderOf, readContents, remember } from "./contents.ts"
import { cardsOf } from "./held-cards.ts"
import { attempts, type ListedPage, overtaken } from "./listed.ts"
import { callAsPatient, type PatientSession, signAsPatient } from "./session.ts"
import { endingRevision } from "./signer-lists.ts"
import { knowsItsCards, renewWitnesses } from "./witness.ts"

/** What a new manifest changes. */
export interface Revision {
  readonly pages?: readonly ListedPage[]
  /** A page of decided contributions as it is to stand. */
  readonly decided?: { readonly page: number; readonly ids: string[] }
  readonly ring?: {
    readonly keyRing: KeyRing
    readonly keys: CategoryKeys
    readonly keyPages: readonly PlacedKeyPage[]
  }
  /** Keys of cards made anew. */
  readonly cards?: readonly { cardId: string; wrappedCategoryKeys: WrappedCategoryKey[] }[]
  /** The cards in force from now on. */
  readonly listedCards?: ManifestClaims["cards"]
  readonly signers?: { readonly list: SignerList; readonly lists: readonly string[] }
  readonly account?: { readonly accountKey: AccountKey; readonly pair: SealingKeyPair }
}

/** What contents are published upon: those before, or, for the first of all, what they begin with. */
export type Basis = Omit<Contents, "manifest" | "pageLists"> & Partial<Pick<Contents, "manifest" | "pageLists">>

/** What the next manifest names of those before it. */
const linksOf = (number: number, ladder: Basis["ladder"]) => {
  const [previous = null, ...skips] = namedBy(number).map((earlier) => {
    const found = ladder.find((rung) => rung.number === earlier)
    if (found === undefined) throw new Error(`the hash of manifest ${earlier} is not known`)
    return found.hash
  })
  return { previous, skips }
}

/** What the basis becomes by a revision, all but the manifest. */
const revised = (basis: Basis, { ring, signers, account }: Revision) => ({
  keyRing: ring?.keyRing ?? basis.keyRing,
  keys: ring?.keys ?? basis.keys,
  signers: signers?.list ?? basis.signers,
  signerLists: signers?.lists ?? basis.signerLists,
  // A list that leaves somebody on it whom a statement has ended is refused.
  ending: signers === undefined ? basis.ending : new Set<string>(),
  accountKey: account?.accountKey ?? basis.accountKey,
  account: account?.pair ?? basis.account,
})

/** The page lists that come next, each with a fresh salt: nobody who isn't given one sees whether it has changed. */
const pageListsAfter = async (before: PageLists | undefined, revised: readonly ListedPage[]): Promise<PageLists> => {
  const lists = ofEach(
    (category): PageList => ({
      salt: toBase64url(randomBytes(32)),
      hashes: [...(before?.[category].hashes ?? [])],
    }),
  )
  for (const { category, page, descriptors } of revised) lists[category].hashes[page] = await canonicalHash(descriptors)
  return lists
}

const claimsAfter = async (basis: Basis, revision: Revision, lists: PageLists) => {
  const { keyRing, signers, accountKey } = revised(basis, revision)
  const before: ManifestClaims | undefined = basis.manifest?.claims
  const number = (before?.number ?? 0) + 1
  const decided = [...(before?.decided ?? [])]
  if (revision.decided !== undefined) decided[revision.decided.page] = await canonicalHash(revision.decided.ids)
  return {
    number,
    ...linksOf(number, basis.ladder),
    signers: { number: signers.number, hash: signers.hash },
    account: { number: accountKey.number, thumbprint: await sealingKeyThumbprint(accountKey.publicKey) },
    keyRing: await canonicalHash(keyRing),
    cards: [...(revision.listedCards ?? before?.cards ?? [])],
    pages: await namedPages(lists),
    decided,
  }
}

/** A publication that was signed, and what the contents are once it is made. */
export interface Prepared {
  readonly publication: Publication
  readonly contents: Contents
}

/** Signs the manifest of a revision. */
export const prepare = async (session: PatientSession, basis: Basis, revision: Revision): Promise<Prepared> => {
  const after = revised(basis, revision)
  const pageLists = await pageListsAfter(basis.pageLists, revision.pages ?? [])
  const statement = await signAsPatient(session, "manifest", await claimsAfter(basis, revision, pageLists))
  const claims = z.parse(manifestClaims, readStatement(statement).payload)
  const manifest = { claims, number: claims.number, hash: await statementHash(statement) }
  const publication: Publication = {
    manifest: statement,
    keyRing: after.keyRing,
    keyPages: [...(revision.ring?.keyPages ?? [])],
    pageLists,
    pages: [...(revision.pages ?? [])],
    decided: revision.decided === undefined ? [] : [revision.decided],
    cards: [...(revision.cards ?? [])],
    ...(revision.signers === undefined ? {} : { signers: [...after.signerLists] }),
    ...(revision.account === undefined ? {} : { accountKey: after.accountKey }),
  }
  return { publication, contents: { ...after, manifest, pageLists, ladder: ladderOf([manifest, ...basis.ladder]) } }
}

/** What was published is what this device knows from now on, and need not ask for again. */
const adopt = async (session: PatientSession, { publication, contents }: Prepared): Promise<void> => {
  const { claims } = contents.manifest
  for (const { category, page, descriptors } of publication.pages)
    session.cache.pages.set(contents.pageLists[category].hashes[page] ?? "", descriptors)
  for (const { page, ids } of publication.decided) session.cache.decided.set(claims.decided[page] ?? "", ids)
  remember(session, contents)
}

/** The first manifest of a new account. */
export const publishFirst = async (
  session: PatientSession,
  basis: Basis,
  send: (publication: Publication) => Promise<unknown>,
): Promise<void> => {
  const prepared = await prepare(session, basis, {})
  await send(prepared.publication)
  await adopt(session, prepared)
}

/**
 * Tells the indexes of all cards. Those that another device made are learned of the cloud first; that it withholds them fails no change that is made, and
 * leaves the witness of the others to this device.
 */
const tellWitnesses = async (session: PatientSession): Promise<void> => {
  const { contents } = session.cache
  if (contents === undefined) return
  if (!knowsItsCards(session, contents)) await cardsOf(session, contents).catch(() => undefined)
  await renewWitnesses(session)
}

/** Takes those off the list whom a statement has ended. */
const publishEnds = async (session: PatientSession, contents: Contents): Promise<Contents> => {
  const prepared = await prepare(session, contents, await endingRevision(session, contents, contents.ending))
  await callAsPatient(session, "patient/publish-manifest", { publication: prepared.publication })
  await adopt(session, prepared)
  return prepared.contents
}

/**
 * Publishes a change: one request with the new signed manifest and what it changes, which the cloud applies whole or not at all; then renews the
 * witness in the index. `revise` and `send` may be called again, on newer contents, where another device was quicker: `revise` makes no other
 * change, and answers nothing where nothing is to be done. Whom a statement has ended is taken off the list first, by a publication of its own, unless `endsSigners`: then
 * `revise` does it. `reader`: the session that reads the contents, where this device is no signer yet.
 */
export const publish = async (
  session: PatientSession,
  revise: (contents: Contents) => Promise<Revision | undefined>,
  send: (publication: Publication, resign: () => Promise<Publication>) => Promise<unknown>,
  { reader = session, endsSigners = false }: { readonly reader?: PatientSession; readonly endsSigners?: boolean } = {},
): Promise<void> => {
  for (let attempt = 1; ; attempt++) {
    let contents = attempt === 1 ? await knownContents(reader) : await readContents(reader)
    try {
      if (!endsSigners && contents.ending.size > 0) contents = await publishEnds(session, contents)
      const revision = await revise(contents)
      if (revision === undefined) return
      let prepared = await prepare(session, contents, revision)
      const resign = async () => {
        prepared = await prepare(session, contents, revision)
        return prepared.publication
      }
      await send(prepared.publication, resign)
      await adopt(session, prepared)
      break
    } catch (error) {
      if (attempt === attempts || !(await overtaken(reader, contents, error))) throw error
    }
  }
  await tellWitnesses(session)
}
