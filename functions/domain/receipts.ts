import type { AuditHeadOf } from "../../protocol/checkpoint.ts"
import type { ReceiptClaims } from "../../protocol/claims.ts"
import { signAsProvider } from "../../protocol/provider-keys.ts"
import { statementHash } from "../../protocol/statement.ts"
import type { CloudIdentity } from "./consents.ts"
import type { Provider } from "./ports.ts"

/**
 * Returns the provider's signature under what it did upon a professional's statement: which event of the patient's trail tells of it. Never on the
 * way to a first record, which waits for no signature.
 */
export const signReceipt = async (
  provider: Provider,
  { cloudId }: Pick<CloudIdentity, "cloudId">,
  { statement, event }: { readonly statement: string; readonly event: AuditHeadOf },
  now: Date,
): Promise<string> => {
  const claims: ReceiptClaims = {
    iss: cloudId,
    iat: Math.floor(now.getTime() / 1000),
    statementHash: await statementHash(statement),
    seq: event.seq,
    eventHash: event.hash,
  }
  return signAsProvider(provider, "receipt", claims)
}
