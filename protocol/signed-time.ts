/** How far what a cloud tells of a signed statement may be from the time that its signer wrote (docs/protocol.md, "Audit trail"). */
import { statementToleranceSeconds } from "./primitives.ts"

/** Two roundings to whole seconds. */
const most = (statementToleranceSeconds + 1) * 1000

/** Whether a cloud can have taken a statement of this `iat`, seconds, at this moment, RFC 3339; false for what is no moment. */
export const isWhenSigned = (at: string, iat: number): boolean => Math.abs(Date.parse(at) - iat * 1000) <= most

/** How much earlier than one before it an event may be, milliseconds: each has the clock of whoever wrote it. */
const clocksApart = 2 * statementToleranceSeconds * 1000

/** Whether times, RFC 3339, go on in their order: what is told of a time long past can't come behind what was told before. */
export const goOn = (times: readonly string[]): boolean => {
  let latest = -Infinity
  for (const time of times) {
    const at = Date.parse(time)
    if (!(at + clocksApart >= latest)) return false
    latest = Math.max(latest, at)
  }
  return true
}
