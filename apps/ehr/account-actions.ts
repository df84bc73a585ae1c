/** Opening and leaving an account on this device. Loaded when somebody does so: the SDK comes with it. */

import { Problem } from "../../contract/errors.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { lockKeyPairs } from "../../protocol/keys.ts"
import type { PhraseFault } from "../../protocol/recovery.ts"
import { type Cloud, openCloud } from "../../sdk/cloud.ts"
import { beginRecord, confirm, type NewAccount, register, signIn } from "../../sdk/patient/account.ts"
import { readContents } from "../../sdk/patient/contents.ts"
import { type Deactivated, deactivateAccount } from "../../sdk/patient/deactivation.ts"
import { recover } from "../../sdk/patient/recovery.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { readConfig } from "../shared/config.ts"
import type { Login } from "../shared/parts/LoginFields.tsx"
import { type Account, askToKeep, createAccount, forgetEverything } from "./device.ts"
import { keysOf } from "./device-keys.ts"
import { account, begunAnew, changeAccount, inCloud, session } from "./state.ts"
import { learnCards } from "./witnesses.ts"

const theCloud = async () => openCloud((await readConfig()).cloud)

const adopt = async (adopted: Account): Promise<void> => {
  await createAccount(adopted)
  account.value = adopted
  await askToKeep()
}

/** What the device keeps of an account; the keys without the private halves in reach of any code. */
const accountOf = async (
  { api, ...introduced }: Cloud,
  { patientId, keys, memory }: Pick<NewAccount, "patientId" | "keys" | "memory">,
  stage: Account["stage"],
): Promise<Account> => {
  const { fingerprint } = memory
  if (fingerprint === undefined) throw new IntegrityFailure("account-changed")
  const cloud = { address: api.address, ...introduced }
  return { patientId, fingerprint, keys: await lockKeyPairs(keys), memory, cloud, stage }
}

/** Makes the keys and the account; gives the phrase, which is nowhere else. */
export const openAccount = async (login: Login): Promise<string> => {
  const cloud = await theCloud()
  const made = await register(cloud, login)
  await adopt(await accountOf(cloud, made, "phrase"))
  return made.recoveryPhrase
}

/** The first manifest of an account that this device made. A first try may have come through, its answer lost: then what stands there is this device's own. */
const begin = async (opened: PatientSession): Promise<void> => {
  if (opened.memory.begins !== true) return
  try {
    await beginRecord(opened)
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "manifest-conflict") throw error
    await readContents(opened)
    delete opened.memory.begins
    delete opened.memory.account
  }
}

/** Signs in on a device that has the keys. */
export const openSession = async (login: Login): Promise<void> => {
  const known = account.value
  if (known === undefined) throw new Error("this device has no account")
  const opened = await signIn(await theCloud(), login, await keysOf(known), known.memory)
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

export type Recovered = "ok" | PhraseFault

/**
 * Makes this device one that signs for the patient; `keepOthers`: beside the others, instead of ending them and the cards. `card`: the text of their printed card, whose index says what the newest state of the record is; `overrule`: what
 * that index says counts for nothing, since a lost device may have written it.
 */
export const recoverAccount = async (
  login: Login,
  phrase: string,
  { card, ...how }: { readonly card: string | undefined; readonly keepOthers: boolean; readonly overrule: boolean },
): Promise<Recovered> => {
  const cloud = await theCloud()
  const recovered = await recover(cloud, login, phrase, { ...how, ...(card === undefined ? {} : { card }) })
  if (recovered.outcome !== "ok") return recovered.outcome
  const opened = recovered.session
  await adopt(await accountOf(cloud, opened, "consents"))
  session.value = opened
  begunAnew.value = recovered.begunAnew
  // The indexes name the state before this device joined. What can't be told them now is shown as behind.
  await inCloud(learnCards).catch(() => undefined)
  return "ok"
}

/** Removes everything of the patient from the device, also from under the app's other pages. Rejects where the browser kept it. */
export const leaveDevice = async (): Promise<void> => {
  session.value = undefined
  await forgetEverything()
  account.value = undefined
}

/** Destroys the account in the cloud by the phrase, then everything here. */
export const destroyAccount = async (phrase: string): Promise<Deactivated> => {
  const done = await inCloud((opened) => deactivateAccount(opened, phrase))
  if (done.outcome === "ok") await leaveDevice()
  return done
}
