import { writeFileSync } from "node:fs"
import type { AuditEvent } from "../../contract/audit.ts"
import { exportAuditTrail } from "../../sdk/patient/audit-export.ts"
import { toFhirAuditBundle } from "../../sdk/patient/audit-fhir.ts"
import { readCheckedTrail } from "../../sdk/patient/audit-trail.ts"
import { asPatient, type Command, textOf } from "./command.ts"

const lineOf = ({ seq, at, action, outcome, actor }: AuditEvent): string => {
  const by =
    actor.kind === "hcp" ? `${actor.profession ?? "professional"} ${actor.certificate.slice(0, 8)}` : actor.kind
  return `${String(seq).padStart(5)}  ${at}  ${action.padEnd(22)} ${by.padEnd(22)} ${outcome}`
}

/** Reads and verifies the audit trail; writes it for others to verify. */
export const auditCommand: Command = {
  usage: [
    "[--export FILE] [--fhir FILE]",
    "Shows who did what, verified; writes it for npm run audit:verify, or as FHIR AuditEvents.",
  ],
  options: { export: { type: "string" }, fhir: { type: "string" } },
  positionals: [0, 0],
  run: (given, context) =>
    asPatient(context, async (session) => {
      const { events, checkpoint } = await readCheckedTrail(session)
      const exported = textOf(given, "export")
      if (exported !== undefined)
        writeFileSync(exported, JSON.stringify(await exportAuditTrail(session)), { mode: 0o600 })
      const fhir = textOf(given, "fhir")
      const of = { cloudId: session.cloud.cloudId, patientId: session.patientId }
      if (fhir !== undefined) writeFileSync(fhir, JSON.stringify(toFhirAuditBundle(of, events)), { mode: 0o600 })
      const under =
        checkpoint === undefined
          ? "no checkpoint covers it yet."
          : `checkpoint ${checkpoint.number} covers the first ${checkpoint.covered}.`
      return {
        value: { events, checkpoint },
        lines: [...events.map(lineOf), `${events.length} events, an unbroken chain; ${under}`],
      }
    }),
}
