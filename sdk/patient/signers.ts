import { nextAccountKey, shareAccountKey } from "../../protocol/account-key.ts"
import type { SignerListClaims } from "../../protocol/claims.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { nextEpochs } from "../../protocol/key-ring.ts"
import { type PublicKeys, sameKey, thumbprint } from "../../protocol/keys.ts"
import { categories } from "../../protocol/primitives.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import type { SealingKey } from "../../protocol/sealing-key.ts"
import { activeSigners, verifySigners } from "../../protocol/signers.ts"
import { signStatement } from "../../protocol/statement.ts"
import { stamp } from "../stamp.ts"
import { type Contents, readContents } from "./contents.ts"
import { cardsOf } from "./held-cards.ts"
import { publish, type Revision } from "./publication.ts"
import { callAsPatient, type PatientSession, placeOf } from "./session.ts"

type Signers = SignerListClaims["signers"]

const now = () => Math.floor(Date.now() / 1000)

/** The next list of signers, signed by this device. */
const nextList = async (session: PatientSession, { signers, signerLists }: Contents, listed: Signers) => {
  const { number, hash, claims } = signers
  const { fingerprint, cloud, patientId, keys, signerId } = session
  const own = { record: claims.record, number: number + 1, previous: hash, root: claims.root, signers: listed }
  const next = await signStatement({
    typ: "signer-list",
    alg: "ES256",
    privateKey: keys.signing.privateKey,
    kid: signerId,
    payload: { ...stamp(), ...own },
  })
  const lists = [...signerLists, next]
  return { list: await verifySigners(lists, { fingerprint, cloudId: cloud.cloudId, patientId }), lists }
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

/** How a signer is listed, if it is. */
const findSigner = async ({ signers }: Contents, signerId: string): Promise<Signers[number] | undefined> => {
  for (const signer of signers.claims.signers) if ((await thumbprint(signer.signing)) === signerId) return signer
  return undefined
}

/**
 * Lets another device sign for the patient; one that is listed already stays as it is. `keys`: its public keys, which must have come by a way that the cloud has no
 * part in.
 */
export const addSigner = async (session: PatientSession, keys: PublicKeys): Promise<void> => {
  await readContents(session)
  await publish(
    session,
    async (contents) => {
      const sealing = await sealingKeyThumbprint(keys.sealing)
      const before = await findSigner(contents, await thumbprint(keys.signing))
      if (before !== undefined && before.until === undefined && before.sealing === sealing) return undefined
      const listed = [...contents.signers.claims.signers, { signing: keys.signing, sealing, since: now() }]
      const holders = await holdersOf(contents, listed, keys.sealing)
      const { accountKey, account } = contents
      return {
        signers: await nextList(session, contents, listed),
        account: {
          accountKey: await shareAccountKey(placeOf(session), accountKey, account, holders),
          pair: account,
        },
      }
    },
    (publication) => callAsPatient(session, "patient/publish-manifest", { publication }),
  )
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

/**
 * Ends another signer: it signs nothing more, a new account key is sealed to those who remain, every category begins a new epoch, and all cards die, also
 * one that it makes meanwhile. One that has ended stays so, and costs no card. `signers-invalid` for one that isn't listed, and for this device: another
 * signer ends it, or the root.
 */
export const endSigner = async (session: PatientSession, signerId: string): Promise<void> => {
  const signer = await findSigner(await readContents(session), signerId)
  if (signer === undefined || signerId === session.signerId) throw new IntegrityFailure("signers-invalid")
  await publish(
    session,
    async (contents) => {
      if ((await findSigner(contents, signerId))?.until !== undefined) return undefined
      const { signing } = signer
      const ended = contents.signers.claims.signers.map((each) =>
        sameKey(each.signing, signing) ? { ...each, until: now() } : each,
      )
      const signers = await nextList(session, contents, ended)
      return { ...(await keysWithout(session, contents, await holdersOf(contents, ended))), signers }
    },
    (publication) => callAsPatient(session, "patient/publish-manifest", { publication }),
  )
}
