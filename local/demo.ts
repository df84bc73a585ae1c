import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join, relative } from "node:path"
import { parseArgs } from "node:util"
import { cardPng } from "../bin/ehr/card-png.ts"
import { printSummary } from "../bin/ehr/print-summary.ts"
import { scanCard } from "../bin/ehr/scan-card.ts"
import { systemSentence } from "../bin/ehr/system-failure.ts"
import { messageOf } from "../bin/terminal-text.ts"
import { Problem, type ProblemCode } from "../contract/errors.ts"
import { readSummary } from "../fhir/summary.ts"
import { type Bytes, equal, utf8 } from "../protocol/crypto/bytes.ts"
import { cardSvg } from "../sdk/card-image.ts"
import { decodeCard, lookUp } from "../sdk/hcp/card.ts"
import { contribute } from "../sdk/hcp/contribute.ts"
import { credentialFromPem } from "../sdk/hcp/credential.ts"
import { emergencyAccess, readSummaryRecords } from "../sdk/hcp/emergency-access.ts"
import { listRecords, readRecord } from "../sdk/hcp/records.ts"
import { endAccess } from "../sdk/hcp/session.ts"
import { warmUp } from "../sdk/hcp/warm-up.ts"
import { beginRecord } from "../sdk/patient/account.ts"
import { readAuditTrail } from "../sdk/patient/audit-trail.ts"
import { makeCard, revokeCard } from "../sdk/patient/cards.ts"
import { getConsent, signConsent } from "../sdk/patient/consents.ts"
import { approveContribution, listContributions, readContribution } from "../sdk/patient/contributions.ts"
import { haltGrant, listGrants } from "../sdk/patient/grants.ts"
import { uploadRecord } from "../sdk/patient/records.ts"
import { exitOnSignals } from "./at-exit.ts"
import type { Authority, Credential as Issued } from "./authority.ts"
import { localDirectory, repositoryDirectory } from "./directories.ts"
import { openAccount, startLocalCloud } from "./local-cloud.ts"
import { practiceDemo } from "./practice-demo.ts"
import { runStep, type TimedStep } from "./progress.ts"
import { emergencyNote } from "./samples/contribution.ts"
import { dicomStudy } from "./samples/dicom.ts"
import { patientOf } from "./samples/document.ts"
import { eleniPapadaki } from "./samples/eleni-papadaki.ts"

const json = (value: unknown): Bytes => utf8(JSON.stringify(value))

const credentialOf = ({ chainPem, privateKeyPem }: Issued) => credentialFromPem(chainPem, privateKeyPem, "ES256")

const physician = (authority: Authority, commonName: string) =>
  authority.issue({ commonName, profession: "physician", registrationNumber: "DEMO-1" })

/** That something is refused, and for the right reason; anything else ends the demo. */
const refusedAs = async (code: ProblemCode, attempt: () => Promise<unknown>): Promise<void> => {
  const outcome = await attempt().then(
    () => "permitted",
    (error: unknown) => (error instanceof Problem ? error.code : error),
  )
  if (outcome !== code) throw new Error(`expected to be refused as ${code}`, { cause: outcome })
}

const ensure = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(`the demo found that ${what}`)
}

/**
 * The whole scenario on a fresh local cloud, as a patient and professionals live it. `record`: a FHIR bundle to use as the patient's
 * summary.
 */
const demo = async (record: Bytes): Promise<{ steps: TimedStep[]; scanToFirstByteMs: number; engine: string }> => {
  const steps: TimedStep[] = []
  const step = <T>(name: string, work: (detail: (text: string) => void) => Promise<T>) => runStep(name, steps, work)
  const directory = join(localDirectory, "demo")
  mkdirSync(directory, { recursive: true })

  const local = await step("start a local cloud and deploy both stacks", (log) => startLocalCloud({ log }))
  try {
    const { authority, clouds, hri } = local
    const image: Bytes = new Uint8Array(dicomStudy({ patient: patientOf(eleniPapadaki) }))

    const login = { email: "patient@example.org", password: "Correct-Horse-7-Battery" }
    const { session } = await step("patient: register, confirm the e-mail address, sign in", () =>
      openAccount(local.engine, clouds[0], login),
    )
    await step("patient: make the keys of the record", () => beginRecord(session))
    await step("patient: sign the consent to store", async () =>
      signConsent(session, await getConsent(session, "store")),
    )
    await step("patient: sign the consent to share in an emergency", async () =>
      signConsent(session, await getConsent(session, "emergency-share")),
    )
    await step(`patient: encrypt and upload the summary (${record.length.toLocaleString("en")} bytes)`, () =>
      uploadRecord(session, {
        category: "summary",
        title: "Patient summary",
        contentType: "application/fhir+json",
        content: record,
      }),
    )
    await step(`patient: encrypt and upload an image study (${image.length.toLocaleString("en")} bytes)`, () =>
      uploadRecord(session, {
        category: "imaging",
        title: "CT chest",
        contentType: "application/dicom",
        content: image,
      }),
    )
    const { cardId, text } = await step("patient: make the emergency card", () =>
      makeCard(session, { hri, categories: ["summary", "imaging", "document"] }),
    )
    const scanned = await step("print the card as SVG and PNG, scan the PNG", async () => {
      writeFileSync(
        join(directory, "card.svg"),
        cardSvg(text, {
          heading: "EMERGENCY HEALTH CARD",
          lines: ["Opens my health record", "to a certified professional."],
        }),
      )
      const png = cardPng(text)
      writeFileSync(join(directory, "card.png"), png)
      return scanCard(png)
    })
    ensure(scanned === text, "the scanned card is not the printed one")

    const doctor = await credentialOf(await physician(authority, "Dr. Ines Notfall"))
    // As the app does while its camera looks for the card.
    await warmUp()
    const scan = performance.now()
    const reading = decodeCard(scanned)
    if (reading.outcome !== "ok") throw new Error(reading.outcome)
    const { card } = reading
    const entry = await step("professional: ask the Health Record Index", () => lookUp(card, { local: true }))
    const access = await step("professional: emergency access", () => emergencyAccess(card, entry, doctor))
    const [summary] = await step("professional: download and decrypt the summary", () => readSummaryRecords(access))
    const scanToFirstByteMs = Math.round(performance.now() - scan)
    ensure(summary !== undefined && equal(summary.bytes, record), "the summary is not the one uploaded")
    console.log()
    printSummary(readSummary(record))
    console.log()

    const read = await step("professional: list and read the image study", async () => {
      const [listed] = await listRecords(access, "imaging")
      return listed && readRecord(access, listed)
    })
    ensure(read !== undefined && equal(read.bytes, image), "the image study is not the one uploaded")
    const note = json(emergencyNote(patientOf(eleniPapadaki)))
    await step("professional: add a note, signed and encrypted to the patient", () =>
      contribute(access, {
        category: "document",
        title: "Emergency department note",
        contentType: "application/fhir+json",
        content: note,
      }),
    )

    await step("next professional: sees the note, marked as not reviewed, and ends the access", async () => {
      const next = await emergencyAccess(
        card,
        await lookUp(card, { local: true }),
        await credentialOf(await physician(authority, "Dr. Nächster Dienst")),
      )
      const listed = await listRecords(next, "document")
      ensure(listed.length === 1 && listed[0]?.unreviewed !== undefined, "the note is not marked as unreviewed")
      await endAccess(next)
      await refusedAs("grant-ended", () => listRecords(next, "document"))
    })

    const [contribution] = await step("patient: see who had access, read what was added", async () => {
      ensure((await listGrants(session)).length === 2, "not every access is shown to the patient")
      const contributions = await listContributions(session)
      for (const each of contributions)
        ensure(equal(await readContribution(session, each), note), "the note is not the one added")
      return contributions
    })
    if (contribution === undefined) throw new Error("the demo found no contribution")
    await step("patient: approve the addition with a signature", () => approveContribution(session, contribution))
    await step("patient: halt a running access; it is refused from then on", async () => {
      await haltGrant(session, access)
      await refusedAs("grant-halted", () => listRecords(access, "imaging"))
    })
    await step("next emergency access: the addition is part of the record", async () => {
      const later = await emergencyAccess(card, await lookUp(card, { local: true }), doctor)
      const [listed] = await listRecords(later, "document")
      ensure(listed !== undefined && listed.unreviewed === undefined, "the approved note is not part of the record")
      if (listed !== undefined)
        ensure(equal((await readRecord(later, listed)).bytes, note), "the approved note is another one")
      await endAccess(later)
    })

    await step("professional with a revoked certificate: refused", async () => {
      const revoked = await physician(authority, "Dr. Widerrufen")
      await authority.revoke(revoked)
      await refusedAs("certificate-revoked", async () =>
        emergencyAccess(card, await lookUp(card, { local: true }), await credentialOf(revoked)),
      )
    })
    await step("somebody certified by nobody we trust: refused", async () => {
      const uncertified = await credentialOf(await physician(await local.makeStranger(), "Dr. Niemand"))
      await refusedAs("certificate-untrusted", async () =>
        emergencyAccess(card, await lookUp(card, { local: true }), uncertified),
      )
    })
    await step("patient: revoke the card; it opens nothing from then on", async () => {
      await revokeCard(session, cardId)
      await refusedAs("card-refused", () => emergencyAccess(card, entry, doctor))
      await refusedAs("hri-entry-unknown", () => lookUp(card, { local: true }))
    })
    const events = await step("patient: read the audit trail and verify its chain", () => readAuditTrail(session))
    console.log(`\n      ${events.length} events, an unbroken chain:`)
    for (const { seq, action, outcome, actor } of events)
      console.log(
        `      ${String(seq).padStart(3)}  ${action.padEnd(22)} ${(actor.kind === "hcp" ? `${actor.profession ?? "professional"} ${actor.certificate.slice(0, 8)}` : actor.kind).padEnd(22)} ${outcome}`,
      )
    const denied = events.filter(({ outcome }) => outcome !== "permitted").length
    ensure(denied === 5, `${denied} refusals are in the trail instead of 5`)

    return { steps, scanToFirstByteMs, engine: `${local.engine.name} ${local.engine.version}` }
  } finally {
    await local.stop()
  }
}

const packageVersion = (): string => {
  const { version }: { version: string } = JSON.parse(readFileSync(join(repositoryDirectory, "package.json"), "utf8"))
  return version
}

const usage = "Usage: npm run demo -- [--record FILE | practice]"

/** What is to be played: the bundle that `--record` names, or the practice; a sentence and exit code 2 where the command line can't be used. */
const asked = (): Bytes | "practice" => {
  try {
    const options = { record: { type: "string" } } as const
    const { values, positionals } = parseArgs({ options, allowPositionals: true })
    const [story, ...others] = positionals
    if (story === "practice" && others.length === 0 && values.record === undefined) return story
    if (story !== undefined) throw new TypeError("There is no such demo.")
    return values.record === undefined ? json(eleniPapadaki) : new Uint8Array(readFileSync(values.record))
  } catch (error) {
    console.error(`${systemSentence(error) ?? messageOf(error)}\n${usage}`)
    return process.exit(2)
  }
}

/** How many steps there were, and how long they took. */
const summed = (steps: readonly TimedStep[]): string =>
  `OK (${steps.length} steps, ${((performance.now() - started) / 1000).toFixed(1)} s)`

const playEmergency = async (record: Bytes): Promise<void> => {
  const report = await demo(record)
  const file = join(localDirectory, "demo", "report.json")
  writeFileSync(
    file,
    JSON.stringify({ ...report, versions: { "ehr-cloud": packageVersion(), node: process.version } }, null, 2),
  )
  console.log(
    `\nFrom the scan to the decrypted summary: ${report.scanToFirstByteMs} ms. Card and report: ${relative(process.cwd(), join(localDirectory, "demo"))}`,
  )
  console.log(`Emergency scenario: ${summed(report.steps)}`)
}

const playPractice = async (): Promise<void> => {
  const { steps, events } = await practiceDemo()
  console.log(`\n${events} events of the practice's trail are verified.`)
  console.log(`Practice: ${summed(steps)}`)
}

exitOnSignals()
const story = asked()
const started = performance.now()
try {
  await (story === "practice" ? playPractice() : playEmergency(story))
} catch (error) {
  console.error(error)
  console.error(`${story === "practice" ? "Practice" : "Emergency scenario"}: FAILED`)
  process.exitCode = 1
}
