import type { Context } from "aws-lambda"
import { auditChanges, cloudIdentity, provider, seals } from "../adapters/wiring.ts"
import { sealAuditTrail } from "../domain/audit-seal.ts"
import { unattended } from "../http/unattended.ts"

const deps = { changes: auditChanges(), seals: seals(), provider: provider(), cloud: cloudIdentity() }

const useCase = "system/seal-audit-trail"
type Remaining = Pick<Context, "getRemainingTimeInMillis">

/** What putting the last batch and the checkpoint may take, milliseconds. */
const reserve = 15_000

/** Every minute: signs the ends of all patients' chains. A fork is sealed as it was, and told by failing. */
export const handler = unattended(useCase, async (_event: unknown, context: Remaining) => {
  const mayContinue = () => context.getRemainingTimeInMillis() > reserve
  const sealed = await sealAuditTrail(deps, { now: new Date() }, { mayContinue })
  console.log(JSON.stringify({ useCase, ...sealed }))
  if (sealed.outcome === "sealed" && sealed.forked > 0) throw new Error("chains of the audit trail have been forked")
})
