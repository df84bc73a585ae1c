import type { AuditEvent } from "../../contract/audit.ts"
import { exportAuditTrail } from "../../sdk/patient/audit-export.ts"
import { toFhirAuditBundle } from "../../sdk/patient/audit-fhir.ts"
import { readCheckedTrail } from "../../sdk/patient/audit-trail.ts"
import { asPatient, type Command } from "./command.ts"
import { outputOf, writeOutput } from "./output.ts"

const lineOf = ({ seq, at, action, outcome, actor }: AuditEvent): string => {
  const by =
    actor.kind === "hcp" ? `${actor.profession ?? "professional"} ${actor.certificate.slice(0, 8)}` : actor.kind
  return `${String(seq).padStart(5)}  ${at}  ${action.padEnd(22)} ${by.padEnd(22)} ${outcome}`
}

/** Reads and verifies the audit trail; writes it for others to verify. */
export const auditCommand: Command = {
  usage: [
    "[--export FILE] [--fhir FILE] [--force]",
    "Shows who did what, verified; writes it for npm run audit:verify, or as FHIR AuditEvents.",
  ],
  options: { export: { type: "string" }, fhir: { type: "string" }, force: { type: "boolean" } },
  positionals: [0, 0],
  run: (given, context) => {
    const [exported, fhir] = ["export", "fhir"].map((option) => outputOf(given, option))
    return asPatient(context, async (session) => {
      const { events, checkpoint } = await readCheckedTrail(session)
      if (exported !== undefined) await writeOutput(exported, JSON.stringify(await exportAuditTrail(session)))
      const of = { cloudId: session.cloud.cloudId, patientId: session.patientId }
      if (fhir !== undefined) await writeOutput(fhir, JSON.stringify(toFhirAuditBundle(of, events)))
      const under =
        checkpoint === undefined
          ? "no checkpoint covers it yet."
          : `checkpoint ${checkpoint.number} covers the first ${checkpoint.covered}.`
      return {
        value: { events, checkpoint },
        lines: [...events.map(lineOf), `${events.length} events, an unbroken chain; ${under}`],
        aside: exported?.isStandardOutput === true || fhir?.isStandardOutput === true,
      }
    })
  },
}
