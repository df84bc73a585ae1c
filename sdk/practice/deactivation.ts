/** The end of a practice (docs/protocol.md, "Practice"). What the practice has is exported before: nothing is left of it (`archive.ts`). */
import { deactivationWaitSeconds } from "../../protocol/deactivation.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import { type KeyPairs, publicKeysOf, thumbprint } from "../../protocol/keys.ts"
import type { PracticeDeactivationClaims } from "../../protocol/practice/claims.ts"
import { verifyDeactivation } from "../../protocol/practice/members.ts"
import { openRecoveryBundle, type Unrecovered } from "../../protocol/recovery.ts"
import type { Practice } from "./practice.ts"
import { callAsMember, placeOf } from "./session.ts"
import { signForPractice } from "./signed-change.ts"

/** An end that is to come. */
export interface WaitingEnd {
  /** The owner who asked for it. */
  readonly memberId: string
  /** When they asked, and from when on it is carried out; seconds. */
  readonly askedAt: number
  readonly dueAt: number
}

const say = (practice: Practice, action: PracticeDeactivationClaims["action"], by: KeyPairs): Promise<string> =>
  signForPractice(placeOf(practice.session), by, "practice-deactivation", { action })

/** The end that waits, by an owner who is one still; `undefined` where none does, as far as the cloud says. `members-invalid` for a request by nobody who may. */
export const waitingEnd = async (practice: Practice): Promise<WaitingEnd | undefined> => {
  await practice.sync()
  const list = practice.members
  const { deactivation } = await callAsMember(practice.session, "practice/get-practice", {
    list: String(list.number),
  })
  if (deactivation === undefined) return undefined
  return orFail("members-invalid", async () => {
    const { claims, by } = await verifyDeactivation(deactivation, placeOf(practice.session), list)
    if (claims.action !== "request" || by === undefined) throw new Error("no request")
    return { memberId: by.memberId, askedAt: claims.iat, dueAt: claims.iat + deactivationWaitSeconds }
  })
}

/** Asks for the end of the practice, which waits a week, and which any owner stops until then. */
export const requestDeactivation = async (practice: Practice): Promise<void> => {
  const statement = await say(practice, "request", practice.session.keys)
  await callAsMember(practice.session, "practice/request-deactivation", { statement })
}

/** Stops the end that waits, whoever asked for it. Where none waits nothing is changed. */
export const cancelDeactivation = async (practice: Practice): Promise<void> => {
  const statement = await say(practice, "cancel", practice.session.keys)
  await callAsMember(practice.session, "practice/cancel-deactivation", { statement })
}

/** Each destroys some 1,000 objects. */
const rounds = 100

/**
 * Destroys the practice at once: every file, key and account; the audit trail stays. It takes the recovery phrase, since a stolen device could do it else. `finished`: whether the cloud says that all
 * is destroyed; else it goes on by itself, and the practice is refused everywhere.
 */
export const deactivatePractice = async (
  practice: Practice,
  phrase: string,
): Promise<{ readonly outcome: "ok"; readonly finished: boolean } | Unrecovered> => {
  const { session } = practice
  const { recoveryBundle } = await callAsMember(session, "practice/recover", {})
  const recovery = await openRecoveryBundle(recoveryBundle, phrase)
  if (recovery.outcome !== "ok") return recovery
  if ((await thumbprint((await publicKeysOf(recovery.root)).signing)) !== session.memory.fingerprint)
    throw new IntegrityFailure("account-changed")
  const statement = await say(practice, "destroy", recovery.root)
  let finished = false
  for (let round = 0; round < rounds && !finished; round++)
    finished = (await callAsMember(session, "practice/deactivate", { statement })).status === "done"
  return { outcome: "ok", finished }
}
