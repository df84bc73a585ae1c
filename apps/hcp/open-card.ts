import { decodeCard, lookUp } from "../../sdk/hcp/card.ts"
import { type Access, emergencyAccess, readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { patientPhoto } from "../../sdk/hcp/patient-photo.ts"
import type { SummaryPatient } from "../../sdk/summary.ts"
import type { HeldCertificate } from "./certificate-store.ts"
import { opened } from "./opened.ts"
import type { Encounter, OpenedRecord } from "./state.ts"

/** What runs between the scan and the patient's name. */
export type OpeningStep = "index" | "access" | "summary"

export type CardText = ReturnType<typeof decodeCard>
export { decodeCard }

/** Asks for the one access. What follows from it may be tried again without another. */
export const requestAccess = async (
  card: Extract<CardText, { outcome: "ok" }>["card"],
  { credential }: HeldCertificate,
  onStep: (step: OpeningStep) => void,
): Promise<Access> => {
  onStep("index")
  const entry = await lookUp(card)
  onStep("access")
  return emergencyAccess(card, entry, credential)
}

const samePerson = (one: SummaryPatient, other: SummaryPatient): boolean =>
  one.birthDate === other.birthDate && one.name?.toLowerCase() === other.name?.toLowerCase()

/** A long document is read in one task, and nothing else in the same. */
const nextTask = () => new Promise((done) => setTimeout(done))

/** What is wrong with the summary itself must not keep the rest of the record, or the access, from being used; no network may. */
const summariesOf = async (
  access: Access,
  signal: AbortSignal,
): Promise<{ records: OpenedRecord[]; trouble?: unknown }> => {
  try {
    const records: OpenedRecord[] = []
    for (const record of await readSummaryRecords(access, { signal })) {
      await nextTask()
      records.push(opened(record))
    }
    return { records }
  } catch (trouble) {
    signal.throwIfAborted()
    const lasting = trouble instanceof Error && trouble.name === "IntegrityFailure"
    if (!lasting) throw trouble
    return { records: [], trouble }
  }
}

export const openEncounter = async (access: Access, left: AbortController): Promise<Encounter> => {
  const { records: summaries, trouble } = await summariesOf(access, left.signal)
  const patients = summaries.flatMap(({ summary }) => summary?.patient ?? [])
  const [patient] = patients
  await nextTask()
  const photo = summaries
    .map(({ bytes, summary }) => (summary === undefined ? undefined : patientPhoto(bytes)))
    .find((found) => found !== undefined)
  return {
    access,
    summaries,
    severalIdentities: patient !== undefined && patients.some((other) => !samePerson(patient, other)),
    left,
    ...(trouble === undefined ? {} : { summaryTrouble: trouble }),
    ...(patient === undefined ? {} : { patient }),
    ...(photo === undefined ? {} : { photo }),
  }
}
