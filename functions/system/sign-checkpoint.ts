import type { Context } from "aws-lambda"
import { readProviderKeys } from "../adapters/provider-keys.file.ts"
import { auditChanges, checkpoints, cloudIdentity, provider } from "../adapters/wiring.ts"
import { signCheckpoint } from "../domain/audit-checkpoint.ts"
import { unattended } from "../http/unattended.ts"

const keys = readProviderKeys(cloudIdentity().cloudId)
const deps = { changes: auditChanges(), checkpoints: checkpoints(), provider: provider() }

const useCase = "system/sign-checkpoint"
type Remaining = Pick<Context, "getRemainingTimeInMillis">

/** What putting the last batch and the checkpoint may take, milliseconds. */
const reserve = 15_000

/** Every minute: signs the ends of all patients' chains. A fork is signed as it was, and told by failing. */
export const handler = unattended(useCase, async (_event: unknown, context: Remaining) => {
  const mayContinue = () => context.getRemainingTimeInMillis() > reserve
  const signed = await signCheckpoint({ ...deps, providerKeys: await keys }, { now: new Date() }, { mayContinue })
  console.log(JSON.stringify({ useCase, ...signed }))
  if (signed.outcome === "signed" && signed.forked > 0) throw new Error("chains of the audit trail have been forked")
})
