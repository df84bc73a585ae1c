import * as fc from "fast-check"
import { type AuditEvent, auditActions } from "../../../contract/audit.ts"
import { problemCodes } from "../../../contract/errors.ts"
import { professions } from "../../../protocol/primitives.ts"
import { newId, newKey } from "../../fakes/call.ts"

export const hcp = {
  kind: "hcp",
  account: "a".repeat(64),
  certificate: "c".repeat(64),
  profession: "physician",
} as const
/** Any event of a trail. */
export const anyEvent = fc.record({
  seq: fc.integer({ min: 1, max: 1e6 }),
  at: fc
    .date({ min: new Date("2020-01-01"), max: new Date("2099-01-01"), noInvalidDate: true })
    .map((d) => d.toISOString()),
  action: fc.constantFrom(...auditActions),
  outcome: fc.oneof(fc.constant("permitted" as const), fc.constantFrom(...problemCodes)),
  actor: fc.oneof(
    fc.constant({ kind: "patient" as const }),
    fc.constantFrom(...professions).map((profession) => ({ ...hcp, profession })),
  ),
  subject: fc.record(
    {
      recordId: fc.constant(newId()),
      version: fc.constant(2),
      category: fc.constant("imaging" as const),
      categories: fc.constant(["summary" as const, "imaging" as const]),
      records: fc.constant([{ recordId: newId(), version: 1 }]),
      consent: fc.constant("store" as const),
      cardId: fc.constant(newId()),
      grantId: fc.constant(newId()),
      contributionId: fc.constant(newId()),
      manifest: fc.constant({ number: 3, hash: newKey() }),
      statementHash: fc.constant(newKey()),
      trustPolicyHash: fc.constant(newKey()),
      expiresAt: fc.constant("2026-03-01T13:00:00.000Z"),
    },
    { requiredKeys: [] },
  ),
  prev: fc.constant(newKey()),
  hash: fc.constant(newKey()),
}) as fc.Arbitrary<AuditEvent>
