import type { AuditEvent } from "../../contract/audit.ts"
import type { TrustPolicy } from "../../protocol/trust-policy.ts"
import type { Certified } from "../../sdk/certified.ts"
import { exportAuditTrail } from "../../sdk/patient/audit-export.ts"
import { toFhirAuditBundle } from "../../sdk/patient/audit-fhir.ts"
import { readCheckedTrail } from "../../sdk/patient/audit-trail.ts"
import { listContributions } from "../../sdk/patient/contributions.ts"
import { listGrants } from "../../sdk/patient/grants.ts"
import type { PatientSession } from "../../sdk/patient/session.ts"
import { asPatient, type Command } from "./command.ts"
import { outputOf, writeOutput } from "./output.ts"
import { certifiedHere, trustOf, whoIs } from "./trust.ts"

const lineOf = ({ seq, at, action, outcome, actor }: AuditEvent): string => {
  const by = actor.kind === "hcp" ? `certificate ${actor.certificate.slice(0, 8)}` : actor.kind
  return `${String(seq).padStart(5)}  ${at}  ${action.padEnd(22)} ${by.padEnd(22)} ${outcome}`
}

interface Signer {
  readonly did: "access" | "addition"
  readonly at: string
  readonly certificate: string
  readonly who: Certified
}

/** Who read and who added, each by what they signed and the authorities that this machine trusts. */
const signersOf = async (session: PatientSession, policy: TrustPolicy | undefined): Promise<Signer[]> => {
  const added = await listContributions(session)
  const signed = [
    ...(await listGrants(session)).map((each) => ({ ...each, did: "access" as const, at: each.grantedAt })),
    ...added.map((each) => ({ ...each, did: "addition" as const, at: each.contributedAt })),
  ]
  const judged = signed.map(async ({ did, at, professional, statement, answer }): Promise<Signer> => {
    const who = await certifiedHere(policy, { ...(statement === undefined ? {} : { statement }), at, answer })
    return { did, at, certificate: professional.thumbprint, who }
  })
  return (await Promise.all(judged)).toSorted((a, b) => a.at.localeCompare(b.at))
}

const signerLine = ({ did, at, certificate, who }: Signer): string =>
  `${at}  ${did.padEnd(8)}  certificate ${certificate.slice(0, 8)}  ${whoIs(who)}`

/** Reads and verifies the audit trail; writes it for others to verify. */
export const auditCommand: Command = {
  usage: [
    "[--trust FILE] [--export FILE] [--fhir FILE] [--force]",
    "Shows who did what, verified; writes it for npm run audit:verify, or as FHIR AuditEvents. --trust: the trust policy by which this machine itself judges who read and who added; without it, EHR_TRUST_POLICY.",
  ],
  options: {
    trust: { type: "string" },
    export: { type: "string" },
    fhir: { type: "string" },
    force: { type: "boolean" },
  },
  positionals: [0, 0],
  run: (given, context) => {
    const [exported, fhir] = ["export", "fhir"].map((option) => outputOf(given, option))
    const policy = trustOf(given)
    return asPatient(context, async (session) => {
      const signers = await signersOf(session, policy)
      const { events, checkpoint } = await readCheckedTrail(session)
      if (exported !== undefined) await writeOutput(exported, JSON.stringify(await exportAuditTrail(session)))
      const of = { cloudId: session.cloud.cloudId, patientId: session.patientId }
      if (fhir !== undefined) await writeOutput(fhir, JSON.stringify(toFhirAuditBundle(of, events)))
      const under =
        checkpoint === undefined
          ? "no checkpoint covers it yet."
          : `checkpoint ${checkpoint.number} covers the first ${checkpoint.covered}.`
      return {
        value: { events, checkpoint, signers },
        lines: [
          ...events.map(lineOf),
          `${events.length} events, an unbroken chain; ${under}`,
          ...(signers.length === 0 ? [] : ["", "Who read, and who added:", ...signers.map(signerLine)]),
        ],
        aside: exported?.isStandardOutput === true || fhir?.isStandardOutput === true,
      }
    })
  },
}
