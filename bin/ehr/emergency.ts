import { createInterface } from "node:readline/promises"
import type { SummaryPatient } from "../../fhir/patient.ts"
import { notStated, readSummary, type Summary } from "../../fhir/summary.ts"
import type { Certified } from "../../sdk/certified.ts"
import { lookUp } from "../../sdk/hcp/card.ts"
import { type Access, emergencyAccess, readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { type Listed, listAllRecords, streamRecord } from "../../sdk/hcp/records.ts"
import { endAccess } from "../../sdk/hcp/session.ts"
import { plainText } from "../../text/plain-text.ts"
import { terminalText } from "../terminal-text.ts"
import { readCard } from "./card-file.ts"
import { keepCheckpoint, keptCheckpoint } from "./checkpoints.ts"
import { type Command, type Given, type Outcome, textOf } from "./command.ts"
import { readCredential } from "./credential.ts"
import { UsageError } from "./exit.ts"
import { type Output, outputAt, outputOf, writeOutput, writeStream } from "./output.ts"
import { summaryText } from "./print-summary.ts"
import { progressBar } from "./progress-bar.ts"
import { certifiedHere, trustOf, whoIs as whoAdded } from "./trust.ts"

const whoIs = (patient: SummaryPatient | undefined): string =>
  patient === undefined
    ? "The record does not say whose it is."
    : [patient.name ?? "name unknown", patient.birthDate ?? "birth date unknown", patient.sex ?? "sex unknown"].join(
        ", ",
      )

/** The wrong-patient guard: nothing of the record is shown before somebody has said that it is this patient. */
const confirmPatient = async (summary: Summary, given: Given): Promise<void> => {
  if (given.values["yes"] === true) return
  const { stdin, stderr } = process
  const terminal = createInterface({ input: stdin, output: stderr })
  try {
    const answer = await terminal.question(
      `${terminalText(whoIs(summary.patient))}\nIs this the patient before you? [y/N] `,
    )
    if (!/^y(es)?$/i.test(answer.trim())) throw new UsageError("Not confirmed: nothing of the record is shown.")
  } finally {
    terminal.close()
  }
}

const listedLine = ({ descriptor, metadata, unreviewed }: Listed, addedBy: Certified | undefined): string =>
  [
    descriptor.recordId,
    descriptor.category.padEnd(10),
    metadata === undefined ? "can't be opened in this access" : plainText(metadata.title),
    ...(unreviewed === undefined || addedBy === undefined
      ? []
      : [`(not reviewed by the patient; added by: ${whoAdded(addedBy)})`]),
  ].join("  ")

/** One of the listed records, into a file. */
const saveRecord = async (
  access: Access,
  listed: readonly Listed[],
  { recordId, output }: { recordId: string; output: Output },
  signal: AbortSignal,
): Promise<Outcome> => {
  const found = listed.find(({ descriptor }) => descriptor.recordId === recordId)
  if (found === undefined) throw new UsageError(`This access opens no record ${recordId}.`)
  const bar = progressBar()
  try {
    const { stream, title, contentType } = await streamRecord(access, found, { onProgress: bar.onProgress, signal })
    await writeStream(output, stream)
    const reviewed = found.unreviewed === undefined
    return {
      value: { recordId, title, contentType, reviewed, file: output.file },
      lines: [
        `${plainText(title)} (${plainText(contentType)}) is in ${output.file}.${reviewed ? "" : " The patient has not reviewed it."}`,
      ],
      aside: output.isStandardOutput,
    }
  } finally {
    bar.end()
  }
}

interface Wanted {
  readonly policy: ReturnType<typeof trustOf>
  readonly receiptsOutput: Output | undefined
  readonly saved: { readonly recordId: string; readonly output: Output } | undefined
}

/** What is shown of a record, once somebody has said that it is this patient's; or one of its documents, in a file. */
const showRecord = async (
  access: Access,
  given: Given,
  { policy, receiptsOutput, saved }: Wanted,
  signal: AbortSignal,
): Promise<Outcome> => {
  const summaries = (await readSummaryRecords(access)).map(({ bytes, author }) => {
    const summary = readSummary(bytes)
    return author === undefined ? summary : notStated(summary)
  })
  const [first] = summaries
  if (first === undefined && given.values["yes"] !== true)
    throw new UsageError("This card opens no summary that says whose it is: pass --yes once you know.")
  if (first !== undefined) await confirmPatient(first, given)

  const listed = await listAllRecords(access)
  if (receiptsOutput !== undefined) await writeOutput(receiptsOutput, JSON.stringify(access.receipts))
  if (saved !== undefined) return saveRecord(access, listed, saved, signal)
  const { grantId, expiresAt, categories, receipts } = access
  const addedBy = await Promise.all(
    listed.map(async ({ unreviewed }) => (unreviewed === undefined ? undefined : certifiedHere(policy, unreviewed))),
  )
  const records = listed.map(({ descriptor, metadata, unreviewed }, i) => ({
    recordId: descriptor.recordId,
    category: descriptor.category,
    title: metadata?.title,
    reviewed: unreviewed === undefined,
    addedBy: addedBy[i],
  }))
  return {
    value: { grantId, expiresAt, categories, receipts, summaries, records },
    lines: [
      ...summaries.map((summary) => summaryText(summary)),
      "",
      ...listed.map((each, i) => listedLine(each, addedBy[i])),
      "",
      ...receipts.map(
        ({ event }) => `The patient is told of this access as yours, by the provider's receipt: event ${event.seq}.`,
      ),
    ],
  }
}

/** A professional reads a record through its card. */
export const emergencyCommand: Command = {
  usage: [
    "--card FILE --certificate FILE.p12 | FILE.pem --key FILE.pem [--local] [--yes] [--record ID [--output FILE]] [--receipts FILE] [--trust FILE] [--force]",
    "Opens a record by its card, shows the summary, what else there is, or one record, and ends the access. --local takes a card of a cloud on this machine; --receipts keeps what the provider signed for you, for npm run audit:verify; --trust: the trust policy by which this machine judges who added what the patient hasn't reviewed (or EHR_TRUST_POLICY).",
  ],
  options: {
    card: { type: "string" },
    certificate: { type: "string" },
    key: { type: "string" },
    record: { type: "string" },
    output: { type: "string" },
    receipts: { type: "string" },
    trust: { type: "string" },
    force: { type: "boolean" },
    yes: { type: "boolean" },
    local: { type: "boolean" },
  },
  positionals: [0, 0],
  run: async (given, { directory, signal }) => {
    const [cardFile, certificate, key] = ["card", "certificate", "key"].map((option) => textOf(given, option))
    if (cardFile === undefined || certificate === undefined)
      throw new UsageError("emergency needs --card and --certificate.")
    const policy = trustOf(given)
    if (given.values["yes"] !== true && !process.stdin.isTTY)
      throw new UsageError("There is no terminal to ask at who the patient is: pass --yes once you know.")
    const recordId = textOf(given, "record")
    const force = given.values["force"] === true
    const saved =
      recordId === undefined
        ? undefined
        : { recordId, output: outputAt(textOf(given, "output") ?? recordId, { force }) }
    const receiptsOutput = outputOf(given, "receipts")
    const { card } = await readCard(cardFile)
    const credential = await readCredential(certificate, key)
    const looked = lookUp(card, { local: given.values["local"] === true })
    const access = await emergencyAccess(card, looked, credential, {
      checkpointOf: async (cloudId) => keptCheckpoint(directory, cloudId),
    })
    try {
      return await showRecord(access, given, { policy, receiptsOutput, saved }, signal)
    } finally {
      // The patient sees that it is over; where the cloud can't be reached, it ends by itself within the hour.
      await endAccess(access).catch(() => undefined)
      const { checkpoint, entry } = access
      if (checkpoint !== undefined) keepCheckpoint(directory, entry.cloudId, checkpoint)
    }
  },
}
