import { Problem } from "../../contract/errors.ts"
import { maxListedSigners, maxSigners, type SignerListClaims } from "../../protocol/claims.ts"
import { orFail } from "../../protocol/integrity.ts"
import { thumbprint } from "../../protocol/keys.ts"
import { consentKinds } from "../../protocol/primitives.ts"
import { activeSigners } from "../../protocol/signers.ts"
import { readStatement } from "../../protocol/statement.ts"
import { listedAddresses } from "./delivery-addresses.ts"
import { callAsPatient, type PatientSession, wholeList } from "./session.ts"

type Signers = SignerListClaims["signers"]

/** Whose signature stands under what the cloud keeps of the patient as evidence: the consents first, then what they decided on, then the addresses they gave. */
const evidencedBy = (session: PatientSession): Promise<string[]> =>
  orFail("reply-invalid", async () => {
    const consents = await Promise.all(
      consentKinds.map((kind) => callAsPatient(session, "patient/get-consent", { kind })),
    )
    const decided = await wholeList(async (after) => {
      const { contributions: items, next } = await callAsPatient(session, "patient/list-contributions", { after })
      return { items, next }
    })
    const addresses = await listedAddresses(session)
    const kept = [
      ...consents.map(({ statement }) => statement),
      ...decided.map(({ decision }) => decision),
      ...addresses.map(({ statement }) => statement),
    ]
    return kept.flatMap((statement) => (statement === undefined ? [] : (readStatement(statement).header.kid ?? [])))
  })

/** As many of those that ended as there is room for: first those whose signature something rests on. */
const endedWithin = async (session: PatientSession, ended: Signers, room: number): Promise<Signers> => {
  if (ended.length <= room) return ended
  const byName = new Map(
    await Promise.all(ended.map(async (signer) => [await thumbprint(signer.signing), signer] as const)),
  )
  const needed = (await evidencedBy(session)).flatMap((name) => byName.get(name) ?? [])
  return [...new Set(needed)].slice(0, room)
}

interface Kept {
  readonly keepOthers: boolean
  /** Whom a statement has ended. */
  readonly ending: ReadonlySet<string>
  readonly now: number
}

/**
 * Those whom a list of the root's names beside a device that joins by it: whoever is active until then, and those who ended. Where a list has no room for
 * all, it lets go of those who ended and signed nothing that stands: nobody can keep the root from beginning anew. `keepOthers`: the active ones stay so, but for whom a statement has ended;
 * `quota-exceeded` where there are as many as may be.
 */
export const earlierSigners = async (
  session: PatientSession,
  listed: Signers,
  { keepOthers, ending, now }: Kept,
): Promise<Signers> => {
  const signers = await Promise.all(
    listed.map(async (each) => {
      if (keepOthers && !ending.has(await thumbprint(each.signing))) return each
      return { ...each, until: Math.min(each.until ?? now, now) }
    }),
  )
  const active = activeSigners({ signers })
  if (active.length >= maxSigners) throw new Problem("quota-exceeded")
  const ended = signers.filter(({ until }) => until !== undefined)
  return [...active, ...(await endedWithin(session, ended, maxListedSigners - active.length - 1))]
}
