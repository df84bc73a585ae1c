import { openAccountWithConsents } from "../local/local-cloud.ts"
import { type Card, decodeCard } from "../protocol/card.ts"
import { utf8 } from "../protocol/crypto/bytes.ts"
import type { Descriptor } from "../protocol/record.ts"
import { lookUp } from "../sdk/hcp/card.ts"
import { type Credential, emergencyAccess, readSummaryRecords } from "../sdk/hcp/emergency-access.ts"
import { makeCard } from "../sdk/patient/cards.ts"
import { uploadRecord } from "../sdk/patient/records.ts"
import type { PatientSession } from "../sdk/patient/session.ts"
import type { Certification } from "../test/kit/certification.ts"
import { type Seen, watchRequests } from "./requests.ts"
import type { Stage } from "./stage.ts"
import { type Spread, spreadOf } from "./statistics.ts"

/** Milliseconds, of one emergency access with everything warm; but for `calls` and `steps`. */
export interface EmergencyResult {
  readonly storage: string
  readonly tables: string
  /** From the scan to the head of the answer that holds the record's sealed bytes, and until the record is decrypted. */
  readonly firstByte: Spread
  readonly read: Spread
  /** The three round trips of it. */
  readonly lookUp: Spread
  readonly access: Spread
  readonly object: Spread
  /** Calls of AWS from scan to first byte, by both functions; those of `emergency-access` one after the other. */
  readonly calls: Spread
  readonly steps: Spread
  /** Of the function `emergency-access`: all of it; waiting for AWS; waiting for the authority; what is left. */
  readonly functionTime: Spread
  readonly awsTime: Spread
  readonly authorityTime: Spread
  readonly ownTime: Spread
}

/** Below the rate at which a card is refused to further professionals. */
const accessesPerCard = 20

export interface PatientWithCard {
  readonly session: PatientSession
  readonly cardId: string
  readonly card: Card
  readonly summary: Descriptor
}

let patients = 0

/** A patient with a summary of some 50 kB and a card that opens it. */
export const newPatientWithCard = async ({ engine, cloud, hri, environment }: Stage): Promise<PatientWithCard> => {
  const login = { email: `bench-${process.pid}-card-${++patients}@example.org`, password: "Correct-Horse-7-Battery" }
  const outputs = { PatientPoolId: environment.PATIENT_POOL_ID ?? "" }
  const { session } = await openAccountWithConsents(engine, { name: "bench", address: cloud, outputs }, login)
  const content = utf8("An allergy. ".repeat(4000))
  const summary = await uploadRecord(session, {
    category: "summary",
    title: "Summary",
    contentType: "text/plain",
    content,
  })
  const { cardId, text } = await makeCard(session, { hri, categories: ["summary"] })
  const reading = decodeCard(text)
  if (reading.outcome !== "ok") throw new Error(reading.outcome)
  return { session, cardId, card: reading.card, summary }
}

const only = (seen: readonly Seen[], route: Seen["route"]): Seen => {
  const [found, ...others] = seen.filter((each) => each.route === route)
  if (found === undefined || others.length > 0) throw new Error(`${route} was not asked exactly once`)
  return found
}

const timed = async (card: Card, credential: Credential, requests: { take(): Seen[] }) => {
  requests.take()
  const from = performance.now()
  const access = await emergencyAccess(card, lookUp(card, { local: true }), credential)
  const [record] = await readSummaryRecords(access)
  if (record === undefined) throw new Error("there was no record")
  const to = performance.now()
  const seen = requests.take()
  const [look, granted, object] = [only(seen, "hri/look-up"), only(seen, "hcp/emergency-access"), only(seen, "object")]
  const { function: all = 0, aws = 0, authority = 0, calls = 0, steps = 0 } = granted.timing
  return {
    firstByte: object.to - from,
    read: to - from,
    lookUp: look.to - look.from,
    access: granted.to - granted.from,
    object: object.to - object.from,
    calls: calls + (look.timing["calls"] ?? 0),
    steps,
    functionTime: all,
    awsTime: aws,
    authorityTime: authority,
    ownTime: all - aws - authority,
  }
}

/** One professional after the other, each with a certificate of their own, by the SDK. */
export const measureEmergencies = async (
  stage: Stage,
  certification: Certification,
  count: number,
): Promise<EmergencyResult> => {
  const requests = watchRequests()
  const figures: Awaited<ReturnType<typeof timed>>[] = []
  let patient: PatientWithCard | undefined
  // The first one warms up.
  for (let i = 0; i <= count; i++) {
    if (patient === undefined || i % accessesPerCard === 0) patient = await newPatientWithCard(stage)
    const figure = await timed(patient.card, certification.professional(`Physician ${i}`), requests)
    if (i > 0) figures.push(figure)
  }
  requests.stop()
  const of = (name: keyof (typeof figures)[number]) => spreadOf(figures.map((figure) => figure[name]))
  return {
    storage: stage.storage.description,
    tables: stage.tables.description,
    firstByte: of("firstByte"),
    read: of("read"),
    lookUp: of("lookUp"),
    access: of("access"),
    object: of("object"),
    calls: of("calls"),
    steps: of("steps"),
    functionTime: of("functionTime"),
    awsTime: of("awsTime"),
    authorityTime: of("authorityTime"),
    ownTime: of("ownTime"),
  }
}
