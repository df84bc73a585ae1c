/** Opening and leaving an account on this device. Loaded when somebody does so: the SDK comes with it. */

import { IntegrityFailure } from "../../protocol/integrity.ts"
import { lockKeys } from "../../protocol/keys.ts"
import { openCloud } from "../../sdk/cloud.ts"
import { beginRecord, confirm, deactivateAccount, recover, register, signIn } from "../../sdk/patient/account.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { readConfig } from "../shared/config.ts"
import { type Account, askToKeep, createAccount, forgetEverything } from "./device.ts"
import { account, changeAccount, session } from "./state.ts"

export interface Login {
  readonly email: string
  readonly password: string
}

const theCloud = async () => openCloud((await readConfig()).cloud)

const adopt = async (adopted: Account): Promise<void> => {
  await createAccount(adopted)
  account.value = adopted
  await askToKeep()
}

/** Makes the keys and the account; gives the phrase, which is nowhere else. */
export const openAccount = async (login: Login): Promise<string> => {
  const cloud = await theCloud()
  const made = await register(cloud, login)
  const { api, ...introduced } = cloud
  await adopt({
    patientId: made.patientId,
    keys: await lockKeys(made.keys),
    memory: {},
    cloud: { address: api.address, ...introduced },
    stage: "phrase",
  })
  return made.recoveryPhrase
}

const hasManifest = async ({ cloud, accessToken }: PatientSession): Promise<boolean> => {
  try {
    await cloud.api.call("patient/get-manifest", {}, accessToken)
    return true
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "not-found") return false
    throw error
  }
}

/** An account that has no record yet, or whose sign-up was broken off before its first manifest. */
const begin = async (opened: PatientSession): Promise<void> => {
  if (opened.memory.manifest === undefined && !(await hasManifest(opened))) await beginRecord(opened)
}

/** Signs in on a device that has the keys. */
export const openSession = async (login: Login): Promise<void> => {
  const known = account.value
  if (known === undefined) throw new Error("this device has no account")
  const opened = await signIn(await theCloud(), login, known.keys, known.memory)
  if (known.patientId !== opened.patientId) throw new IntegrityFailure("account-changed")
  await begin(opened)
  await changeAccount({})
  session.value = opened
}

/** The code from the e-mail; then the first session, and an empty record. */
export const confirmAccount = async (login: Login, code: string): Promise<void> => {
  const known = account.value
  if (known === undefined) throw new Error("this device has no account")
  await confirm(await theCloud(), known.patientId, code)
  // A code works once: whatever happens next, it is done.
  await changeAccount({ stage: "consents" })
  await openSession(login)
}

export type Recovered = "ok" | "mistyped" | "wrong-phrase"

/** Brings the keys back on a new device. */
export const recoverAccount = async (login: Login, phrase: string): Promise<Recovered> => {
  const cloud = await theCloud()
  const recovered = await recover(cloud, login, phrase)
  if (recovered.outcome !== "ok") return recovered.outcome
  const { api, ...introduced } = cloud
  const { patientId, keys, memory } = recovered.session
  await adopt({ patientId, keys, memory, cloud: { address: api.address, ...introduced }, stage: "consents" })
  await begin(recovered.session)
  await changeAccount({})
  session.value = recovered.session
  return "ok"
}

/** Removes everything of the patient from the device, also from under the app's other pages. Rejects where the browser kept it. */
export const leaveDevice = async (): Promise<void> => {
  session.value = undefined
  await forgetEverything()
  account.value = undefined
}

/** Destroys the account in the cloud, then everything here. */
export const destroyAccount = async (): Promise<{ indexEntriesLeft: number }> => {
  const opened = session.value
  if (opened === undefined) throw new Error("nobody is signed in")
  const done = await deactivateAccount(opened)
  await leaveDevice()
  return done
}
