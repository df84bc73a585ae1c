import { Problem } from "../../contract/errors.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { Unreachable } from "../../sdk/api.ts"
import type { Code } from "../../sdk/codes.ts"
import { TransferFailure } from "../../sdk/transfer/failure.ts"
import { sentences } from "../sentences.ts"
import { systemSentence } from "./system-failure.ts"

/** The command line is not one of ours, or something it names is not there; the message says what to change. */
export class UsageError extends Error {
  override readonly name = "UsageError"
  readonly code: Code | "usage"

  constructor(message: string, { code = "usage", ...options }: ErrorOptions & { readonly code?: Code | "usage" } = {}) {
    super(message, options)
    this.code = code
  }
}

/** What was given on the command line and can't be used, by its code. `detail`: what of it, such as which word. */
export const unusable = (code: Code, detail?: string): UsageError =>
  new UsageError(detail === undefined ? sentences[code] : `${sentences[code]} ${detail}`, { code })

/** What a script can go by. 130 is a shell's own code for what was ended by Ctrl-C. */
export const exitCodes = { done: 0, refused: 1, usage: 2, integrity: 3, unreachable: 4, failed: 5, interrupted: 130 }

export interface Failure {
  readonly exitCode: number
  /** Stable. */
  readonly code: Code | "usage" | "interrupted" | "system" | "failed"
  /** For a person; holds no secret and no byte of a record. */
  readonly message: string
  /** The path of the field that a `request-invalid` is about. */
  readonly field?: string | undefined
}

const failure = (exitCode: number, code: Code): Failure => ({ exitCode, code, message: sentences[code] })

/** What a command's error means to who called it. A surprise is told by its name alone: its words may hold anything. */
export const failureOf = (error: unknown): Failure => {
  if (error instanceof UsageError) return { exitCode: exitCodes.usage, code: error.code, message: error.message }
  if (error instanceof Problem) return { ...failure(exitCodes.refused, error.code), field: error.field }
  if (error instanceof IntegrityFailure) return failure(exitCodes.integrity, error.code)
  if (error instanceof TransferFailure) return failure(exitCodes.failed, error.code)
  if (error instanceof Unreachable) return failure(exitCodes.unreachable, error.code)
  if (error instanceof Error && error.name === "AbortError")
    return { exitCode: exitCodes.interrupted, code: "interrupted", message: "Interrupted." }
  const system = systemSentence(error)
  if (system !== undefined) return { exitCode: exitCodes.failed, code: "system", message: system }
  const name = error instanceof Error ? error.name : typeof error
  return { exitCode: exitCodes.failed, code: "failed", message: `Something unexpected failed (${name}).` }
}

/** For a person: the sentence, the code and, where it is known, the field. */
export const lineOf = ({ code, message, field }: Omit<Failure, "exitCode">): string =>
  `${message} (${field === undefined ? code : `${code}: ${field}`})`
