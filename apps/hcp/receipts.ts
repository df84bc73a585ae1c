import { signal } from "@preact/signals"
import type { Receipt } from "../../sdk/receipt.ts"

/**
 * What the provider signed in the access that has ended: evidence of what the professional did, and nothing of the record. It stays until the page is
 * closed or another record is opened.
 */
export const keptReceipts = signal<readonly Receipt[]>([])

/** One for each statement: a session that was opened again has its access signed again. */
export const eachOnce = (receipts: readonly Receipt[]): Receipt[] => [
  ...new Map(receipts.map((receipt) => [receipt.statement, receipt])).values(),
]
