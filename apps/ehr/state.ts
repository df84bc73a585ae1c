import { computed, signal } from "@preact/signals"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { isSignedOut } from "../shared/problem.ts"
import { type Account, onRemoved, readAccount, writeAccount } from "./device.ts"

/** Whose device this is; `undefined` before the first account, and after it was removed. */
export const account = signal<Account | undefined>(undefined)
/** Signed in to the cloud; kept in memory alone, so that it ends with the page. */
export const session = signal<PatientSession | undefined>(undefined)
/** The last call found no network. */
export const unreachable = signal(false)

/** The recovery on this device had to begin the record's keys anew, and that was not put away. */
export const begunAnew = signal(false)

/** Moves on whenever the device has learnt something from the cloud: what it remembers is no signal. */
export const learnt = signal(0)

export const settled = computed(() => account.value?.stage === "done" || account.value?.stage === "consents")

/** What this device knew when it was last used. A sign-up that was broken off before its phrase was kept begins anew. */
export const openDevice = async (): Promise<void> => {
  const known = await readAccount()
  account.value = known?.stage === "phrase" ? undefined : known
}

/**
 * Lets go of the keys at once when another page of the app removes the record from the device. The page then begins anew: what runs in it, and
 * what its screens hold, goes too.
 */
export const watchRemoval = (): void => {
  onRemoved(() => {
    session.value = undefined
    account.value = undefined
    location.replace("/")
  })
  // A page that the browser had put aside whole was told nothing.
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted) location.reload()
  })
}

export const changeAccount = async (change: Partial<Account>): Promise<void> => {
  const current = account.value
  if (current === undefined) return
  account.value = { ...current, ...change }
  await writeAccount(account.value)
}

/** Thrown where something needs the cloud and nobody is signed in. */
export class SignedOut extends Error {
  override readonly name = "Problem"
  readonly code = "unauthenticated"
}

/**
 * Does something in the cloud. Whatever the device learnt from the answers is kept, also where it failed; a session that has ended is
 * forgotten, so that the screens offer to sign in again.
 */
export const inCloud = async <T>(act: (session: PatientSession) => Promise<T>): Promise<T> => {
  const current = session.value
  if (current === undefined) throw new SignedOut()
  try {
    const result = await act(current)
    unreachable.value = false
    return result
  } catch (error) {
    if (isSignedOut(error)) session.value = undefined
    unreachable.value = error instanceof Error && error.name === "Unreachable"
    throw error
  } finally {
    // The session's memory is the account's own, which the SDK writes to.
    learnt.value = learnt.peek() + 1
    if (account.value !== undefined) await writeAccount(account.value)
  }
}
