/** What the provider signs under what it did for a professional (docs/protocol.md, "Receipts"). */
import * as z from "zod/mini"
import type { AuditHeadOf } from "./checkpoint.ts"
import { type ReceiptClaims, receiptClaims } from "./claims.ts"
import { orFail } from "./integrity.ts"
import type { EcPublicJwk } from "./primitives.ts"
import { readStatement, statementHash, verifyStatement } from "./statement.ts"

/** A receipt by this provider for this statement and this event. `receipt-invalid` otherwise. */
export const verifyReceipt = (
  receipt: string,
  { cloudId, key, statement, event }: { cloudId: string; key: EcPublicJwk; statement: string; event: AuditHeadOf },
): Promise<ReceiptClaims> =>
  orFail("receipt-invalid", async () => {
    await verifyStatement(receipt, { typ: "receipt", key, algorithms: ["ES256"] })
    const claims = z.parse(receiptClaims, readStatement(receipt).payload)
    if (claims.iss !== cloudId || claims.statementHash !== (await statementHash(statement)))
      throw new Error("for something else")
    if (event.seq !== claims.seq || event.hash !== claims.eventHash) throw new Error("of another event")
    return claims
  })
