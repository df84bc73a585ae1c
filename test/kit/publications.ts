import type { ItemOf } from "../../contract/items.ts"
import type { Publication } from "../../contract/publication.ts"
import { claimsOf } from "../../functions/domain/statements.ts"
import type { AccountKey } from "../../protocol/account-key.ts"
import { cardHash, sealedHash } from "../../protocol/card.ts"
import { decidedPageLength, type ManifestClaims } from "../../protocol/claims.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { namedPages } from "../../protocol/manifest.ts"
import { type Category, categories, manifestPageLength } from "../../protocol/primitives.ts"
import type { Descriptor, PageLists } from "../../protocol/record.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { namedBy } from "../../protocol/skip-links.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { MemoryCloud } from "../fakes/cloud.ts"
import { type TestCard } from "./patients.ts"
import { keyRingOf, pageListsOf, renewedRing, wrappedFor } from "./sealed.ts"
import { signedBy, type TestPatient } from "./statements.ts"

/** What a publication changes; all else stays as the newest manifest says. */
export interface PublishedChange {
  /** Listed in the place of an earlier version, or after all others of their category. */
  readonly listed?: readonly Descriptor[]
  /** Ids of records that are listed no more. */
  readonly unlisted?: readonly string[]
  /** Cards that were made. */
  readonly cards?: readonly TestCard[]
  /** A card in force as it is from now on: its keys don't travel in the publication. */
  readonly changed?: Pick<TestCard, "cardId" | "wrappedCategoryKeys" | "sealed">
  /** Ids of cards that are struck. */
  readonly struck?: readonly string[]
  /** Ids of contributions that were decided on. */
  readonly decided?: readonly string[]
  /** Categories that get a new epoch. */
  readonly renewed?: readonly Category[]
  readonly signers?: readonly string[]
  readonly accountKey?: AccountKey
  /** Hashes of the pages that the lists are to have, in the place of those there are. */
  readonly hashes?: Partial<Record<Category, string[]>>
  /** Claims of the manifest that are to be others. */
  readonly claims?: object
}
type Pages = Record<Category, Descriptor[][]>

const storedPages = async (cloud: MemoryCloud, patientId: string, lists: PageLists | undefined) => {
  const pages: Pages = { summary: [], laboratory: [], imaging: [], medication: [], document: [], sensitive: [] }
  for (const category of categories)
    for (const page of lists?.[category].hashes.keys() ?? []) {
      const [stored] = await cloud.store.read([{ kind: "manifest-page", patientId, category, page }])
      pages[category].push(stored?.descriptors ?? [])
    }
  return pages
}

const list = (pages: Pages, descriptor: Descriptor): void => {
  const own = pages[descriptor.category]
  for (const page of own) {
    const at = page.findIndex(({ recordId }) => recordId === descriptor.recordId)
    if (at >= 0) {
      page[at] = descriptor
      return
    }
  }
  const last = own.at(-1)
  if (last === undefined || last.length === manifestPageLength) own.push([descriptor])
  else last.push(descriptor)
}

/** The pages after the change, their lists, and those that are to be sent. */
const changedPages = async (pages: Pages, before: PageLists | undefined, { listed, unlisted }: PublishedChange) => {
  for (const category of categories)
    pages[category] = pages[category].map((page) => page.filter(({ recordId }) => !unlisted?.includes(recordId)))
  for (const descriptor of listed ?? []) list(pages, descriptor)
  const lists = pageListsOf()
  const sent: Publication["pages"] = []
  for (const category of categories)
    for (const [page, descriptors] of pages[category].entries()) {
      const hash = await canonicalHash(descriptors)
      lists[category].hashes.push(hash)
      if (hash !== before?.[category].hashes[page]) sent.push({ category, page, descriptors })
    }
  return { lists, sent }
}

const changedDecided = async (
  cloud: MemoryCloud,
  patientId: string,
  before: ManifestClaims | undefined,
  added: readonly string[],
) => {
  const hashes = [...(before?.decided ?? [])]
  const sent: Publication["decided"] = []
  if (added.length === 0) return { hashes, sent }
  const last = Math.max(0, hashes.length - 1)
  const [stored] = await cloud.store.read([{ kind: "decided-page", patientId, page: last }])
  const ids = [...(stored?.ids ?? []), ...added]
  for (let page = last; ids.length > 0; page++) {
    const own = ids.splice(0, decidedPageLength)
    const hash = await canonicalHash(own)
    if (hash !== hashes[page]) sent.push({ page, ids: own })
    hashes[page] = hash
  }
  return { hashes, sent }
}

const cardsInForce = async (cloud: MemoryCloud, patientId: string): Promise<ItemOf<"card">[]> => {
  const cards: ItemOf<"card">[] = []
  let after: string | undefined
  do {
    const page = await cloud.store.list("card", patientId, { after })
    cards.push(...page.items.filter(({ status }) => status === "active"))
    after = page.next
  } while (after !== undefined)
  return cards
}

type Signed = Pick<TestCard, "cardId" | "locatorHash" | "hri"> &
  Partial<Pick<TestCard, "proofKey" | "cloudShare" | "wrappedCategoryKeys" | "sealed">>
const hashOfCard = async ({
  wrappedCategoryKeys = [],
  proofKey = "",
  cloudShare = "",
  sealed = "",
  ...card
}: Signed) => {
  const { cardId, locatorHash, hri } = card
  const signed = { cardId, proofKey, cloudShare, locatorHash, hri, keys: wrappedCategoryKeys }
  return cardHash({ ...signed, sealedHash: await sealedHash(sealed) })
}

/** The cards after the change, and those whose keys are made anew. A revoked one stays as it was listed until it is struck. */
const changedCards = async (
  cloud: MemoryCloud,
  patientId: string,
  before: ManifestClaims | undefined,
  { cards: made = [], changed, struck = [], renewed = [] }: PublishedChange,
) => {
  const sent: Publication["cards"] = []
  const inForce = await cardsInForce(cloud, patientId)
  const kept = inForce
    .filter(({ cardId }) => !struck.includes(cardId))
    .map((card) => {
      const { cardId, wrappedCategoryKeys: keys = [] } = card
      if (cardId === changed?.cardId) return { ...card, ...changed }
      if (!keys.some(({ category }) => renewed.includes(category))) return card
      const wrappedCategoryKeys = keys.flatMap((key) =>
        renewed.includes(key.category) ? wrappedFor([key.category], key.epoch + 1) : [key],
      )
      sent.push({ cardId, wrappedCategoryKeys })
      return { ...card, wrappedCategoryKeys }
    })
  const listed = await Promise.all(
    [...kept, ...made].map(async (card) => ({ cardId: card.cardId, hash: await hashOfCard(card) })),
  )
  const revoked = (before?.cards ?? []).filter(
    ({ cardId }) => !struck.includes(cardId) && !inForce.some((card) => card.cardId === cardId),
  )
  return { listed: [...listed, ...revoked], sent }
}

const skipsOf = async (cloud: MemoryCloud, patientId: string, number: number): Promise<string[]> =>
  Promise.all(
    namedBy(number)
      .slice(1)
      .map(async (earlier) => {
        const [stored] = await cloud.store.read([{ kind: "manifest-version", patientId, number: earlier }])
        if (stored === undefined) throw new Error(`there is no manifest ${earlier}`)
        return statementHash(stored.manifest)
      }),
  )

/** The next manifest of a patient with what it changes, made now by the patient's device. */
export const publicationOf = async (
  cloud: MemoryCloud,
  patient: Pick<TestPatient, "keys" | "patientId">,
  change: PublishedChange = {},
): Promise<Publication> => {
  const { patientId } = patient
  const [account, stored] = await cloud.store.read([
    { kind: "patient", patientId },
    { kind: "manifest", patientId },
  ])
  const before = stored && claimsOf("manifest", stored.manifest)
  const signers = change.signers ?? account?.signers ?? []
  const accountKey = change.accountKey ?? account?.accountKey
  const newestList = signers.at(-1)
  if (newestList === undefined || accountKey === undefined) throw new Error("there is no such account")
  const ring = stored?.keyRing ?? keyRingOf()
  const keyRing = change.renewed === undefined ? ring : renewedRing(ring, change.renewed)
  const listsBefore = stored?.pageLists
  const pages = await changedPages(await storedPages(cloud, patientId, listsBefore), listsBefore, change)
  const pageLists = change.hashes === undefined ? pages.lists : pageListsOf(change.hashes)
  const decided = await changedDecided(cloud, patientId, before, change.decided ?? [])
  const cards = await changedCards(cloud, patientId, before, change)
  const number = (stored?.number ?? 0) + 1
  const manifest = await signedBy(patient, cloud, "manifest", {
    number,
    previous: stored?.hash ?? null,
    skips: await skipsOf(cloud, patientId, number),
    signers: { number: claimsOf("signer-list", newestList).number, hash: await statementHash(newestList) },
    account: { number: accountKey.number, thumbprint: await sealingKeyThumbprint(accountKey.publicKey) },
    keyRing: await canonicalHash(keyRing),
    cards: cards.listed,
    pages: await namedPages(pageLists),
    decided: decided.hashes,
    ...change.claims,
  })
  return {
    manifest,
    keyRing,
    keyPages: [],
    pageLists,
    pages: pages.sent,
    decided: decided.sent,
    cards: cards.sent,
    ...(change.signers === undefined ? {} : { signers: [...change.signers] }),
    ...(change.accountKey === undefined ? {} : { accountKey: change.accountKey }),
  }
}
