import { auditTrail } from "../adapters/wiring.ts"
import { useCase } from "../http/use-case.ts"

const audit = auditTrail()

/** Gives a patient their audit trail, in order, for them to check. */
export const handler = useCase("patient/read-audit-trail", async ({ patientId }, { after }) => {
  const { events, next } = await audit.read(patientId, Number(after ?? 0))
  return next === undefined ? { events } : { events, next: String(next) }
})
