import { shareAccountKey } from "../../protocol/account-key.ts"
import { isLocal } from "../../protocol/address.ts"
import { decodeCard } from "../../protocol/card.ts"
import { maxSignerLists } from "../../protocol/claims.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { generateKeyPairs, type KeyPairs, type PublicKeys, publicKeysOf, thumbprint } from "../../protocol/keys.ts"
import type { Witness } from "../../protocol/manifest.ts"
import { knownOf } from "../../protocol/provider-keys.ts"
import { openRecoveryBundle, type Unrecovered } from "../../protocol/recovery.ts"
import { namesOfActive, rootNumber, type SignerList, verifyNotOlder, verifySigners } from "../../protocol/signers.ts"
import type { Cloud } from "../cloud.ts"
import { lookUp } from "../hcp/card.ts"
import { requireProvider } from "../index-entry.ts"
import { openSession } from "./account.ts"
import { type Contents, Overtaken, readContents, requireDescent } from "./contents.ts"
import { earlierSigners } from "./earlier-signers.ts"
import { publish, type Revision } from "./publication.ts"
import { rememberCard } from "./remembered.ts"
import { asSigner, signAsRoot } from "./root-list.ts"
import { callAsPatient, type PatientSession, placeOf } from "./session.ts"
import { endAtOnce } from "./signer-end.ts"
import { holdersOf, keysWithout } from "./signer-lists.ts"

export type Recovered =
  | {
      readonly outcome: "ok"
      readonly session: PatientSession
      /** Whether a card's index entry vouched that the cloud shows the newest state; else an older one would not be noticed. */
      readonly witnessed: boolean
      /** Whether the account key or the key ring opened to nobody, so that new ones were begun: what was added before is listed, and unreadable. */
      readonly begunAnew: boolean
    }
  | Unrecovered

/** What the index says of the newest manifest and list of signers, by the patient's printed card. `card-not-listed` for a card of somebody else. */
const witnessOf = async (cloud: Cloud, cardText: string, fingerprint: string) => {
  const reading = decodeCard(cardText)
  if (reading.outcome !== "ok" || reading.card.fingerprint !== fingerprint)
    throw new IntegrityFailure("card-not-listed")
  const entry = await lookUp(reading.card, { local: isLocal(cloud.api.address) })
  return { card: reading.card, entry }
}

interface Joining {
  readonly root: KeyPairs
  readonly own: PublicKeys
  readonly keepOthers: boolean
  readonly overrule: boolean
}

/**
 * The number of a list of the root's: higher than of any list that devices could sign after the root's last one, also of one that the cloud was never shown.
 */
const overruling = (list: SignerList): number => rootNumber(list) + maxSignerLists

/** The next list, with this device on it, by the root, which overrules whatever devices signed; and the keys for those who are on it. */
const joined = async (
  session: PatientSession,
  contents: Contents,
  { root, own, keepOthers, overrule }: Joining,
): Promise<Revision> => {
  const { signers: before, ending, accountKey, account } = contents
  const place = placeOf(session)
  const device = await asSigner(own)
  const earlier = await earlierSigners(session, before.claims.signers, { keepOthers, ending, now: device.since })
  const signers = [...earlier, device]
  const number = overruling(before)
  const lists = [await signAsRoot(root, place, { number, previous: before.hash, signers })]
  if (overrule) session.memory.overrules = number
  const list = await verifySigners(lists, { fingerprint: session.fingerprint, record: place })
  const holders = await holdersOf(contents, signers, own.sealing)
  const keys =
    keepOthers && ending.size === 0 && contents.unopened !== true
      ? { account: { accountKey: await shareAccountKey(place, accountKey, account, holders), pair: account } }
      : await keysWithout(session, contents, holders)
  return { ...keys, signers: { list, lists } }
}

/**
 * Reads the newest contents, in whose past is what the card's entry names, and ends the others: not before it is sure that recovery goes on, or whoever shows an
 * older record would leave nobody who signs; but of others that are so quick that it can't be told, before they are read.
 */
const readAndEnd = async (
  reader: PatientSession,
  witness: Witness | undefined,
  end: (() => Promise<void>) | undefined,
): Promise<void> => {
  const read = () => (witness === undefined ? readContents(reader) : requireDescent(reader, witness))
  const isOvertaken = await read().then(
    () => false,
    (error: unknown) => {
      if (error instanceof Overtaken && end !== undefined) return true
      throw error
    },
  )
  if (end === undefined) return
  await end()
  // What they published until then is the last that they did.
  await (isOvertaken ? read() : readContents(reader))
}

/**
 * Signs in on a new device with the recovery phrase, and makes it a signer. Every other device ends with that, and every card, as by `endSigner`, and at once: who
 * comes with the phrase may have lost one, which is quick to publish, or has ended the patient's own. `keepOthers`: they stay, because nothing is lost. An account
 * key or a ring that the root can't open doesn't stop it, or the lost device could: both are begun anew. What is wrong with a phrase is told by its code; the cloud
 * learns nothing of the phrase. `card`: the text of the patient's printed card, whose index entry must lie in the past of what the cloud shows:
 * `manifest-rolled-back` or `signers-invalid` where it doesn't, `provider-changed` where it names a key that isn't the provider's. A lost device could have written that entry; `overrule`: the patient says so, and nothing vouches for
 * the newest state then, as without a card. This device signs no record that it didn't begin: without a manifest it fails (`manifest-missing`).
 */
export const recover = async (
  cloud: Cloud,
  login: { email: string; password: string },
  recoveryPhrase: string,
  options: {
    readonly card?: string
    readonly overrule?: boolean
    readonly keepOthers?: boolean
    readonly extractable?: boolean
  } = {},
): Promise<Recovered> => {
  const { card, overrule = false, keepOthers = false, extractable = false } = options
  const signedIn = await cloud.api.call("patient/sign-in", login)
  const answer = await cloud.api.call("patient/recover", {}, signedIn.accessToken)
  const recovery = await openRecoveryBundle(answer.recoveryBundle, recoveryPhrase)
  if (recovery.outcome !== "ok") return recovery
  const { root } = recovery
  const fingerprint = await thumbprint((await publicKeysOf(root)).signing)
  const place = { cloudId: cloud.cloudId, patientId: signedIn.patientId }
  const { number, hash, line, claims } = await verifySigners(answer.signers, { fingerprint, record: place })
  const witness = card === undefined ? undefined : await witnessOf(cloud, card, fingerprint)
  if (witness !== undefined && !overrule) requireProvider(witness.entry, cloud)
  // Or one who was ended could sign on, by the list of their time.
  if (!overrule) verifyNotOlder({ line }, witness?.entry.signers)
  const provider = knownOf(cloud.provider)
  const keys = await generateKeyPairs({ extractable })
  const session = await openSession(cloud, signedIn, keys, { provider, fingerprint, signers: { number, hash } })
  // Read by the root: this device is no signer yet.
  const reader: PatientSession = { ...session, keys: root, beginsAnew: true }
  const witnessed = witness !== undefined && !overrule
  const ending = keepOthers ? [] : await namesOfActive(claims)
  const end = () => endAtOnce(session, root, { by: fingerprint, signers: ending })
  await readAndEnd(reader, witnessed ? witness.entry.manifest : undefined, ending.length === 0 ? undefined : end)
  if (witness !== undefined) await rememberCard(session, witness.entry.cardId, witness.card)
  const own = await publicKeysOf(keys)
  let begunAnew = false
  await publish(
    session,
    (contents) => {
      begunAnew = contents.unopened === true
      return joined(session, contents, { root, own, keepOthers, overrule })
    },
    (publication) => callAsPatient(session, "patient/publish-manifest", { publication }),
    { reader, endsSigners: true },
  )
  return { outcome: "ok", session, witnessed, begunAnew }
}
