/** The chain of a practice's changes, as the cloud takes it on (docs/protocol.md, "Practice"). */
import { Problem } from "../../contract/errors.ts"
import { type MadeChange, verifyChange } from "../../protocol/practice/members.ts"
import { isLinked, namedBy } from "../../protocol/skip-links.ts"
import type { CloudIdentity } from "./consents.ts"
import type { StoreReads } from "./ports.ts"
import { type ActivePractice, hashOfChange } from "./practice-account.ts"
import { claimsOf, requireFresh } from "./statements.ts"

export interface ChangeReading {
  readonly store: StoreReads
  readonly cloud: Pick<CloudIdentity, "cloudId">
}

/** That a change names what its number asks for, of what is kept. */
const requireLinks = async (store: StoreReads, practiceId: string, { claims }: MadeChange): Promise<void> => {
  const named = [claims.previous, ...claims.skips]
  const numbers = namedBy(claims.number)
  const refs = numbers.map((number) => ({ kind: "practice-change", practiceId, number }) as const)
  const kept = await Promise.all((await store.read(refs)).map((change) => hashOfChange(change)))
  if (!isLinked(claims) || kept.some((hash, i) => hash !== named[i])) throw new Problem("statement-invalid")
}

/** The change that follows the newest, by somebody who may; `practice-conflict` where another came first. */
export const nextChange = async (
  { store, cloud: { cloudId } }: ChangeReading,
  { practice, list }: ActivePractice,
  statement: string,
  now: Date,
): Promise<MadeChange> => {
  const { practiceId } = practice
  const claims = claimsOf("practice-change", statement)
  requireFresh(claims, cloudId, now)
  const sameList = claims.members.number === list.number && claims.members.hash === list.hash
  if (claims.number !== practice.change.number + 1 || !sameList) throw new Problem("practice-conflict")
  try {
    const made = await verifyChange(statement, { cloudId, practiceId }, list)
    if (claims.previous !== practice.change.hash) throw new Error("it follows another change")
    await requireLinks(store, practiceId, made)
    return made
  } catch (error) {
    throw error instanceof Problem ? error : new Problem("statement-invalid", { cause: error })
  }
}
