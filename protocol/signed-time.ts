/** How far what a cloud tells of a signed statement may be from the time that its signer wrote (docs/protocol.md, "Audit trail"). */
import * as z from "zod/mini"
import { seconds, statementToleranceSeconds } from "./primitives.ts"

const signed = z.object({ iat: seconds })

/** The time, seconds, that the signer of a statement with this payload wrote. Throws where it has none. */
export const signedAt = (payload: unknown): number => z.parse(signed, payload).iat

/** Two clocks, each as far off as the cloud allows, seconds. */
export const clocksApart = 2 * statementToleranceSeconds

/** Two roundings to whole seconds. */
const most = (statementToleranceSeconds + 1) * 1000

/** Whether a cloud can have taken a statement of this `iat`, seconds, at this moment, RFC 3339; false for what is no moment. */
export const isWhenSigned = (at: string, iat: number): boolean => Math.abs(Date.parse(at) - iat * 1000) <= most

/**
 * Whether times, RFC 3339, go on in their order: what is told of a time long past can't come behind what was told before. Each event has the clock of whoever
 * wrote it.
 */
export const goOn = (times: readonly string[]): boolean => {
  let latest = -Infinity
  for (const time of times) {
    const at = Date.parse(time)
    if (!(at + clocksApart * 1000 >= latest)) return false
    latest = Math.max(latest, at)
  }
  return true
}
