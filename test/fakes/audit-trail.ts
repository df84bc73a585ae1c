import * as z from "zod/mini"
import { type AuditEvent, auditEvent } from "../../contract/audit.ts"
import { headOf, linkEvent } from "../../functions/domain/audit-chain.ts"
import type { AuditChanges, AuditTrail } from "../../functions/domain/ports.ts"
import { listPageLength } from "../../protocol/primitives.ts"

/** The audit table in memory: a place in a chain is taken once. */
export const memoryAuditTrail = () => {
  const chains = new Map<string, AuditEvent[]>()
  const chainOf = (patientId: string) => {
    const chain = chains.get(patientId) ?? []
    chains.set(patientId, chain)
    return chain
  }
  const trail: AuditTrail = {
    head: async (patientId) => headOf(chainOf(patientId)),
    append: async (patientId, event, at, known) => {
      const chain = chainOf(patientId)
      let last = known ?? headOf(chain)
      for (;;) {
        const link = z.parse(auditEvent, await linkEvent(last, event, at))
        last = headOf(chain)
        if (last.seq !== link.seq - 1) continue
        chain.push(link)
        return link
      }
    },
    read: async (patientId, afterSeq) => {
      const events = chainOf(patientId).slice(afterSeq, afterSeq + listPageLength)
      const last = events.at(-1)
      return last !== undefined && events.length === listPageLength ? { events, next: last.seq } : { events }
    },
  }
  const changes: AuditChanges = {
    since: async (at) =>
      Array.from(chains).flatMap(([patientId, chain]) => {
        const last = chain.findLast((event) => event.at > at)
        return last === undefined ? [] : [{ patientId, seq: last.seq, hash: last.hash, at: last.at }]
      }),
  }
  return {
    trail,
    changes,
    eventsOf: (patientId: string): readonly AuditEvent[] => [...chainOf(patientId)],
    /** Of every chain. */
    all: (): readonly AuditEvent[] => [...chains.values()].flat(),
  }
}
