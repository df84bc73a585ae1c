/** What stops a transfer that is neither the cloud's refusal nor its fault. Stable codes and sentences for people. */
export const transferFailures = {
  "source-changed": "The document is not the one whose upload was begun. Nothing more of it was sent.",
  "source-unreadable": "The document can't be read.",
  "state-invalid": "What was kept of the transfer does not belong to this document.",
  "memory-exceeded": "The document is too large to be held in memory: read it as a stream.",
} as const

export type TransferCode = keyof typeof transferFailures

export class TransferFailure extends Error {
  override readonly name = "TransferFailure"
  readonly code: TransferCode

  constructor(code: TransferCode, options?: ErrorOptions) {
    super(transferFailures[code], options)
    this.code = code
  }
}
