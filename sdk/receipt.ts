import * as z from "zod/mini"
import { receipt, statement } from "../protocol/claims.ts"

/** A professional's statement with the provider's receipt for it: evidence, should the patient's trail not tell of what was done. */
export const signedReceipt = z.strictObject({ statement, receipt })
export type Receipt = z.infer<typeof signedReceipt>
