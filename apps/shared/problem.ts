import type { Code } from "../../sdk/codes.ts"
import { sharedWords } from "./words/shared.ts"

/**
 * What went wrong, in three kinds a person can act on: `offline` (the same again later), `refused` (the cloud or a rule says no), `integrity` (an
 * answer that can't be true: stop). By name rather than by class, so that the first screen loads nothing of the SDK.
 */
export interface Trouble {
  readonly kind: "offline" | "refused" | "integrity" | "unexpected"
  readonly code?: Code
  readonly sentence: string
}

const kinds: ReadonlyMap<string, Trouble["kind"]> = new Map([
  ["Unreachable", "offline"],
  ["Problem", "refused"],
  ["TransferFailure", "refused"],
  ["IntegrityFailure", "integrity"],
])

/** Whether a text that came from elsewhere is a code, so that there is a sentence for it. */
export const isCode = (text: string): text is Code => Object.hasOwn(sharedWords.value.codes, text)

export const troubleOf = (error: unknown): Trouble => {
  const { codes, trouble } = sharedWords.value
  const kind = error instanceof Error ? kinds.get(error.name) : undefined
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : ""
  if (kind === undefined || !isCode(code)) return { kind: "unexpected", sentence: trouble.unexpected }
  return { kind, code, sentence: codes[code] }
}

/** Whether the session has ended, so that signing in again is what helps. */
export const isSignedOut = (error: unknown): boolean => troubleOf(error).code === "unauthenticated"
