import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import type { RequestOf, ResponseOf } from "../../contract/routes.ts"
import { thumbprint } from "../../protocol/keys.ts"
import { endedByStatement, type SignerEnd, verifySignerEnd } from "../../protocol/signer-end.ts"
import { rootNumber } from "../../protocol/signers.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { CloudIdentity } from "./consents.ts"
import { requireActive } from "./patients.ts"
import type { Call, StoreReads } from "./ports.ts"
import { defineUseCase } from "./runner.ts"
import { endedBy, listOf, signerEndRefs } from "./signer-ends.ts"
import { isUsed, requireFresh, useOnce } from "./statements.ts"
import { answered, changing, type Step } from "./step.ts"

interface Ending {
  readonly store: StoreReads
  readonly cloud: Pick<CloudIdentity, "cloudId">
}

/** As often as others end signers at the same moment. */
const attempts = 20

const readEnds = async ({ store, cloud }: Ending, patientId: string) => {
  const [found, ...ends] = await store.read([{ kind: "patient", patientId }, ...signerEndRefs(patientId)])
  const patient = requireActive(found)
  return { list: await listOf(patient, cloud.cloudId), fingerprint: await thumbprint(patient.root.signing), ends }
}
type Found = Awaited<ReturnType<typeof readEnds>>

/** By the root, or by a signer that nobody has ended. */
const verified = async ({ list, ends }: Found, statement: string) => {
  try {
    return await verifySignerEnd(statement, list, await endedBy(list, ends))
  } catch (error) {
    throw new Problem("statement-invalid", { cause: error })
  }
}

/** The statement beside those that count with it, as it is to be stored; nothing where it ends nobody any more. */
const storedWith = async (
  { list, fingerprint, ends }: Found,
  { patientId, end, statement }: { patientId: string; end: SignerEnd; statement: string },
): Promise<{ put: ItemOf<"signer-end"> }[]> => {
  const before = await endedBy(list, ends)
  if ([...(await endedByStatement(list, [end]))].every((signer) => before.has(signer))) return []
  const by = end.by === fingerprint ? "root" : "signers"
  const under = rootNumber(list)
  const stored = ends.find((item) => item?.by === by)
  const statements = [...(stored?.under === under ? stored.statements : []), statement]
  return [{ put: { kind: "signer-end", revision: (stored?.revision ?? 0) + 1, patientId, by, under, statements } }]
}

/**
 * Ends signers at once, with whom they let in, by the statement of another signer or of the root: what they sign is refused from then on, and the next publication
 * takes them off the list. Rests on nothing that a publication changes, and what the root ends on nothing that a signer changes, so that neither is starved. Ended
 * by the root or a signer, nobody comes back but by a later list of the root's. Idempotent.
 */
export const endSigner = defineUseCase(
  "patient/end-signer",
  async (
    ending: Ending,
    patientId: string,
    { statement }: RequestOf<"patient/end-signer">,
    call: Call,
  ): Promise<Step<"patient/end-signer", ResponseOf<"patient/end-signer">>> => {
    const { store, cloud } = ending
    const isStored = ({ ends }: Found) => ends.some((item) => item?.statements.includes(statement))
    const again = async () => (isStored(await readEnds(ending, patientId)) ? {} : undefined)
    const found = await readEnds(ending, patientId)
    if (isStored(found)) return { done: {} }
    const end = await verified(found, statement)
    requireFresh({ aud: cloud.cloudId, iat: end.iat }, cloud.cloudId, call.now)
    if (await isUsed(store, patientId, end)) return answered(again, "statement-replayed")
    const what = { patientId, end, statement }
    const change = await storedWith(found, what)
    if (change.length === 0) return { done: {} }
    const anew = async () => {
      const now = await readEnds(ending, patientId)
      await verified(now, statement)
      return storedWith(now, what)
    }
    return {
      patientId,
      now: call.now,
      event: {
        action: "end-signer",
        actor: { kind: "patient" },
        subject: { statementHash: await statementHash(statement) },
      },
      changing: changing(
        { ends: { change, attempts, anew }, statement: useOnce(patientId, end) },
        { statement: "statement-replayed" },
      ),
      again,
      answer: () => ({}),
    }
  },
)
