import type { Bytes } from "../../protocol/crypto/bytes.ts"
import { orFail } from "../../protocol/integrity.ts"
import { type KeyWalk, walkBack } from "../../protocol/key-ring.ts"
import { verifyKeyPage } from "../../protocol/manifest.ts"
import { type Category, keyPageLength } from "../../protocol/primitives.ts"
import type { KeyPage, RingKey } from "../../protocol/record.ts"
import type { Contents } from "./contents.ts"
import { callAsPatient, type PatientSession } from "./session.ts"

/** The way back through a category's keys, as far as a session has gone it. */
export interface CategoryWalk {
  readonly walk: KeyWalk
  /** The keys that are known, wrapped, newest first: of the ring, then of the pages that were read. */
  readonly keys: RingKey[]
  /** The hash of the page before those. */
  older: string | null
  /** Pages are on their way. */
  reading?: Promise<void> | undefined
}

const walkOf = ({ cache }: PatientSession, { keyRing, keys }: Contents, category: Category): CategoryWalk => {
  const newest = keys[category]
  const known = cache.walks.get(newest)
  if (known !== undefined) return known
  const { previous, older } = keyRing.categories[category]
  const begun: CategoryWalk = { walk: walkBack(category, newest), keys: [...previous], older }
  cache.walks.set(newest, begun)
  return begun
}

/** Reads the next older pages, each verified by what names it: one that the session has already, or as many as the cloud gives. */
const readOlder = async (session: PatientSession, category: Category, newest: number, way: CategoryWalk) => {
  const { keyPages } = session.cache
  const add = ({ older, keys }: KeyPage) => {
    way.keys.push(...keys)
    way.older = older
  }
  const cached = keyPages.get(way.older ?? "")
  if (cached !== undefined) return add(cached)
  const page = (newest - 1 - way.keys.length) / keyPageLength - 1
  const { pages } = await callAsPatient(session, "patient/get-key-pages", { category, page: String(page) })
  for (const each of pages) {
    await verifyKeyPage(way.older, each)
    keyPages.set(way.older ?? "", each)
    add(each)
  }
}

/** The way back through a category's keys, with all that are wrapped from the newest down to this epoch, if there are so many. */
const wayTo = async (session: PatientSession, contents: Contents, category: Category, epoch: number) => {
  const way = walkOf(session, contents, category)
  const newest = contents.keyRing.categories[category].epoch
  while (way.older !== null && way.keys.length < newest - epoch) {
    way.reading ??= readOlder(session, category, newest, way).finally(() => {
      way.reading = undefined
    })
    await way.reading
  }
  return way
}

/** The key of any epoch of a category. `record-unreadable` where there is no such epoch, `key-ring-differs` where its page isn't the one the ring names. */
export const keyAt = async (
  session: PatientSession,
  contents: Contents,
  { category, epoch }: { readonly category: Category; readonly epoch: number },
): Promise<Bytes> => {
  const { walk, keys } = await wayTo(session, contents, category, epoch)
  const back = keys.slice(0, Math.max(0, contents.keyRing.categories[category].epoch - epoch))
  return orFail("record-unreadable", () =>
    walk.at(
      epoch,
      back.map(({ wrappedKey }) => wrappedKey),
    ),
  )
}

/** When the key of an epoch ended, seconds; `undefined` for the newest, and where there is no such epoch. */
export const keyEndedAt = async (
  session: PatientSession,
  contents: Contents,
  { category, epoch }: { readonly category: Category; readonly epoch: number },
): Promise<number | undefined> => {
  const { keys } = await wayTo(session, contents, category, epoch)
  return keys[contents.keyRing.categories[category].epoch - 1 - epoch]?.endedAt
}
