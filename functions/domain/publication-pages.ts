import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { Publication } from "../../contract/publication.ts"
import { decidedPageLength, type ManifestClaims } from "../../protocol/claims.ts"
import { canonicalHash, canonicalText } from "../../protocol/crypto/canonical.ts"
import { namedPages } from "../../protocol/manifest.ts"
import { categories, manifestPageLength } from "../../protocol/primitives.ts"
import type { Descriptor, PageLists } from "../../protocol/record.ts"
import type { RefOf } from "./ports.ts"

type SentPage = Publication["pages"][number]
type DecidedPage = Publication["decided"][number]

export const pageRef = (
  patientId: string,
  { category, page }: Pick<SentPage, "category" | "page">,
): RefOf<"manifest-page"> => ({ kind: "manifest-page", patientId, category, page })
export const decidedRef = (patientId: string, { page }: Pick<DecidedPage, "page">): RefOf<"decided-page"> => ({
  kind: "decided-page",
  patientId,
  page,
})

const pageName = ({ category, page }: Pick<SentPage, "category" | "page">) => `${category}/${page}`

/** Refuses a publication that sends a page or a card twice. */
export const requireOnce = ({ pages, decided, cards, keyPages }: Publication): void => {
  const names = [
    ...pages.map(pageName),
    ...decided.map(({ page }) => `decided/${page}`),
    ...keyPages.map((page) => `keys/${pageName(page)}`),
    ...cards.map(({ cardId }) => `card/${cardId}`),
  ]
  if (new Set(names).size !== names.length) throw new Problem("manifest-invalid")
}

/** Refuses a list of pages that is shorter than before, that names one nobody sent, or beside which one is sent for nothing. */
const requireWhole = (named: readonly string[], before: readonly string[], sent: ReadonlyMap<number, string>): void => {
  if (named.length < before.length) throw new Problem("manifest-invalid")
  for (const page of sent.keys()) if (page >= named.length) throw new Problem("manifest-invalid")
  for (const [page, hash] of named.entries())
    if ((sent.get(page) ?? before[page]) !== hash) throw new Problem("manifest-invalid")
}

/** Another publication has changed it since the manifest was read. */
const requireStored = async (content: unknown, hash: string | undefined): Promise<void> => {
  if (hash !== undefined && (await canonicalHash(content)) !== hash) throw new Problem("manifest-conflict")
}

/** What is listed that wasn't, and the reverse; the same descriptor on another page is neither. */
export interface ListingChange {
  readonly listed: readonly Descriptor[]
  readonly unlisted: readonly Descriptor[]
}

const byText = (pages: readonly (readonly Descriptor[])[]) =>
  new Map(pages.flat().map((descriptor) => [canonicalText(descriptor), descriptor]))

/** Refuses lists of pages that aren't the ones that the manifest names. */
export const requireNamedLists = async ({ pages }: ManifestClaims, lists: PageLists): Promise<void> => {
  const named = await namedPages(lists)
  if (categories.some((category) => named[category] !== pages[category])) throw new Problem("manifest-invalid")
}

/** What the sent pages change in what is listed. Refuses pages that aren't what the lists say, and a record that is on them twice. */
export const listingChange = async (
  lists: PageLists,
  before: PageLists | undefined,
  sent: readonly SentPage[],
  stored: readonly (ItemOf<"manifest-page"> | undefined)[],
): Promise<ListingChange> => {
  for (const { category, descriptors } of sent)
    if (descriptors.length > manifestPageLength || descriptors.some((each) => each.category !== category))
      throw new Problem("manifest-invalid")
  for (const category of categories) {
    const own = sent.filter((page) => page.category === category)
    const hashes = await Promise.all(
      own.map(async ({ page, descriptors }) => [page, await canonicalHash(descriptors)] as const),
    )
    requireWhole(lists[category].hashes, before?.[category].hashes ?? [], new Map(hashes))
  }
  for (const [i, { category, page }] of sent.entries())
    await requireStored(stored[i]?.descriptors ?? [], before?.[category].hashes[page])
  const after = sent.map(({ descriptors }) => descriptors)
  const records = after.flat().map(({ recordId }) => recordId)
  if (new Set(records).size !== records.length) throw new Problem("manifest-invalid")
  const [had, has] = [byText(stored.map((page) => page?.descriptors ?? [])), byText(after)]
  return {
    listed: [...has].flatMap(([text, descriptor]) => (had.has(text) ? [] : [descriptor])),
    unlisted: [...had].flatMap(([text, descriptor]) => (has.has(text) ? [] : [descriptor])),
  }
}

/** The pages of decided contributions that a publication is held against: those it sends, and the one before each. */
export const decidedBeside = (sent: readonly DecidedPage[]): number[] => [
  ...new Set(sent.flatMap(({ page }) => (page === 0 ? [0] : [page - 1, page]))),
]

/**
 * The ids that the sent pages of decided contributions add. Refuses pages that aren't what the manifest says, one after another that isn't full,
 * and an id that isn't any more where it was.
 */
export const decidedAdded = async (
  claims: ManifestClaims,
  before: ManifestClaims | undefined,
  sent: readonly DecidedPage[],
  stored: ReadonlyMap<number, readonly string[]>,
): Promise<string[]> => {
  const hashes = await Promise.all(sent.map(async ({ page, ids }) => [page, await canonicalHash(ids)] as const))
  requireWhole(claims.decided, before?.decided ?? [], new Map(hashes))
  const after = new Map([...stored, ...sent.map(({ page, ids }) => [page, ids] as const)])
  const added: string[] = []
  for (const { page, ids } of sent) {
    const had = stored.get(page) ?? []
    await requireStored(had, before?.decided[page])
    if (page > 0 && after.get(page - 1)?.length !== decidedPageLength) throw new Problem("manifest-invalid")
    if (ids.length > decidedPageLength || had.some((id, at) => ids[at] !== id)) throw new Problem("manifest-invalid")
    added.push(...ids.slice(had.length))
  }
  return added
}
