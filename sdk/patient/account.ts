import { Problem } from "../../contract/errors.ts"
import { type AccountKey, createAccountKey, openAccountKey, shareAccountKey } from "../../protocol/account-key.ts"
import { isLocal } from "../../protocol/address.ts"
import { decodeCard } from "../../protocol/card.ts"
import type { SignerListClaims } from "../../protocol/claims.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import { createKeyRing, openKeyRing } from "../../protocol/key-ring.ts"
import {
  generateKeyPairs,
  type KeyPairs,
  type PublicKeys,
  publicKeysOf,
  sameKey,
  thumbprint,
} from "../../protocol/keys.ts"
import { generatePhrase, makeRecoveryBundle, openRecoveryBundle, type Unrecovered } from "../../protocol/recovery.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { activeSigners, recordHash, type SignerList, verifyNotOlder, verifySigners } from "../../protocol/signers.ts"
import { signStatement } from "../../protocol/statement.ts"
import type { Cloud } from "../cloud.ts"
import { lookUp } from "../hcp/card.ts"
import { stamp } from "../stamp.ts"
import { emptyCache } from "./cache.ts"
import { knownContents, readContents, requireDescent } from "./contents.ts"
import { publish, publishFirst } from "./publication.ts"
import { callAsPatient, type Memory, type PatientSession, placeOf, signAsPatient, signerIdOf } from "./session.ts"
import { rememberCard, removeEntry } from "./witness.ts"

export interface NewAccount {
  readonly patientId: string
  /** This device's. `lockKeyPairs` before they are stored. */
  readonly keys: KeyPairs
  /** 24 words. Shown to the patient once; whoever has them and the password can read the record. */
  readonly recoveryPhrase: string
  /** What the device is to remember from now on. */
  readonly memory: Memory
}

const now = () => Math.floor(Date.now() / 1000)

/** A list of signers signed by the root. */
const signAsRoot = async (
  root: KeyPairs,
  record: { cloudId: string; patientId: string },
  own: Pick<SignerListClaims, "number" | "previous" | "signers">,
): Promise<string> => {
  const { signing, sealing } = await publicKeysOf(root)
  const rootKeys = { signing, sealing: await sealingKeyThumbprint(sealing) }
  return signStatement({
    typ: "signer-list",
    alg: "ES256",
    privateKey: root.signing.privateKey,
    kid: await thumbprint(signing),
    payload: { ...stamp(), record: await recordHash(record), ...own, root: rootKeys },
  })
}

const asSigner = async ({ signing, sealing }: PublicKeys) => ({
  signing,
  sealing: await sealingKeyThumbprint(sealing),
  since: now(),
})

/**
 * Makes the root, this device's keys and the account key, and opens an account for them; the identity manager then mails a code. The root's private
 * keys are in the recovery bundle alone: this device forgets them. `extractable`: for a device that has no store for keys and seals them itself.
 */
export const register = async (
  cloud: Cloud,
  login: { email: string; password: string },
  { extractable = false }: { readonly extractable?: boolean } = {},
): Promise<NewAccount> => {
  const [root, keys] = await Promise.all([generateKeyPairs({ extractable: true }), generateKeyPairs({ extractable })])
  const [rootKeys, own] = await Promise.all([publicKeysOf(root), publicKeysOf(keys)])
  const recoveryPhrase = generatePhrase()
  const patientId = toBase64url(randomBytes(16))
  const { cloudId } = cloud
  const signers = await signAsRoot(
    root,
    { cloudId, patientId },
    {
      number: 1,
      previous: null,
      signers: [await asSigner(own)],
    },
  )
  const { accountKey } = await createAccountKey({ cloudId, patientId }, [rootKeys.sealing, own.sealing])
  await cloud.api.call("patient/register", {
    ...login,
    patientId,
    root: rootKeys,
    signers: [signers],
    accountKey,
    recoveryBundle: await makeRecoveryBundle(root, recoveryPhrase),
  })
  const fingerprint = await thumbprint(rootKeys.signing)
  const provider = { cloudId, key: cloud.providerKey }
  const account = await sealingKeyThumbprint(accountKey.publicKey)
  return { patientId, keys, recoveryPhrase, memory: { provider, patientId, fingerprint, begins: true, account } }
}

export const confirm = async (cloud: Cloud, patientId: string, code: string): Promise<void> => {
  await cloud.api.call("patient/confirm", { patientId, code })
}

const openSession = async (
  cloud: Cloud,
  login: { patientId: string; accessToken: string },
  keys: KeyPairs,
  memory: Memory & { fingerprint: string },
): Promise<PatientSession> => {
  memory.patientId ??= login.patientId
  if (memory.patientId !== login.patientId) throw new IntegrityFailure("account-changed")
  const { fingerprint } = memory
  return { cloud, ...login, keys, signerId: await signerIdOf(keys), fingerprint, memory, cache: emptyCache() }
}

/** That a cloud is the one the patient registered with. */
const requireProvider = (cloud: Cloud, memory: Memory): void => {
  memory.provider ??= { cloudId: cloud.cloudId, key: cloud.providerKey }
  if (memory.provider.cloudId !== cloud.cloudId || !sameKey(memory.provider.key, cloud.providerKey))
    throw new IntegrityFailure("provider-changed")
}

/**
 * Signs in on a device that signs for the patient. `memory` is what `PatientSession.memory` was when the device was last used, or `NewAccount.memory`; the
 * cloud must be the one the patient registered with.
 */
export const signIn = async (
  cloud: Cloud,
  login: { email: string; password: string },
  keys: KeyPairs,
  memory: Memory,
): Promise<PatientSession> => {
  requireProvider(cloud, memory)
  const { fingerprint } = memory
  if (fingerprint === undefined) throw new IntegrityFailure("account-changed")
  const signedIn = await cloud.api.call("patient/sign-in", login)
  return openSession(cloud, signedIn, keys, Object.assign(memory, { fingerprint }))
}

/** The lists and the account key as the cloud keeps them, verified against the root. */
const readSigners = async (session: PatientSession) => {
  const { signers: lists, accountKey } = await callAsPatient(session, "patient/recover", {})
  const { fingerprint, patientId, cloud } = session
  return { lists, list: await verifySigners(lists, { fingerprint, patientId, cloudId: cloud.cloudId }), accountKey }
}

/** Makes the category keys and publishes the first, empty manifest. */
const publishEmpty = async (session: PatientSession): Promise<void> => {
  const { lists, list, accountKey } = await readSigners(session)
  // Anybody can seal a key of their own to this device.
  if ((await sealingKeyThumbprint(accountKey.publicKey)) !== session.memory.account)
    throw new IntegrityFailure("account-key-invalid")
  const place = placeOf(session)
  const account = await orFail("account-key-invalid", () => openAccountKey(place, accountKey, session.keys.sealing))
  const keyRing = await createKeyRing(place, accountKey)
  const keys = await openKeyRing(place, keyRing, account)
  const basis = { ladder: [], signers: list, signerLists: lists, accountKey, account, keyRing, keys }
  await publishFirst(session, basis, (publication) =>
    callAsPatient(session, "patient/publish-manifest", { publication }),
  )
}

/**
 * The first session of a new account, on the device that made it: makes the category keys and signs the first, empty manifest. No other device may:
 * a cloud that hides a record could have an empty one signed in its place. Where the answer was lost before, the record is begun already, and read.
 */
export const beginRecord = async (session: PatientSession): Promise<void> => {
  const { memory } = session
  if (memory.begins !== true) throw new IntegrityFailure("manifest-missing")
  if (memory.manifest === undefined)
    await publishEmpty(session).catch(async (error: unknown) => {
      if (!(error instanceof Problem) || error.code !== "manifest-conflict") throw error
      await readContents(session)
    })
  delete memory.begins
  delete memory.account
}

export type Recovered =
  | {
      readonly outcome: "ok"
      readonly session: PatientSession
      /** Whether a card's index entry vouched that the cloud shows the newest state; else an older one would not be noticed. */
      readonly witnessed: boolean
    }
  | Unrecovered

/** What the index says of the newest manifest and list of signers, by the patient's printed card. `card-not-listed` for a card of somebody else. */
const witnessOf = async (cloud: Cloud, cardText: string, fingerprint: string) => {
  const reading = decodeCard(cardText)
  if (reading.outcome !== "ok" || reading.card.fingerprint !== fingerprint)
    throw new IntegrityFailure("card-not-listed")
  return { card: reading.card, entry: await lookUp(reading.card, { local: isLocal(cloud.api.address) }) }
}

/** The next list, with this device on it, by the root, which overrules whatever devices signed. */
const listWith = async (
  root: KeyPairs,
  { cloudId, patientId }: { cloudId: string; patientId: string },
  before: SignerList,
  own: PublicKeys,
) =>
  signAsRoot(
    root,
    { cloudId, patientId },
    {
      number: before.number + 1,
      previous: before.hash,
      signers: [...before.claims.signers, await asSigner(own)],
    },
  )

interface Rooted {
  readonly root: KeyPairs
  readonly before: SignerList
  readonly accountKey: AccountKey
}

/** Publishes the list that this device is on, and seals the account key to it. The manifest is read by the root's copy of the account key. */
const joinAsSigner = async (session: PatientSession, { root, before, accountKey }: Rooted, own: PublicKeys) => {
  const place = placeOf(session)
  const lists = [await listWith(root, place, before, own)]
  const { fingerprint } = session
  const list = await verifySigners(lists, { fingerprint, ...place })
  const account = await orFail("account-key-invalid", () => openAccountKey(place, accountKey, root.sealing))
  const listed = new Set([list.claims.root.sealing, ...activeSigners(list.claims).map(({ sealing }) => sealing)])
  const holders = []
  for (const { to } of accountKey.sealed) if (listed.has(await sealingKeyThumbprint(to))) holders.push(to)
  const shared = await shareAccountKey(place, accountKey, account, [...holders, own.sealing])
  await publish(
    session,
    async () => ({ signers: { list, lists }, account: { accountKey: shared, pair: account } }),
    (publication) => callAsPatient(session, "patient/publish-manifest", { publication }),
  )
}

/**
 * Signs in on a new device with the recovery phrase, and makes it a signer. What is wrong with a phrase is told by its code; the cloud
 * learns nothing of the phrase. `card`: the text of the patient's printed card, whose index entry must lie in the past of what the cloud shows. This
 * device signs no record that it didn't begin: without a manifest it fails (`manifest-missing`).
 */
export const recover = async (
  cloud: Cloud,
  login: { email: string; password: string },
  recoveryPhrase: string,
  { card, extractable = false }: { readonly card?: string; readonly extractable?: boolean } = {},
): Promise<Recovered> => {
  const signedIn = await cloud.api.call("patient/sign-in", login)
  const answer = await cloud.api.call("patient/recover", {}, signedIn.accessToken)
  const recovery = await openRecoveryBundle(answer.recoveryBundle, recoveryPhrase)
  if (recovery.outcome !== "ok") return recovery
  const { root } = recovery
  const fingerprint = await thumbprint((await publicKeysOf(root)).signing)
  const place = { cloudId: cloud.cloudId, patientId: signedIn.patientId }
  const before = await verifySigners(answer.signers, { fingerprint, ...place })
  const witness = card === undefined ? undefined : await witnessOf(cloud, card, fingerprint)
  // Or one who was ended could sign on, by the list of their time.
  verifyNotOlder(before, witness?.entry.signers)
  const memory = { provider: { cloudId: cloud.cloudId, key: cloud.providerKey }, fingerprint }
  const keys = await generateKeyPairs({ extractable })
  const session = await openSession(cloud, signedIn, keys, memory)
  // Read by the root: this device is no signer yet.
  const reading = { ...session, keys: root }
  const contents = await (witness === undefined
    ? readContents(reading)
    : requireDescent(reading, witness.entry.manifest))
  if (contents.signers.hash !== before.hash) throw new IntegrityFailure("signers-invalid")
  if (witness !== undefined) await rememberCard(session, witness.entry.cardId, witness.card)
  await joinAsSigner(session, { root, before, accountKey: contents.accountKey }, await publicKeysOf(keys))
  return { outcome: "ok", session, witnessed: witness !== undefined }
}

/** Each destroys some 1,000 objects; what is left then is destroyed when the patient asks again. */
const deactivationRounds = 1000

/**
 * Destroys the account: first the cards' entries in the HRI, then everything in the cloud. The statement may be sent again until all
 * is gone. An index that can't be reached does not stop it: the entries left there lead to a refusal.
 */
export const deactivateAccount = async (session: PatientSession): Promise<{ indexEntriesLeft: number }> => {
  const { memory } = session
  const cardIds = Object.keys(memory.cards ?? {})
  let left = 0
  if (cardIds.length > 0) {
    const contents = await knownContents(session)
    for (const cardId of cardIds) await removeEntry(session, cardId, contents).catch(() => left++)
  }
  const statement = await signAsPatient(session, "deactivation", {})
  for (let round = 0; round < deactivationRounds; round++) {
    const { status } = await callAsPatient(session, "patient/deactivate", { statement })
    if (status === "done") return { indexEntriesLeft: left }
  }
  throw new Problem("busy")
}
