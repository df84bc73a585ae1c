import { Problem } from "../../contract/errors.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import {
  exportPrivateJwks,
  generatePatientKeys,
  importPatientKeys,
  type PatientKeys,
  publicJwk,
  sameKey,
  thumbprint,
} from "../../protocol/keys.ts"
import { generatePhrase, makeRecoveryBundle, openRecoveryBundle } from "../../protocol/recovery.ts"
import type { Cloud } from "../cloud.ts"
import { publishFirstManifest } from "./publish-manifest.ts"
import { callAsPatient, type Memory, type PatientSession, signAsPatient } from "./session.ts"
import { removeIndexEntries } from "./witness.ts"

export interface NewAccount {
  readonly patientId: string
  /** Made on this device and extractable still; `lockKeys` before they are stored. */
  readonly keys: PatientKeys
  /** 24 words. Shown to the patient once; whoever has them and the password can read the record. */
  readonly recoveryPhrase: string
}

const publicKeysOf = async ({ signing, agreement }: PatientKeys) => ({
  signing: await publicJwk(signing.publicKey),
  agreement: await publicJwk(agreement.publicKey),
})

/** Makes the patient's keys on this device and opens an account for them; the identity manager then mails a code. */
export const register = async (cloud: Cloud, login: { email: string; password: string }): Promise<NewAccount> => {
  const keys = await generatePatientKeys()
  const recoveryPhrase = generatePhrase()
  const { patientId } = await cloud.api.call("patient/register", {
    ...login,
    keys: await publicKeysOf(keys),
    recoveryBundle: await makeRecoveryBundle(keys, recoveryPhrase),
  })
  return { patientId, keys, recoveryPhrase }
}

export const confirm = async (cloud: Cloud, patientId: string, code: string): Promise<void> => {
  await cloud.api.call("patient/confirm", { patientId, code })
}

const openSession = async (
  cloud: Cloud,
  login: { patientId: string; accessToken: string },
  keys: PatientKeys,
  memory: Memory,
): Promise<PatientSession> => {
  memory.patientId ??= login.patientId
  if (memory.patientId !== login.patientId) throw new IntegrityFailure("account-changed")
  const publicKeys = await publicKeysOf(keys)
  return { cloud, ...login, keys, publicKeys, fingerprint: await thumbprint(publicKeys.signing), memory }
}

/**
 * Signs in on a device that has the patient's keys. `memory` is what `PatientSession.memory` was when the device was last used; with it
 * the cloud must be the one the patient registered with.
 */
export const signIn = async (
  cloud: Cloud,
  login: { email: string; password: string },
  keys: PatientKeys,
  memory: Memory = {},
): Promise<PatientSession> => {
  memory.provider ??= { cloudId: cloud.cloudId, key: cloud.providerKey }
  if (memory.provider.cloudId !== cloud.cloudId || !sameKey(memory.provider.key, cloud.providerKey))
    throw new IntegrityFailure("provider-changed")
  return openSession(cloud, await cloud.api.call("patient/sign-in", login), keys, memory)
}

/** The first session of a new account: makes the category keys and signs the first, empty manifest. */
export const beginRecord = (session: PatientSession): Promise<void> => publishFirstManifest(session)

/**
 * Signs in on a new device with the recovery phrase, and brings the keys back. `wrong-phrase` and `mistyped` carry a sentence for
 * the patient; the cloud learns nothing of the phrase. `extractable`: for a device that has no store for keys and seals them itself.
 */
export const recover = async (
  cloud: Cloud,
  login: { email: string; password: string },
  recoveryPhrase: string,
  { extractable = false }: { readonly extractable?: boolean } = {},
): Promise<{ outcome: "ok"; session: PatientSession } | { outcome: "mistyped" | "wrong-phrase"; message: string }> => {
  const signedIn = await cloud.api.call("patient/sign-in", login)
  const { recoveryBundle } = await cloud.api.call("patient/recover", {}, signedIn.accessToken)
  const recovery = await openRecoveryBundle(recoveryBundle, recoveryPhrase)
  if (recovery.outcome !== "ok") return recovery
  const memory: Memory = { provider: { cloudId: cloud.cloudId, key: cloud.providerKey } }
  const keys = await importPatientKeys(await exportPrivateJwks(recovery.keys), { extractable })
  return { outcome: "ok", session: await openSession(cloud, signedIn, keys, memory) }
}

/** Each destroys some 1,000 objects; what is left then is destroyed when the patient asks again. */
const deactivationRounds = 1000

/**
 * Destroys the account: first the cards' entries in the HRI, then everything in the cloud. The statement may be sent again until all
 * is gone. An index that can't be reached does not stop it: the entries left there lead to a refusal.
 */
export const deactivateAccount = async (session: PatientSession): Promise<{ indexEntriesLeft: number }> => {
  const { left } = await removeIndexEntries(session)
  const statement = await signAsPatient(session, "deactivation", {})
  for (let round = 0; round < deactivationRounds; round++) {
    const { status } = await callAsPatient(session, "patient/deactivate", { statement })
    if (status === "done") return { indexEntriesLeft: left }
  }
  throw new Problem("busy")
}
