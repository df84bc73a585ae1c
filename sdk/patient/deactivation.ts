import { Problem } from "../../contract/errors.ts"
import type { WaitingDeactivation } from "../../protocol/deactivation.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { publicKeysOf, thumbprint } from "../../protocol/keys.ts"
import { openRecoveryBundle, type Unrecovered } from "../../protocol/recovery.ts"
import { rootNumber } from "../../protocol/signers.ts"
import { knownContents, readContents } from "./contents.ts"
import { callAsPatient, type PatientSession, signAsPatient } from "./session.ts"
import { removeEntry } from "./witness.ts"

/**
 * Asks for the end of the account, which waits a week, and can be stopped until then by any device, and by a recovery with the phrase. Returns what waits: an earlier
 * request, of whichever device, stays as it is. The cards' entries stay in the index: who scans one is refused once the account is destroyed.
 */
export const requestDeactivation = async (session: PatientSession): Promise<WaitingDeactivation> => {
  const { signers } = await readContents(session)
  const statement = await signAsPatient(session, "deactivation-request", { under: rootNumber(signers) })
  await callAsPatient(session, "patient/request-deactivation", { statement })
  const { deactivation } = await readContents(session)
  // Stopped at this moment by another device, or the cloud doesn't tell.
  if (deactivation === undefined) throw new Problem("busy")
  return deactivation
}

/** Stops the end of the account, whichever device asked for it. Where none waits nothing is changed. */
export const cancelDeactivation = async (session: PatientSession): Promise<void> => {
  const statement = await signAsPatient(session, "deactivation-cancellation", {})
  await callAsPatient(session, "patient/cancel-deactivation", { statement })
  await readContents(session)
}

/** Each destroys some 1,000 objects. */
const deactivationRounds = 100

export type Deactivated =
  | {
      readonly outcome: "ok"
      /** Whether the cloud says that all is destroyed; else it goes on by itself, and the account is refused everywhere. */
      readonly finished: boolean
      /** Of cards whose index can't be reached; they lead to a refusal. */
      readonly indexEntriesLeft: number
    }
  | Unrecovered

/**
 * Destroys the account at once: first the cards' entries in the HRI, then everything in the cloud. It takes the recovery phrase, since a stolen device could do it
 * else; what is wrong with one is told by its code. From the first answer on the account is refused everywhere, and what is interrupted then the cloud finishes.
 */
export const deactivateAccount = async (session: PatientSession, recoveryPhrase: string): Promise<Deactivated> => {
  const { recoveryBundle } = await callAsPatient(session, "patient/recover", {})
  const recovery = await openRecoveryBundle(recoveryBundle, recoveryPhrase)
  if (recovery.outcome !== "ok") return recovery
  const { memory, fingerprint } = session
  if ((await thumbprint((await publicKeysOf(recovery.root)).signing)) !== fingerprint)
    throw new IntegrityFailure("account-changed")
  const cardIds = Object.keys(memory.cards ?? {})
  let left = 0
  if (cardIds.length > 0) {
    const contents = await knownContents(session)
    for (const cardId of cardIds) await removeEntry(session, cardId, contents).catch(() => left++)
  }
  const root: PatientSession = { ...session, keys: recovery.root, signerId: fingerprint }
  const statement = await signAsPatient(root, "deactivation", {})
  let finished = false
  for (let round = 0; round < deactivationRounds && !finished; round++)
    finished = (await callAsPatient(session, "patient/deactivate", { statement })).status === "done"
  return { outcome: "ok", finished, indexEntriesLeft: left }
}
