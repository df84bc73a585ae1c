/** What the provider signs under what it did for a professional (docs/protocol.md, "Receipts"). */
import type { AuditHeadOf } from "./checkpoint.ts"
import { type ReceiptClaims, receiptClaims } from "./claims.ts"
import { orFail } from "./integrity.ts"
import { type ProviderKeys, verifyByProvider } from "./provider-keys.ts"
import { statementHash } from "./statement.ts"

/** A receipt by this provider for this statement and this event. `receipt-invalid` otherwise. */
export const verifyReceipt = (
  receipt: string,
  { provider, statement, event }: { provider: ProviderKeys; statement: string; event: AuditHeadOf },
): Promise<ReceiptClaims> =>
  orFail("receipt-invalid", async () => {
    const expected = { typ: "receipt", schema: receiptClaims, code: "receipt-invalid" } as const
    const claims = await verifyByProvider(receipt, provider, expected)
    if (claims.statementHash !== (await statementHash(statement))) throw new Error("for something else")
    if (event.seq !== claims.seq || event.hash !== claims.eventHash) throw new Error("of another event")
    return claims
  })
