/** Opening and leaving a practice on this device. Loaded when somebody does so: the SDK comes with it. */
import { type KeyPairs, lockKeyPairs, unlockKeyPairs } from "../../protocol/keys.ts"
import type { Unrecovered } from "../../protocol/recovery.ts"
import { apiAt } from "../../sdk/api.ts"
import { type Cloud, openCloud } from "../../sdk/cloud.ts"
import type { Credential } from "../../sdk/hcp/emergency-access.ts"
import { confirm, register, signIn, signOutEverywhere } from "../../sdk/practice/account.ts"
import { joinPractice, type OpenedInvitation, readInvitation } from "../../sdk/practice/members.ts"
import { openPractice, Practice } from "../../sdk/practice/practice.ts"
import { recoverPractice } from "../../sdk/practice/recovery.ts"
import type { PracticeMemory, PracticeSession } from "../../sdk/practice/session.ts"
import { readConfig } from "../shared/config.ts"
import type { Login } from "../shared/parts/LoginFields.tsx"
import { type Account, askToKeep, createAccount, forgetEverything, keepLearnt, keptPractice } from "./device.ts"
import { account, changeAccount, inPractice, learnt, practice, token } from "./state.ts"

const theCloud = async (): Promise<Cloud> => openCloud((await readConfig()).cloud)

const unlocked = new WeakMap<Account["keys"], Promise<KeyPairs>>()
/** The keys of this device, as the SDK uses them, for as long as the page is open. */
const keysOf = ({ keys }: Account): Promise<KeyPairs> => {
  const known = unlocked.get(keys) ?? unlockKeyPairs(keys)
  unlocked.set(keys, known)
  return known
}

/** Who seals and opens what this device keeps. */
export const deviceOwner = async () => {
  const known = account.value
  if (known === undefined) throw new Error("this device has no account")
  return { patientId: known.memory.practiceId, keys: await keysOf(known) }
}

/** Takes an account to this device; the keys without the private halves in reach of any code. */
const adopt = async (
  { api, ...introduced }: Cloud,
  { keys, memory }: { readonly keys: KeyPairs; readonly memory: PracticeMemory },
  { author, stage }: Pick<Account, "author" | "stage">,
): Promise<void> => {
  const cloud = { address: api.address, ...introduced }
  const adopted = { keys: await lockKeyPairs(keys), memory, cloud, author, stage }
  await createAccount(adopted)
  account.value = adopted
  await askToKeep()
}

/** Makes the keys and the practice; gives the phrase, which is nowhere else. */
export const openAccount = async (login: Login, credential: Credential, author: string): Promise<string> => {
  const cloud = await theCloud()
  const made = await register(cloud, login, credential)
  await adopt(cloud, made, { author, stage: "phrase" })
  return made.recoveryPhrase
}

/** One session as long as the page is open: whoever signs in again goes on with the same practice. */
const sessionOf = async (known: Account): Promise<PracticeSession> => {
  const { address, ...introduced } = known.cloud
  const cloud = { api: apiAt(address, { local: true }), ...introduced }
  return {
    cloud,
    keys: await keysOf(known),
    memory: known.memory,
    get accessToken() {
      return token.value ?? ""
    },
  }
}

/** The practice as this device keeps it; `undefined` where that isn't whole. */
const restored = async (known: Account): Promise<Practice | undefined> => {
  try {
    const kept = await keptPractice()
    if (kept === undefined) return undefined
    const practice = new Practice(await sessionOf(known), keepLearnt)
    await practice.restore(kept)
    return practice
  } catch {
    return undefined
  }
}

/** From what the device keeps, if that is whole, and then what others changed since. */
const openWith = async (known: Account): Promise<void> => {
  const before = practice.value ?? (await restored(known))
  if (before === undefined) practice.value = await openPractice(await sessionOf(known), keepLearnt)
  else {
    await before.sync()
    practice.value = before
  }
  learnt.value = learnt.peek() + 1
}

/** Opens what this device keeps, signed in to nothing: who the patients are, and what was typed; `false` where it keeps nothing whole. */
export const openOffline = async (): Promise<boolean> => {
  const known = account.value
  const kept = known && (await restored(known))
  if (kept === undefined) return false
  practice.value = kept
  learnt.value = learnt.peek() + 1
  return true
}

/** Signs in on a device that has the keys. `credential`: where the certificate that was shown before has ended. */
export const openSession = async (login: Login, credential?: Credential): Promise<void> => {
  const known = account.value
  if (known === undefined) throw new Error("this device has no account")
  const session = await signIn(await theCloud(), login, await keysOf(known), known.memory, credential)
  token.value = session.accessToken
  try {
    await openWith(known)
  } catch (error) {
    if (practice.value === undefined) token.value = undefined
    throw error
  }
  await changeAccount({})
}

/** The code from the e-mail, then the first session. */
export const confirmAccount = async (login: Login, code: string): Promise<void> => {
  const known = account.value
  if (known === undefined) throw new Error("this device has no account")
  await confirm(await theCloud(), known.memory, code)
  // A code works once: whatever happens next, it is done.
  await changeAccount({ stage: "done" })
  await openSession(login)
}

/** What somebody was invited to, by the words or the code that they were told. */
export const openInvitation = async (text: string): Promise<OpenedInvitation> => readInvitation(await theCloud(), text)

/** Makes the keys and the account of somebody who was invited; an owner lets them in. */
export const joinWith = async (
  opened: OpenedInvitation,
  login: Login,
  credential: Credential | undefined,
  author: string,
): Promise<void> => {
  const cloud = await theCloud()
  await adopt(cloud, await joinPractice(cloud, opened, login, credential), { author, stage: "confirm" })
}

/** An owner on a new device, by the phrase: the lost device is shut out. */
export const recoverAccount = async (
  login: Login,
  phrase: string,
  author: string,
): Promise<"ok" | Unrecovered["outcome"]> => {
  const cloud = await theCloud()
  const recovered = await recoverPractice(cloud, login, phrase)
  if (recovered.outcome !== "ok") return recovered.outcome
  const { session } = recovered
  await adopt(cloud, session, { author, stage: "done" })
  token.value = session.accessToken
  if (account.value !== undefined) await openWith(account.value)
  return "ok"
}

/** Ends every session of this member, on all devices. */
export const endSessions = async (): Promise<void> => {
  await inPractice(({ session }) => signOutEverywhere(session))
  token.value = undefined
}

/** Removes everything of the practice from the device, also from under the app's other pages. Rejects where the browser kept it. */
export const leaveDevice = async (): Promise<void> => {
  token.value = undefined
  await forgetEverything()
  practice.value = undefined
  account.value = undefined
}
