import { expect } from "vitest"
import type { AuditEvent } from "../../contract/audit.ts"
import { Problem, type ProblemCode } from "../../contract/errors.ts"
import { memoryHcpAccounts, memoryPatientAccounts } from "./accounts.ts"
import { memoryAuditTrail } from "./audit-trail.ts"
import { callAt } from "./call.ts"
import { memoryCheckpoints } from "./checkpoints.ts"
import { memoryObjectStore } from "./object-store.ts"
import { PortCalls } from "./port-calls.ts"
import { newProvider } from "./provider.ts"
import { memoryStore } from "./store.ts"

export const noon = new Date("2026-03-01T12:00:00.000Z")

/** An EHR cloud in memory: every port, each of its calls recorded. */
export const memoryCloud = async (now = noon) => {
  const calls = new PortCalls()
  const main = memoryStore()
  const trail = memoryAuditTrail()
  const kept = memoryCheckpoints()
  const buckets = memoryObjectStore()
  const patients = memoryPatientAccounts()
  const members = memoryPatientAccounts()
  const hcps = memoryHcpAccounts()
  const provider = await newProvider()
  return {
    now,
    call: callAt(now),
    callIn: (seconds: number) => callAt(new Date(now.getTime() + seconds * 1000)),
    cloud: { cloudId: provider.cloudId, title: "Example Cloud" },
    store: calls.watch("store", main.store),
    items: calls.watch("items", main.items),
    audit: calls.watch("audit", trail.trail),
    changes: calls.watch("changes", trail.changes),
    checkpoints: calls.watch("checkpoints", kept.checkpoints),
    objects: calls.watch("objects", buckets.objects),
    accounts: calls.watch("accounts", patients.accounts),
    memberAccounts: calls.watch("memberAccounts", members.accounts),
    hcpAccounts: calls.watch("hcpAccounts", hcps.accounts),
    provider: calls.watch("provider", provider),
    providerKeys: provider.keys,
    calls,
    trail,
    kept,
    buckets,
    /** Everything but the audit trail, and what counts how often somebody asked. */
    snapshot: () => ({
      main: Object.fromEntries(Object.entries(main.snapshot()).filter(([name]) => !name.startsWith("RATE#"))),
      objects: buckets.snapshot(),
      versions: buckets.versions(),
      uploads: buckets.uploads(),
      patients: patients.snapshot(),
      members: members.snapshot(),
      hcps: hcps.snapshot(),
    }),
    item: (text: string) =>
      Object.entries(main.snapshot()).flatMap(([name, item]) => (name.includes(text) ? [item] : [])),
  }
}
export type MemoryCloud = Awaited<ReturnType<typeof memoryCloud>>

/** The code of the refusal; fails where there was none, or a surprise. */
export const refusalOf = async (attempt: Promise<unknown>): Promise<ProblemCode> => {
  const error: unknown = await attempt.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (error instanceof Problem) return error.code
  throw new Error("this was not refused", { cause: error })
}

/** The attempt is refused with this code, changes nothing, signs no URL, and leaves exactly these events. */
export const expectRefusal = async (
  cloud: Pick<MemoryCloud, "snapshot" | "trail" | "buckets">,
  attempt: () => Promise<unknown>,
  code: ProblemCode,
  denials: readonly { action: AuditEvent["action"]; outcome: AuditEvent["outcome"] }[] = [],
): Promise<void> => {
  const [before, signed, events] = [cloud.snapshot(), cloud.buckets.signed.length, cloud.trail.all()]
  expect(await refusalOf(attempt())).toBe(code)
  expect(cloud.snapshot()).toEqual(before)
  expect(cloud.buckets.signed).toHaveLength(signed)
  const added = cloud.trail.all().filter(({ hash }) => !events.some((event) => event.hash === hash))
  expect(added.map(({ action, outcome }) => ({ action, outcome }))).toEqual(denials)
}
