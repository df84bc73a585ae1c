import type { ProblemCode } from "../../contract/errors.ts"
import type { IntegrityCode } from "../../protocol/integrity.ts"
import type { TransferCode } from "../../sdk/transfer/failure.ts"
import { sharedWords } from "./words/shared.ts"

/**
 * What went wrong, in three kinds a person can act on: `offline` (the same again later), `refused` (the cloud or a rule says no), `integrity` (an
 * answer that can't be true: stop). By name rather than by class, so that the first screen loads nothing of the SDK.
 */
export interface Trouble {
  readonly kind: "offline" | "refused" | "integrity" | "unexpected"
  readonly code?: string
  readonly sentence: string
}

const codeOf = (error: object): string => ("code" in error && typeof error.code === "string" ? error.code : "")

const isProblem = (code: string): code is ProblemCode => Object.hasOwn(sharedWords.value.problems, code)
const isTransfer = (code: string): code is TransferCode => Object.hasOwn(sharedWords.value.transfer, code)
const isIntegrity = (code: string): code is IntegrityCode => Object.hasOwn(sharedWords.value.integrity, code)

export const troubleOf = (error: unknown): Trouble => {
  const { problems, integrity, transfer, trouble } = sharedWords.value
  const name = error instanceof Error ? error.name : ""
  const code = typeof error === "object" && error !== null ? codeOf(error) : ""
  if (name === "Unreachable") return { kind: "offline", sentence: trouble.offline }
  if (name === "Problem" && isProblem(code)) return { kind: "refused", code, sentence: problems[code] }
  if (name === "IntegrityFailure" && isIntegrity(code)) return { kind: "integrity", code, sentence: integrity[code] }
  if (name === "TransferFailure" && isTransfer(code)) return { kind: "refused", code, sentence: transfer[code] }
  return { kind: "unexpected", sentence: trouble.unexpected }
}

/** Whether the session has ended, so that signing in again is what helps. */
export const isSignedOut = (error: unknown): boolean => troubleOf(error).code === "unauthenticated"
