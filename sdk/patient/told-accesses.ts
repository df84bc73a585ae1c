/**
 * Accesses that the checked trail told of, kept until new keys are made after them: the cloud could list every access to whoever looks, and none to the device
 * that is about to make new keys.
 */
import type { AuditEvent } from "../../contract/audit.ts"
import type { Memory } from "./session.ts"

/** An access, with all that a device needs to know which keys it was given: when, seconds, and by which card; without one, nobody signed by which. */
export interface KnownAccess {
  readonly grantId: string
  readonly cardId?: string | undefined
  readonly grantedAt: number
  /** Before its time: by the professional or the patient. */
  readonly ended?: boolean
}

type Told = NonNullable<NonNullable<Memory["accesses"]>["told"]>[number]

const firstOf = new Date(0).toISOString()
const nothing = { since: firstOf, renewed: [] }

/** What a device remembers of accesses; from the first, where its clock was ahead when it remembered. */
export const accessesOf = ({ accesses = nothing }: Memory): NonNullable<Memory["accesses"]> =>
  Date.parse(accesses.since) > Date.now() ? { ...accesses, since: firstOf } : accesses

/**
 * Takes note of the accesses of a checked trail that this device didn't know of, and of those that have ended since. `signed`: those whose professional's
 * statement names their card; of any other that is the cloud's word, and counts for nothing.
 */
export const noteTold = (
  { memory }: { readonly memory: Memory },
  events: readonly AuditEvent[],
  signed: readonly KnownAccess[],
): void => {
  const accesses = accessesOf(memory)
  const { seq = 0, told = [], renewed } = accesses
  const known = new Map(signed.map((each) => [each.grantId, each]))
  const noted = ({ grantId, grantedAt }: Told): Told => {
    const { cardId, ended } = known.get(grantId) ?? {}
    return { grantId, ...(cardId === undefined ? {} : { cardId }), grantedAt, ...(ended === true ? { ended } : {}) }
  }
  const heard = events.slice(seq).flatMap(({ action, outcome, subject, at }): Told[] => {
    const { grantId } = subject
    if (action !== "emergency-access" || outcome !== "permitted" || grantId === undefined) return []
    return renewed.includes(grantId) ? [] : [{ grantId, grantedAt: Math.ceil(Date.parse(at) / 1000) }]
  })
  memory.accesses = { ...accesses, seq: Math.max(seq, events.length), told: [...told, ...heard].map(noted) }
}
