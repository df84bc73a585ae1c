import * as z from "zod/mini"
import { Problem } from "../../contract/errors.ts"
import { nextAccountKey, shareAccountKey } from "../../protocol/account-key.ts"
import { endingSignerLists, maxSignerLists, type SignerListClaims, signerListClaims } from "../../protocol/claims.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { nextEpochs } from "../../protocol/key-ring.ts"
import { type PublicKeys, thumbprint } from "../../protocol/keys.ts"
import { categories } from "../../protocol/primitives.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import type { SealingKey } from "../../protocol/sealing-key.ts"
import { activeSigners, verifySigners } from "../../protocol/signers.ts"
import { readStatement, signStatement } from "../../protocol/statement.ts"
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
 * part in. `quota-exceeded` where the lists that are left are for ending somebody: a recovery by the phrase makes room.
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
      if (contents.signerLists.length >= maxSignerLists - endingSignerLists) throw new Problem("quota-exceeded")
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

/** Of each signer whose list it was first on: the chain is verified, and who lets in stands before whom it lets in. */
const letInBy = async ({ signerLists }: Contents): Promise<Map<string, string | undefined>> => {
  const by = new Map<string, string | undefined>()
  for (const compact of signerLists) {
    const { header, payload } = readStatement(compact)
    for (const { signing } of z.parse(signerListClaims, payload).signers) {
      const signerId = await thumbprint(signing)
      if (!by.has(signerId)) by.set(signerId, header.kid)
    }
  }
  return by
}

/** The signers that are active, and are the one that is to end, or were let in by it, or by one of those; never this device. */
const endingWith = async (session: PatientSession, contents: Contents, signerId: string): Promise<Set<string>> => {
  const ending = new Set([signerId])
  for (const [each, by = ""] of await letInBy(contents))
    if (ending.has(by) && each !== session.signerId) ending.add(each)
  for (const each of ending) if ((await findSigner(contents, each))?.until !== undefined) ending.delete(each)
  return ending
}

/**
 * Ends another signer, with all that it let in, which could be further keys of a thief's: they sign nothing more, a new account key is sealed to those
 * who remain, every category begins a new epoch, and all cards die, also one that they make meanwhile. One that has ended stays so, and costs no card.
 * This device stays, whoever let it in, with those that it let in. Returns the ids of the signers it ended, for who ended wrongly is added anew with
 * new keys. `signers-invalid` for one that isn't listed, and for this device: another signer ends it, or the root.
 */
export const endSigner = async (session: PatientSession, signerId: string): Promise<readonly string[]> => {
  const signer = await findSigner(await readContents(session), signerId)
  if (signer === undefined || signerId === session.signerId) throw new IntegrityFailure("signers-invalid")
  let ending = new Set<string>()
  await publish(
    session,
    async (contents) => {
      ending = new Set()
      if ((await findSigner(contents, signerId))?.until !== undefined) return undefined
      ending = await endingWith(session, contents, signerId)
      const until = now()
      const ended = await Promise.all(
        contents.signers.claims.signers.map(async (each) =>
          ending.has(await thumbprint(each.signing)) ? { ...each, until } : each,
        ),
      )
      const signers = await nextList(session, contents, ended)
      return { ...(await keysWithout(session, contents, await holdersOf(contents, ended))), signers }
    },
    (publication) => callAsPatient(session, "patient/publish-manifest", { publication }),
  )
  return [...ending]
}
