/** Category keys that are older than those in the ring (docs/protocol.md, "Key ring"). */
import { Problem } from "../../contract/errors.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { keyPagesAt } from "../../protocol/key-ring.ts"
import { type Category, keyPageLength, keyPagesAtOnce } from "../../protocol/primitives.ts"
import type { KeyHistory, PlacedKeyPage, RingEntry } from "../../protocol/record.ts"
import { requireActive } from "./patients.ts"
import type { StoreReads } from "./ports.ts"

type Reading = Pick<StoreReads, "read">

/** What the store gives in one call. */
const pagesAtOnce = 64

/** Pages of a category, from the newest wanted down to the oldest. */
const readPages = async (store: Reading, patientId: string, category: Category, newest: number, oldest: number) => {
  const refs = Array.from({ length: Math.max(0, newest - oldest + 1) }, (_, i) => ({
    kind: "key-page" as const,
    patientId,
    category,
    page: newest - i,
  }))
  const calls = Array.from({ length: Math.ceil(refs.length / pagesAtOnce) }, (_, i) =>
    store.read(refs.slice(i * pagesAtOnce, (i + 1) * pagesAtOnce)),
  )
  return (await Promise.all(calls)).flat()
}

export const getKeyPages = async (
  { store }: { store: Reading },
  patientId: string,
  { category, page }: RequestOf<"patient/get-key-pages">,
): Promise<ResponseOf<"patient/get-key-pages">> => {
  const newest = Number(page)
  const [[patient], found] = await Promise.all([
    store.read([{ kind: "patient", patientId }]),
    readPages(store, patientId, category, newest, Math.max(0, newest - keyPagesAtOnce + 1)),
  ])
  requireActive(patient)
  return {
    pages: found.map((item) => {
      if (item === undefined) throw new Problem("not-found")
      return { older: item.older, keys: item.keys }
    }),
  }
}

/** The way back from the newest key of a category: the keys in the ring, and more as far as to the epochs of what is listed beside it. */
export const historyFor = async (
  store: Reading,
  patientId: string,
  category: Category,
  { epoch, previous }: RingEntry,
  listed: readonly { readonly epoch: number }[],
): Promise<KeyHistory> => {
  const oldest = Math.min(epoch, ...listed.map((each) => each.epoch))
  const oldestPage = Math.floor((oldest - 1) / keyPageLength)
  const pages = await readPages(store, patientId, category, keyPagesAt(epoch) - 1, oldestPage)
  const keys = pages.flatMap((item) => {
    if (item === undefined) throw new Error(`a page of older keys of ${category} is missing`)
    return item.keys
  })
  return { epoch, previous: [...previous, ...keys].map(({ wrappedKey }) => wrappedKey) }
}

/**
 * That no key is lost: an entry has all keys of the one before and a new one for each new epoch, as many of them on pages as must be; `sent` are the
 * pages of this category.
 */
export const isEntryAfter = async (
  { epoch, previous, older }: RingEntry,
  before: RingEntry,
  sent: readonly PlacedKeyPage[],
): Promise<boolean> => {
  const [had, has] = [keyPagesAt(before.epoch), keyPagesAt(epoch)]
  const [page] = sent
  if (sent.length > 1 || has - had !== sent.length || previous.length !== epoch - 1 - has * keyPageLength) return false
  const named = page === undefined ? before.older : await canonicalHash({ older: page.older, keys: page.keys })
  if (older !== named) return false
  if (page !== undefined && (page.page !== had || page.older !== before.older)) return false
  const kept = [...previous, ...(page?.keys ?? [])].slice(epoch - before.epoch)
  return (await canonicalHash(kept)) === (await canonicalHash(before.previous))
}
