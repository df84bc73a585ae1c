import { CodedError } from "../../protocol/coded-error.ts"

/** What stops a transfer that is neither the cloud's refusal nor its fault. */
export const transferCodes = [
  /** The document is not the one whose upload was begun. */
  "source-changed",
  "source-unreadable",
  /** What was kept of the transfer does not belong to this document. */
  "state-invalid",
  /** To be read as a stream instead. */
  "memory-exceeded",
] as const

export type TransferCode = (typeof transferCodes)[number]

export class TransferFailure extends CodedError<TransferCode> {
  override readonly name = "TransferFailure"
}
