import { readFileSync } from "node:fs"
import { parseArgs } from "node:util"
import * as z from "zod/mini"
import { IntegrityFailure } from "../protocol/integrity.ts"
import type { TrustPolicy } from "../protocol/trust-policy.ts"
import { type ExportVerdict, verifyAuditExport } from "../sdk/patient/audit-export.ts"
import { type Receipt, signedReceipt } from "../sdk/receipt.ts"
import { certifiedHere, readTrust, whoIs } from "./ehr/trust.ts"
import { sentences } from "./sentences.ts"
import { messageOf, terminalText } from "./terminal-text.ts"

const print = (text: string) => console.log(terminalText(text))

const usage = `Usage: npm run audit:verify -- FILE [--cloud=ID] [--event SEQ:HASH]... [--receipts FILE]... [--trust FILE]
Verifies an exported audit trail, without any cloud: its chain, the provider's signature on the newest checkpoint, the way back to the first
checkpoint, and that the trail stands under it.
  --cloud     the cloud's id, which is made of its provider's first key, from another source than the file
  --event     where an event is known to stand: from a device's memory
  --receipts  what the provider signed for a professional, as ehr emergency or the professional's app wrote it: each must stand in the trail
  --trust     the trust policy by which to judge who read and who added, and whether the certificate was valid then
Exit code: 0 it holds, 1 it doesn't, 2 nothing could be checked.`

const eventOf = (text: string): { seq: number; hash: string } => {
  const [, seq, hash] = /^([1-9][0-9]{0,8}):([\w-]{43})$/.exec(text) ?? []
  if (seq === undefined || hash === undefined) throw new Error(`--event ${text}: not SEQ:HASH`)
  return { seq: Number(seq), hash }
}

/** `Error` where the file holds none: what nobody signed would hold anywhere. */
const receiptsIn = (file: string): Receipt[] => {
  const parsed = z.safeParse(z.array(signedReceipt).check(z.minLength(1)), JSON.parse(readFileSync(file, "utf8")))
  if (!parsed.success) throw new Error(`--receipts ${file}: no receipts`)
  return parsed.data
}

/** Who read and who added: each by a trust policy, where there is one. */
const signedLines = async ({ signed, unsigned }: ExportVerdict, policy: TrustPolicy | undefined): Promise<string[]> => {
  const lines = [`signed      ${signed.length} accesses and additions, each as the trail tells of it`]
  if (unsigned > 0) lines.push(`unsigned    ${unsigned} that the trail tells of, and the file has no signature for`)
  if (policy === undefined) return signed.length === 0 ? lines : [...lines, "Who signed is judged with --trust FILE."]
  for (const each of signed)
    lines.push(
      `  ${each.at}  ${each.did.padEnd(8)}  certificate ${each.certificate.slice(0, 8)}  ${whoIs(await certifiedHere(policy, each))}`,
    )
  return lines
}

const main = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      cloud: { type: "string" },
      event: { type: "string", multiple: true, default: [] },
      receipts: { type: "string", multiple: true, default: [] },
      trust: { type: "string" },
    },
  })
  const [file, ...others] = positionals
  if (file === undefined || others.length > 0) {
    console.error(usage)
    return 2
  }
  const exported: unknown = JSON.parse(readFileSync(file, "utf8"))
  const receipts = values.receipts.flatMap(receiptsIn)
  const policy = values.trust === undefined ? undefined : readTrust(values.trust)
  try {
    const verdict = await verifyAuditExport(exported, { seen: values.event.map(eventOf), receipts })
    const { checkpoint, cloudId } = verdict
    print(`cloud       ${cloudId}\npatient     ${verdict.patientId}`)
    print(`events      ${verdict.events}, an unbroken chain`)
    if (receipts.length > 0) print(`receipts    ${receipts.length}, each of an event in the trail`)
    for (const line of await signedLines(verdict, policy)) print(line)
    if (checkpoint === undefined) {
      print("checkpoint  none: nothing shows that the end of the trail was not cut off")
      return 1
    }
    const signedAt = new Date(checkpoint.signedAt * 1000).toISOString()
    const open = verdict.events - checkpoint.covered
    print(`checkpoint  ${checkpoint.number}, signed ${signedAt}; the first is in its past`)
    print(`covered     events 1 to ${checkpoint.covered}${open === 0 ? "" : `; ${open} later ones are not yet`}`)
    if (values.cloud === undefined) {
      print("The cloud's id came with the file: hold it against the provider's own word, or pass that as --cloud.")
    } else if (values.cloud !== cloudId) {
      print("DOES NOT HOLD: it is another cloud's, signed with another provider's keys.")
      return 1
    }
    print("HOLDS")
    return 0
  } catch (error) {
    if (!(error instanceof IntegrityFailure)) throw error
    print(`DOES NOT HOLD (${error.code}): ${sentences[error.code]}`)
    return 1
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  // Why nothing could be checked; an export holds nothing secret.
  console.error(messageOf(error))
  process.exitCode = 2
}
