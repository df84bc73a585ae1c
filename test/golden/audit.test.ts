import { describe, expect, test } from "vitest"
import * as z from "zod/mini"
import { auditEvent } from "../../contract/audit.ts"
import { linkEvent } from "../../functions/domain/audit-chain.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { verifyAuditExport } from "../../sdk/patient/audit-export.ts"
import { verifyAuditTrail } from "../../sdk/patient/audit-trail.ts"
import { integrityOf } from "../kit/holders.ts"
import formats from "./formats.json" with { type: "json" }

/** The frozen audit trail and its export (make.ts). */

const { patientId } = formats
const cloudId = formats.statements.audience

describe("the audit trail", () => {
  const events = z.parse(z.array(auditEvent), formats.audit.events)

  test("is whole, and each link is the one we would make", async () => {
    await verifyAuditTrail(events)
    for (const [i, { seq, at, prev, hash: _, ...event }] of events.entries()) {
      const head = { seq: seq - 1, hash: prev }
      expect(await linkEvent(head, event, new Date(at))).toEqual(events[i])
    }
  })

  test("is cut where it ends before what was seen, and broken where that is another", async () => {
    const [one, two, three] = events
    await verifyAuditTrail(events, two)
    expect(await integrityOf(verifyAuditTrail([one!, two!], three))).toBe("audit-trail-cut")
    expect(await integrityOf(verifyAuditTrail([], one))).toBe("audit-trail-cut")
    expect(await integrityOf(verifyAuditTrail(events, { seq: 2, hash: three!.hash }))).toBe("audit-trail-broken")
  })

  test.each(formats.audit.broken)("is broken: $why", async ({ events }) => {
    // As it comes, so that nothing a schema drops goes unnoticed.
    expect(await integrityOf(verifyAuditTrail(events as never))).toBe("audit-trail-broken")
  })
})

describe("the export of an audit trail", () => {
  const { exported, refused } = formats.export

  test("holds by itself: chain, checkpoint, the way back to the first one, and place in the tree", async () => {
    expect(await verifyAuditExport(exported)).toEqual({
      cloudId,
      patientId,
      events: 3,
      signed: [],
      unsigned: 1,
      checkpoint: { number: 4, signedAt: formats.statements.now + 30, covered: 2 },
    })
  })

  test.each(refused)("is refused: $why", async ({ exported }) => {
    await expect(verifyAuditExport(exported)).rejects.toThrow(IntegrityFailure)
  })
})
