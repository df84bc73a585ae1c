import { type ProblemCode, problemCodes } from "../contract/errors.ts"
import { type CardFault, cardFaults } from "../protocol/card.ts"
import { type IntegrityCode, integrityCodes } from "../protocol/integrity.ts"
import { type PhraseFault, phraseFaults } from "../protocol/recovery.ts"
import type { Unreachable } from "./api.ts"
import { type CredentialFault, credentialFaults } from "./hcp/pkcs12.ts"
import { type TransferCode, transferCodes } from "./transfer/failure.ts"

/**
 * Everything that can go wrong and that a person is told of, by one stable code: what a server refuses, what the SDK finds untrue, what stops
 * a transfer, what can't be read. Each dictionary has a sentence for every one, or the build fails.
 */
export type Code =
  | ProblemCode
  | IntegrityCode
  | TransferCode
  | CardFault
  | PhraseFault
  | CredentialFault
  | Unreachable["code"]

export const codes: readonly Code[] = [
  ...problemCodes,
  ...integrityCodes,
  ...transferCodes,
  ...cardFaults,
  ...phraseFaults,
  ...credentialFaults,
  "unreachable",
]
