import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import {
  hourSeconds,
  manifestsPerHour,
  maxPendingBytes,
  maxPendingContributions,
  maxRecordBytes,
  maxRecords,
  maxVersions,
} from "../../contract/limits.ts"
import { maxCards } from "../../protocol/primitives.ts"
import { type NamedChanges, type NamedOutcome, namesAmong, writeNamed } from "./named-changes.ts"
import type { RefOf, Store } from "./ports.ts"

type Usage = ItemOf<"usage">

const limits = {
  records: maxRecords,
  versions: maxVersions,
  bytes: maxRecordBytes,
  cards: maxCards,
  pending: maxPendingContributions,
  pendingBytes: maxPendingBytes,
} as const
type Amount = keyof typeof limits
const amounts = ["records", "versions", "bytes", "cards", "pending", "pendingBytes"] as const satisfies Amount[]

/** What a use-case adds to what a patient has, or takes from it (negative). */
export type Added = Partial<Record<Amount, number>> & { readonly manifests?: 1 }

/** The name under which the usage is written with other changes. */
const usageName = "usage"

export const usageRef = (patientId: string): RefOf<"usage"> => ({ kind: "usage", patientId })

/** What a patient has after it. Refuses growth above a quota; what is above already may shrink. */
export const usageAfter = (patientId: string, before: Usage | undefined, added: Added, now: Date): Usage => {
  const after: Usage = {
    ...usageRef(patientId),
    revision: (before?.revision ?? 0) + 1,
    records: 0,
    versions: 0,
    bytes: 0,
    cards: 0,
    pending: 0,
    pendingBytes: 0,
    manifests: before?.manifests ?? { hour: 0, count: 0 },
  }
  for (const amount of amounts) {
    const change = added[amount] ?? 0
    after[amount] = Math.max(0, (before?.[amount] ?? 0) + change)
    if (change > 0 && after[amount] > limits[amount]) throw new Problem("quota-exceeded")
  }
  if (added.manifests !== undefined) {
    const hour = Math.floor(now.getTime() / 1000 / hourSeconds) * hourSeconds
    const count = (after.manifests.hour === hour ? after.manifests.count : 0) + added.manifests
    if (count > manifestsPerHour) throw new Problem("rate-exceeded")
    after.manifests = { hour, count }
  }
  return after
}

/** More than a device uploads at once. */
const attempts = 20

/** What a patient has, as it was read, and what a use-case adds to it. */
export interface Counting {
  readonly patientId: string
  readonly now: Date
  readonly before: Usage | undefined
  readonly added: Added
}

/**
 * Writes the changes together with the usage they make. Where only the usage has changed meanwhile, it is read anew and tried again:
 * two uploads at once are no conflict.
 */
export const writeCounted = async <N extends string>(
  store: Store,
  { patientId, now, before, added }: Counting,
  changes: NamedChanges<N>,
): Promise<NamedOutcome<N> & { usage?: Usage }> => {
  let last = before
  for (let attempt = 1; ; attempt++) {
    const usage = usageAfter(patientId, last, added, now)
    const written = await writeNamed<string>(store, { ...changes, [usageName]: { put: usage } })
    if (written.outcome === "written") return { ...written, usage }
    const lostTo = namesAmong(changes, written.lostTo)
    if (lostTo.size > 0) return { outcome: "conflict", lostTo }
    if (attempt === attempts) throw new Problem("busy")
    ;[last] = await store.read([usageRef(patientId)])
  }
}
