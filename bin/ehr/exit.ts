import { Problem } from "../../contract/errors.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { Unreachable } from "../../sdk/api.ts"
import { TransferFailure } from "../../sdk/transfer/failure.ts"

/** The command line is not one of ours, or something it names is not there; the message says what to change. */
export class UsageError extends Error {
  override readonly name = "UsageError"
}

/** What a script can go by. 130 is a shell's own code for what was ended by Ctrl-C. */
export const exitCodes = { done: 0, refused: 1, usage: 2, integrity: 3, unreachable: 4, failed: 5, interrupted: 130 }

export interface Failure {
  readonly exitCode: number
  /** Stable: a problem's, an integrity failure's, or the name of the exit code. */
  readonly code: string
  /** For a person; holds no secret and no byte of a record. */
  readonly message: string
}

/** What a command's error means to who called it. A surprise is told by its name alone: its words may hold anything. */
export const failureOf = (error: unknown): Failure => {
  if (error instanceof Problem) return { exitCode: exitCodes.refused, code: error.code, message: error.message }
  if (error instanceof UsageError) return { exitCode: exitCodes.usage, code: "usage", message: error.message }
  if (error instanceof IntegrityFailure)
    return { exitCode: exitCodes.integrity, code: error.code, message: error.message }
  if (error instanceof TransferFailure) return { exitCode: exitCodes.failed, code: error.code, message: error.message }
  if (error instanceof Unreachable)
    return { exitCode: exitCodes.unreachable, code: "unreachable", message: error.message }
  if (error instanceof Error && error.name === "AbortError")
    return { exitCode: exitCodes.interrupted, code: "interrupted", message: "Interrupted." }
  const name = error instanceof Error ? error.name : typeof error
  return { exitCode: exitCodes.failed, code: "failed", message: `Something unexpected failed (${name}).` }
}
