import { computed, signal } from "@preact/signals"
import type { Practice } from "../../sdk/practice/practice.ts"
import { isSignedOut } from "../shared/problem.ts"
import { type Account, onRemoved, readAccount, writeAccount } from "./device.ts"

/** Who works on this device; `undefined` before the first account, and after it was removed. */
export const account = signal<Account | undefined>(undefined)
/** Signed in to the cloud; in memory alone, so that it ends with the page. `undefined` where nobody is, or the session has ended. */
export const token = signal<string | undefined>(undefined)
/** The practice as this device knows it. It stays when a session ends: nothing on the screen goes with that. */
export const practice = signal<Practice | undefined>(undefined)
/** The last call found no network. */
export const unreachable = signal(false)

/** Moves on whenever the practice may have changed: what it holds is no signal. */
export const learnt = signal(0)

/** The practice as it is now: whatever reads it for a screen is drawn anew when it has learnt something. */
export const known = (): Practice | undefined => (learnt.value < 0 ? undefined : practice.value)

/** The member whom this device is, as the newest list has them. */
export const ownMember = computed(() => {
  const current = known()
  return current?.members.claims.members.find(
    ({ memberId, until }) => memberId === current.session.memory.memberId && until === undefined,
  )
})
/** Whether the member sees what is clinical. */
export const isClinical = computed(() => ownMember.value !== undefined && ownMember.value.role !== "reception")

/** What this device knew when it was last used. A sign-up that was broken off before its phrase was kept begins anew. */
export const openDevice = async (): Promise<void> => {
  const known = await readAccount()
  account.value = known?.stage === "phrase" ? undefined : known
}

/** Lets go of the keys at once when another page of the app removes the practice from the device. */
export const watchRemoval = (): void => {
  onRemoved(() => {
    token.value = undefined
    practice.value = undefined
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
class SignedOut extends Error {
  override readonly name = "Problem"
  readonly code = "unauthenticated"
}

/**
 * Does something in the practice. Whatever the device learnt from the answers is kept, also where it failed; a session that has ended is
 * forgotten, so that the app offers to sign in again over whatever is on the screen.
 */
export const inPractice = async <T>(act: (practice: Practice) => Promise<T>): Promise<T> => {
  const current = practice.value
  if (current === undefined || token.value === undefined) throw new SignedOut()
  try {
    const result = await act(current)
    unreachable.value = false
    return result
  } catch (error) {
    if (isSignedOut(error)) token.value = undefined
    unreachable.value = error instanceof Error && error.name === "Unreachable"
    throw error
  } finally {
    learnt.value = learnt.peek() + 1
    // The session's memory is the account's own, which the SDK writes to.
    if (account.value !== undefined) await writeAccount(account.value)
  }
}
