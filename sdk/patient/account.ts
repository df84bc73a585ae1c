import { Problem } from "../../contract/errors.ts"
import { createAccountKey, openAccountKey } from "../../protocol/account-key.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import { createKeyRing, openKeyRing } from "../../protocol/key-ring.ts"
import { generateKeyPairs, type KeyPairs, publicKeysOf, thumbprint } from "../../protocol/keys.ts"
import { knownOf } from "../../protocol/provider-keys.ts"
import { generatePhrase, makeRecoveryBundle } from "../../protocol/recovery.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { verifySigners } from "../../protocol/signers.ts"
import type { Cloud } from "../cloud.ts"
import { requireKnown } from "../known-provider.ts"
import { emptyCache } from "./cache.ts"
import { readContents } from "./contents.ts"
import { publishFirst } from "./publication.ts"
import { asSigner, signAsRoot } from "./root-list.ts"
import { callAsPatient, type Memory, type PatientSession, placeOf, signerIdOf } from "./session.ts"

export interface NewAccount {
  readonly patientId: string
  /** This device's. `lockKeyPairs` before they are stored. */
  readonly keys: KeyPairs
  /** 24 words. Shown to the patient once; whoever has them and the password can read the record. */
  readonly recoveryPhrase: string
  /** What the device is to remember from now on. */
  readonly memory: Memory
}

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
  const provider = knownOf(cloud.provider)
  const account = await sealingKeyThumbprint(accountKey.publicKey)
  return { patientId, keys, recoveryPhrase, memory: { provider, patientId, fingerprint, begins: true, account } }
}

export const confirm = async (cloud: Cloud, patientId: string, code: string): Promise<void> => {
  await cloud.api.call("patient/confirm", { patientId, code })
}

/** A session of a device that has these keys. */
export const openSession = async (
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
  if (memory.provider !== undefined) requireKnown(memory.provider, cloud)
  memory.provider = knownOf(cloud.provider)
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
  const { fingerprint } = session
  return { lists, list: await verifySigners(lists, { fingerprint, record: placeOf(session) }), accountKey }
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
  const signers = { signers: list, signerLists: lists, ending: new Set<string>() }
  const basis = { ladder: [], ...signers, accountKey, account, keyRing, keys }
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
