import type { SummaryPatient } from "../../fhir/patient.ts"
import { patientPhoto } from "../../fhir/patient-photo.ts"
import { isLocal } from "../../protocol/address.ts"
import { decodeCard, lookUp } from "../../sdk/hcp/card.ts"
import { type Access, describeSummary, emergencyAccess } from "../../sdk/hcp/emergency-access.ts"
import type { Listed } from "../../sdk/hcp/records.ts"
import { endAccess, endRequest } from "../../sdk/hcp/session.ts"
import { warmUp } from "../../sdk/hcp/warm-up.ts"
import { kindOf } from "../shared/kind.ts"
import { type HeldCertificate, keptCheckpoint } from "./certificate-store.ts"
import { dropAsideKey, keepAside, takeAside } from "./kept-access.ts"
import { opened } from "./opened.ts"
import type { Encounter, OpenedRecord, Ties } from "./state.ts"

/** What runs between the scan and the patient's name. */
export type OpeningStep = "index" | "access" | "summary"

export type CardText = ReturnType<typeof decodeCard>
export { decodeCard, endAccess, takeAside, warmUp }

/** Asks for the one access. What follows from it may be tried again without another. */
export const requestAccess = async (
  card: Extract<CardText, { outcome: "ok" }>["card"],
  { credential }: HeldCertificate,
  onStep: (step: OpeningStep) => void,
): Promise<Access> => {
  onStep("index")
  const looked = lookUp(card, { local: isLocal(location.origin) }).then((entry) => {
    onStep("access")
    return entry
  })
  return emergencyAccess(card, looked, credential, { checkpointOf: keptCheckpoint })
}

const samePerson = (one: SummaryPatient, other: SummaryPatient): boolean =>
  one.birthDate === other.birthDate && one.name?.toLowerCase() === other.name?.toLowerCase()

interface Summaries {
  readonly records: OpenedRecord[]
  /** What else lies there, such as a photograph of a letter: nobody waits for it. */
  readonly files: Listed[]
  readonly trouble?: unknown
}

const readSummaries = async (access: Access, signal: AbortSignal): Promise<Summaries> => {
  const described = await describeSummary(access)
  const isDocument = ({ metadata }: (typeof described)[number]) => kindOf(metadata.contentType) === "fhir"
  const files = described
    .filter((each) => !isDocument(each))
    .map(({ descriptor, metadata }) => ({ descriptor, metadata }))
  const read = await Promise.all(described.filter(isDocument).map((each) => each.read({ signal })))
  try {
    const records: OpenedRecord[] = []
    for (const record of read) records.push(await opened(record, signal))
    return { records, files }
  } catch (error) {
    for (const { bytes } of read) bytes.fill(0)
    throw error
  }
}

/** What is wrong with the summary itself must not keep the rest of the record, or the access, from being used; no network may. */
const summariesOf = async (access: Access, signal: AbortSignal): Promise<Summaries> => {
  try {
    return await readSummaries(access, signal)
  } catch (trouble) {
    signal.throwIfAborted()
    const lasting = trouble instanceof Error && trouble.name === "IntegrityFailure"
    if (!lasting) throw trouble
    return { records: [], files: [], trouble }
  }
}

/** Writes one after the other: the last state counts, and nothing is kept of what was dropped. */
const tiesOf = (access: Access, { signal }: AbortController): Ties => {
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = (act: () => Promise<void>): Promise<void> => {
    const done = turn.then(act)
    turn = done.catch(() => undefined)
    return done
  }
  const ending = { api: access.api, entry: access.entry, grantId: access.grantId, ticket: access.ticket }
  return {
    end: () => endAccess(ending),
    endRequest: endRequest(ending),
    keepAside: (confirmed) => inTurn(async () => (signal.aborted ? undefined : keepAside(access, confirmed))),
    dropAside: () => inTurn(() => dropAsideKey(access)),
  }
}

export const openEncounter = async (access: Access, left: AbortController): Promise<Encounter> => {
  const { records: summaries, files, trouble } = await summariesOf(access, left.signal)
  // Whom the patient's own device names comes before whom a professional named.
  const named = summaries.toSorted(
    (one, other) => Number(one.author !== undefined) - Number(other.author !== undefined),
  )
  const patients = named.flatMap(({ summary }) => summary?.patient ?? [])
  const [patient] = patients
  const photo = named
    .map(({ bytes, summary }) => (summary === undefined ? undefined : patientPhoto(bytes)))
    .find((found) => found !== undefined)
  return {
    access,
    summaries,
    files,
    severalIdentities: patient !== undefined && patients.some((other) => !samePerson(patient, other)),
    left,
    ties: tiesOf(access, left),
    ...(trouble === undefined ? {} : { summaryTrouble: trouble }),
    ...(patient === undefined ? {} : { patient }),
    ...(photo === undefined ? {} : { photo }),
  }
}
