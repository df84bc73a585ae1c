import { Problem } from "../../contract/errors.ts"
import type { ItemOf } from "../../contract/items.ts"
import {
  hourSeconds,
  manifestsPerHour,
  maxDeliveryAddresses,
  maxPendingBytes,
  maxPendingContributions,
  maxPendingDeliveries,
  maxPendingDeliveryBytes,
  maxRecordBytes,
  maxRecords,
  maxVersions,
} from "../../contract/limits.ts"
import { maxCards } from "../../protocol/primitives.ts"
import type { Renewed } from "./named-changes.ts"
import type { RefOf, StoreReads } from "./ports.ts"

type Usage = ItemOf<"usage">

const limits = {
  records: maxRecords,
  versions: maxVersions,
  bytes: maxRecordBytes,
  cards: maxCards,
  pending: maxPendingContributions,
  pendingBytes: maxPendingBytes,
  addresses: maxDeliveryAddresses,
  deliveries: maxPendingDeliveries,
  deliveryBytes: maxPendingDeliveryBytes,
} as const
type Amount = keyof typeof limits
const amounts = [
  "records",
  "versions",
  "bytes",
  "cards",
  "pending",
  "pendingBytes",
  "addresses",
  "deliveries",
  "deliveryBytes",
] as const satisfies Amount[]

/** What a use-case adds to what a patient has, or takes from it (negative). */
export type Added = Partial<Record<Amount, number>> & {
  /** The name of the signer who publishes a manifest: each has a rate of their own, so that none uses up another's. */
  readonly manifestBy?: string
}

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
    manifests: before?.manifests ?? { hour: 0, by: {} },
  }
  for (const amount of amounts) {
    const change = added[amount] ?? 0
    after[amount] = Math.max(0, (before?.[amount] ?? 0) + change)
    if (change > 0 && after[amount] > limits[amount]) throw new Problem("quota-exceeded")
  }
  const { manifestBy } = added
  if (manifestBy !== undefined) {
    const hour = Math.floor(now.getTime() / 1000 / hourSeconds) * hourSeconds
    const by = after.manifests.hour === hour ? after.manifests.by : {}
    const count = (by[manifestBy] ?? 0) + 1
    if (count > manifestsPerHour) throw new Problem("rate-exceeded")
    after.manifests = { hour, by: { ...by, [manifestBy]: count } }
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

/** The usage that a use-case makes. Where it has changed meanwhile, it is read anew: two uploads at once are no conflict. */
export const countedUsage = (store: StoreReads, { patientId, now, before, added }: Counting): Renewed => ({
  change: { put: usageAfter(patientId, before, added, now) },
  attempts,
  anew: async () => {
    const [last] = await store.read([usageRef(patientId)])
    return { put: usageAfter(patientId, last, added, now) }
  },
})
