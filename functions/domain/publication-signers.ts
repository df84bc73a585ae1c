import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { Publication } from "../../contract/publication.ts"
import { type AccountKey, maxPreviousKeys } from "../../protocol/account-key.ts"
import type { ManifestClaims } from "../../protocol/claims.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { isPublicKey } from "../../protocol/keys.ts"
import { categories } from "../../protocol/primitives.ts"
import type { KeyRing, RingEntry } from "../../protocol/record.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { activeSigners, type SignerList, verifyNotOlder } from "../../protocol/signers.ts"
import { isEntryAfter } from "./key-pages.ts"
import type { ActivePatient } from "./patients.ts"
import { endedBy, listOf, type SignerEnds } from "./signer-ends.ts"
import { requireFresh } from "./statements.ts"

/** Who signs, and what is sealed to, once a publication is applied. */
export interface SignersAfter {
  /** The patient as they are stored then, but for the revision. */
  readonly patient: ActivePatient
  readonly list: SignerList
  /** Somebody who could sign can't any more: whatever they could open gets new keys. */
  readonly ended: boolean
  /** The root signed the list that comes with it. */
  readonly begunByRoot: boolean
}

/** Refuses a list that isn't later than the one in force, by the same rule as devices have: else who was ended could overrule their end. */
const requireLater = (list: SignerList, before: SignerList): void => {
  try {
    verifyNotOlder(list, before)
  } catch (error) {
    throw new Problem("manifest-invalid", { cause: error })
  }
  if (list.hash === before.hash) throw new Problem("manifest-invalid")
  if (list.claims.root.sealing !== before.claims.root.sealing) throw new Problem("manifest-invalid")
}

const activeNames = ({ claims }: SignerList): string[] =>
  activeSigners(claims).map(({ signing, sealing }) => `${signing.x}.${signing.y}.${sealing}`)

/** The same key sealed to others, or the next one; the keys before lie under it, as many as are kept. */
const requireLaterKey = async (
  { number, publicKey, sealed, previous }: AccountKey,
  before: ActivePatient["accountKey"],
  copies: Copies,
): Promise<void> => {
  const own = { sealed: copies.sealed, previous: copies.previous }
  if ((await canonicalHash({ sealed, previous })) === (await canonicalHash(own))) throw new Problem("manifest-invalid")
  if (!(await isPublicKey(publicKey.p256))) throw new Problem("manifest-invalid")
  const same = (await sealingKeyThumbprint(publicKey)) === (await sealingKeyThumbprint(before.publicKey))
  if (number !== (same ? before.number : before.number + 1)) throw new Problem("manifest-invalid")
  if (previous.length !== Math.min(number - 1, maxPreviousKeys)) throw new Problem("manifest-invalid")
}

/** The key is sealed to the root and to each who may sign: no more and no fewer. */
const requireHolders = async ({ sealed }: Copies, { claims }: SignerList): Promise<void> => {
  const holders = [claims.root.sealing, ...activeSigners(claims).map(({ sealing }) => sealing)].sort()
  const named = (await Promise.all(sealed.map(({ to }) => sealingKeyThumbprint(to)))).sort()
  if (named.join() !== holders.join()) throw new Problem("manifest-invalid")
}

type Copies = Pick<ItemOf<"patient-keys">, "sealed" | "previous">

/** As it is kept beside the account. */
const laterKey = ({ number, publicKey }: AccountKey, { copies }: ActivePatient["accountKey"]) => ({
  number,
  publicKey,
  copies: copies + 1,
})

/**
 * Returns who signs after the publication. Refuses lists of signers or an account key that are sent though they are the same, that
 * don't follow what is stored, or that don't fit each other: who is added could open nothing, and who is ended all that follows.
 */
export const signersAfter = async (
  { patient, copies }: { patient: ActivePatient; copies: ItemOf<"patient-keys"> | undefined },
  { signers, accountKey }: Pick<Publication, "signers" | "accountKey">,
  { cloudId, now }: { cloudId: string; now: Date },
): Promise<SignersAfter> => {
  const before = await listOf(patient, cloudId)
  const list = signers === undefined ? before : await listOf({ ...patient, signers }, cloudId)
  const after = {
    ...patient,
    signers: signers ?? patient.signers,
    accountKey: accountKey === undefined ? patient.accountKey : laterKey(accountKey, patient.accountKey),
  }
  const remaining = new Set(activeNames(list))
  const ended = activeNames(before).some((name) => !remaining.has(name))
  if (signers !== undefined) {
    requireLater(list, before)
    // Or ends of signers could be of any time.
    requireFresh({ aud: cloudId, iat: list.claims.iat }, cloudId, now)
  }
  if (signers !== undefined || accountKey !== undefined) {
    // Another publication changed the one, after the other was read.
    if (copies?.revision !== patient.accountKey.copies) throw new Problem("manifest-conflict")
    if (accountKey !== undefined) await requireLaterKey(accountKey, patient.accountKey, copies)
    await requireHolders(accountKey ?? copies, list)
  }
  if (ended && after.accountKey.number === patient.accountKey.number) throw new Problem("manifest-invalid")
  return { patient: after, list, ended, begunByRoot: list.byRoot && signers !== undefined }
}

/** That whoever a statement has ended is off the list: else they would open what follows. Another device's next attempt takes them off. */
export const requireEndsTaken = async ({ list }: SignersAfter, ends: SignerEnds): Promise<void> => {
  if ((await endedBy(list, ends)).size > 0) throw new Problem("manifest-conflict")
}

/** That the manifest names the list of signers and the account key that are in force with it. */
export const requireNamed = async (claims: ManifestClaims, { patient, list }: SignersAfter): Promise<void> => {
  const { number, publicKey } = patient.accountKey
  if (claims.signers.number !== list.number || claims.signers.hash !== list.hash) throw new Problem("manifest-invalid")
  if (claims.account.number !== number || claims.account.thumbprint !== (await sealingKeyThumbprint(publicKey)))
    throw new Problem("manifest-invalid")
}

/** What the first ring of all comes after. */
const noEpoch: RingEntry = { epoch: 1, previous: [], older: null }

/**
 * That no epoch is lost: each category's newest is the one before or a later one, with all keys before it still under it. Where a signer was
 * ended, each has a new one.
 */
export const requireRing = async (
  { keyRing: ring, keyPages }: Pick<Publication, "keyRing" | "keyPages">,
  before: KeyRing | undefined,
  { patient, ended }: SignersAfter,
): Promise<void> => {
  if (ring.account !== patient.accountKey.number) throw new Problem("manifest-invalid")
  for (const category of categories) {
    const entry = ring.categories[category]
    const had = before?.categories[category] ?? noEpoch
    if (ended && entry.epoch === had.epoch) throw new Problem("manifest-invalid")
    const sent = keyPages.filter((page) => page.category === category)
    if (!(await isEntryAfter(entry, had, sent))) throw new Problem("manifest-invalid")
  }
}
