/** The next list of signers, and the keys that go with it where somebody ends. */
import { nextAccountKey } from "../../protocol/account-key.ts"
import type { SignerListClaims } from "../../protocol/claims.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { nextEpochs } from "../../protocol/key-ring.ts"
import { thumbprint } from "../../protocol/keys.ts"
import { categories } from "../../protocol/primitives.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import type { SealingKey } from "../../protocol/sealing-key.ts"
import { activeSigners, verifySigners } from "../../protocol/signers.ts"
import { signStatement } from "../../protocol/statement.ts"
import { stamp } from "../stamp.ts"
import type { Contents } from "./contents.ts"
import { cardsOf } from "./held-cards.ts"
import type { Revision } from "./publication.ts"
import { type PatientSession, placeOf } from "./session.ts"

type Signers = SignerListClaims["signers"]

const now = () => Math.floor(Date.now() / 1000)

/** The next list of signers, signed by this device. */
export const nextList = async (session: PatientSession, { signers, signerLists }: Contents, listed: Signers) => {
  const { number, hash, claims } = signers
  const { fingerprint, keys, signerId } = session
  const own = { record: claims.record, number: number + 1, previous: hash, root: claims.root, signers: listed }
  const next = await signStatement({
    typ: "signer-list",
    alg: "ES256",
    privateKey: keys.signing.privateKey,
    kid: signerId,
    payload: { ...stamp(), ...own },
  })
  const lists = [...signerLists, next]
  return { list: await verifySigners(lists, { fingerprint, record: placeOf(session) }), lists }
}

/** The root's and the active signers' sealing keys: those of the account key's copies that the list names, and a new signer's. */
export const holdersOf = async (
  { signers, accountKey }: Contents,
  listed: Signers,
  added?: SealingKey,
): Promise<SealingKey[]> => {
  const known = new Map<string, SealingKey>()
  for (const key of [...accountKey.sealed.map(({ to }) => to), ...(added === undefined ? [] : [added])])
    known.set(await sealingKeyThumbprint(key), key)
  const wanted = [signers.claims.root.sealing, ...activeSigners({ signers: listed }).map(({ sealing }) => sealing)]
  return wanted.map((thumbprint) => {
    const key = known.get(thumbprint)
    if (key === undefined) throw new IntegrityFailure("account-key-invalid")
    return key
  })
}

/**
 * The new keys by which signers end: the next account key, sealed to those who remain, an epoch of every category, and no card, since who ended could have
 * kept the cards' secrets.
 */
export const keysWithout = async (
  session: PatientSession,
  contents: Contents,
  holders: readonly SealingKey[],
): Promise<Required<Pick<Revision, "account" | "ring" | "cards" | "listedCards">>> => {
  // Only so that this device can take out the index entries of cards that others made.
  await cardsOf(session, contents).catch(() => undefined)
  const place = placeOf(session)
  const { keyRing, keys, accountKey } = contents
  const account = await nextAccountKey(place, accountKey, contents.account, holders)
  const next = await nextEpochs(place, keyRing, keys, { renewed: categories, holder: account.accountKey, now: now() })
  const ring = { keyRing: next.ring, keys: next.keys, keyPages: next.keyPages }
  return { account, ring, cards: [], listedCards: [] }
}

/** The revision by which signers end. */
export const endingRevision = async (
  session: PatientSession,
  contents: Contents,
  ending: ReadonlySet<string>,
): Promise<Revision> => {
  const until = now()
  const listed = await Promise.all(
    contents.signers.claims.signers.map(async (each) =>
      each.until === undefined && ending.has(await thumbprint(each.signing)) ? { ...each, until } : each,
    ),
  )
  const signers = await nextList(session, contents, listed)
  return { ...(await keysWithout(session, contents, await holdersOf(contents, listed))), signers }
}
