import * as z from "zod/mini"
import type { AuditEvent } from "../../contract/audit.ts"
import { Problem } from "../../contract/errors.ts"
import type { ResponseOf } from "../../contract/routes.ts"
import { type StatementClaims, statements } from "../../protocol/claims.ts"
import { type Bytes, equal, fromBase64url, toBase64url } from "../../protocol/crypto/bytes.ts"
import { openSealed } from "../../protocol/crypto/envelope.ts"
import { unwrapKey, wrapKey } from "../../protocol/crypto/primitives.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import { keyOfEpoch } from "../../protocol/key-ring.ts"
import type { Profession } from "../../protocol/primitives.ts"
import { type Professional, readProfessional } from "../../protocol/professional.ts"
import type { Descriptor, RecordMetadata } from "../../protocol/record.ts"
import { readStatement, statementHash, verifyStatement } from "../../protocol/statement.ts"
import { openDescribed, openMetadata } from "../sealed-record.ts"
import { type Held, openedStream, openedWhole, type StreamOptions } from "../transfer/download.ts"
import type { Transfer } from "../transfer/progress.ts"
import { readAuditTrail } from "./audit-trail.ts"
import { newestKey } from "./category-keys.ts"
import { renewKeys } from "./grants.ts"
import { type Contents, readContents, withDescriptor } from "./manifest.ts"
import { publishManifest } from "./publish-manifest.ts"
import { callAsPatient, type PatientSession, signAsPatient, wholeList } from "./session.ts"

/** What a professional added, as the patient reviews it: verified to be theirs, and opened. */
export interface Contribution {
  readonly contributionId: string
  readonly grantId: string
  readonly status: "pending" | "approved" | "rejected"
  readonly contributedAt: string
  /** As the cloud certified it: its word, but the same in the audit trail. */
  readonly profession: Profession
  readonly professional: Professional
  readonly descriptor: Descriptor
  /** Absent where it was sealed so that the patient can't open it, or by somebody without a key of the record; it can only be rejected. */
  readonly metadata?: RecordMetadata
  readonly statement: string
  /** Where the sealed bytes of a pending one are, for two minutes. */
  readonly url?: string
}

type Listed = ResponseOf<"patient/list-contributions">["contributions"][number]

const claimsOf = (
  { cloud, patientId }: PatientSession,
  { statement, contributionId, grantId }: Listed | Contribution,
): Promise<StatementClaims<"contribution">> =>
  orFail("contribution-invalid", () => {
    const claims = z.parse(statements.contribution, readStatement(statement).payload)
    const ofUs = claims.aud === cloud.cloudId && claims.patientId === patientId
    if (!ofUs || claims.grantId !== grantId || claims.descriptor.recordId !== contributionId)
      throw new Error("of something else")
    return claims
  })

/**
 * The data key, sealed to the patient and, the same, wrapped under a key of the record. Anybody can seal to the patient; the second shows
 * that it comes from somebody whom a card gave keys.
 */
const dataKeyOf = async (
  session: PatientSession,
  contents: Contents,
  { sealedKey, descriptor }: StatementClaims<"contribution">,
): Promise<Bytes> =>
  orFail("record-unreadable", async () => {
    const { category, epoch, wrappedKey } = descriptor
    const dataKey = await openSealed(session.keys.agreement.privateKey, sealedKey)
    const newest = await newestKey(session, contents, category)
    const categoryKey = await keyOfEpoch(contents.keyRing[category], newest.key, epoch)
    if (!equal(await unwrapKey(categoryKey, fromBase64url(wrappedKey)), dataKey)) throw new Error("another key")
    return dataKey
  })

/** That the patient decided so, by their own signature; and of what waits, that there is no decision. */
const verifyDecision = (session: PatientSession, { status, decision, ...listed }: Listed): Promise<void> =>
  orFail("decision-invalid", async () => {
    if (status === "pending" && decision === undefined) return
    const { payload } = await verifyStatement(decision ?? "", {
      typ: "decision",
      key: session.publicKeys.signing,
      algorithms: ["ES256"],
    })
    const claims = z.parse(statements.decision, payload)
    const ofUs = claims.aud === session.cloud.cloudId && claims.patientId === session.patientId
    const ofThis =
      claims.contributionId === listed.contributionId &&
      claims.statementHash === (await statementHash(listed.statement))
    if (!ofUs || !ofThis || claims.decision !== status) throw new Error("another decision")
  })

/** What the cloud says of it beyond what was signed is what the trail says, which the cloud can't change any more. */
const verifyEvent = (events: readonly AuditEvent[], listed: Listed, professional: Professional): Promise<void> =>
  orFail("access-differs", async () => {
    const { contributionId, grantId, contributedAt, profession, statement } = listed
    const event = events.find(
      ({ action, outcome, subject }) =>
        action === "contribute" && outcome === "permitted" && subject.contributionId === contributionId,
    )
    if (event?.actor.kind !== "hcp") throw new Error("not in the trail")
    const { actor, subject, at } = event
    const same = subject.grantId === grantId && subject.statementHash === (await statementHash(statement))
    const samePerson = actor.certificate === professional.thumbprint && actor.profession === profession
    if (!same || !samePerson || at !== contributedAt) throw new Error("another contribution")
  })

const openContribution = async (session: PatientSession, contents: Contents, listed: Listed): Promise<Contribution> => {
  const professional = await readProfessional("contribution", listed.statement)
  const claims = await claimsOf(session, listed)
  await verifyDecision(session, listed)
  const { descriptor } = claims
  const signed = { ...listed, professional, descriptor }
  try {
    return { ...signed, metadata: await openMetadata(descriptor, await dataKeyOf(session, contents, claims)) }
  } catch {
    // One that can't be opened must not keep the others from being reviewed.
    return signed
  }
}

const listedContributions = (session: PatientSession): Promise<Listed[]> =>
  wholeList(async (after) => {
    const { contributions, next } = await callAsPatient(session, "patient/list-contributions", { after })
    return { items: contributions, next }
  })

/** Everything professionals have added, decided or not, each verified against the audit trail. */
export const listContributions = async (session: PatientSession): Promise<Contribution[]> => {
  const listed = await listedContributions(session)
  if (new Set(listed.map(({ contributionId }) => contributionId)).size !== listed.length)
    throw new IntegrityFailure("access-differs")
  if (listed.length === 0) return []
  const contents = await readContents(session)
  const events = await readAuditTrail(session)
  return Promise.all(
    listed.map(async (each) => {
      const opened = await openContribution(session, contents, each)
      await verifyEvent(events, each, opened.professional)
      return opened
    }),
  )
}

const hold = async (session: PatientSession, contribution: Contribution): Promise<Held> => {
  const { patientId } = session
  const { contributionId, descriptor } = contribution
  if (contribution.url === undefined) throw new IntegrityFailure("contribution-invalid")
  const dataKey = await dataKeyOf(session, await readContents(session), await claimsOf(session, contribution))
  await openDescribed(descriptor, dataKey)
  let listed: string | undefined = contribution.url
  const address = async () => {
    const first = listed
    listed = undefined
    return first ?? (await addressOf(session, contributionId))
  }
  return { signer: session.cloud.api, patientId, descriptor, dataKey, address }
}

/** Where the sealed bytes of a pending addition are now: a signed address ends after two minutes. */
const addressOf = async (session: PatientSession, contributionId: string): Promise<string> => {
  const { url } = (await listedContributions(session)).find((each) => each.contributionId === contributionId) ?? {}
  if (url === undefined) throw new IntegrityFailure("contribution-invalid")
  return url
}

/** The document of a pending contribution, verified and decrypted, in memory: at most 2 GiB. */
export const readContribution = async (
  session: PatientSession,
  contribution: Contribution,
  transfer: Transfer = {},
): Promise<Bytes> => openedWhole(await hold(session, contribution), transfer)

/** The same as a stream, as `streamRecord` gives one. */
export const streamContribution = async (
  session: PatientSession,
  contribution: Contribution,
  options: StreamOptions = {},
): Promise<ReadableStream<Bytes>> => openedStream(await hold(session, contribution), options)

/** How often the cloud is asked to go on copying what is approved: a large one takes it more than one call. */
const approvalAttempts = 60
/** For how long one signature of a decision is good for asking again, milliseconds. */
const signatureLasts = 100_000

/**
 * Approves: signs the decision, wraps the data key under the newest category key, and lists the record in the manifest. The cloud copies
 * what is large in several calls, and says so until the last.
 */
export const approveContribution = async (session: PatientSession, contribution: Contribution): Promise<Descriptor> => {
  const { contributionId } = contribution
  await renewKeys(session)
  const claims = await claimsOf(session, contribution)
  const contents = await readContents(session)
  const { epoch, key } = await newestKey(session, contents, claims.descriptor.category)
  const wrappedKey = toBase64url(await wrapKey(key, await dataKeyOf(session, contents, claims)))
  const descriptor: Descriptor = { ...claims.descriptor, epoch, wrappedKey }
  const decide = async () =>
    signAsPatient(session, "decision", {
      contributionId,
      statementHash: await statementHash(contribution.statement),
      decision: "approved",
      descriptor,
    })
  let statement = await decide()
  let signedAt = Date.now()
  for (let attempt = 1; ; attempt++) {
    try {
      await callAsPatient(session, "patient/approve-contribution", { contributionId, statement })
      break
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== "contribution-copying" || attempt === approvalAttempts)
        throw error
    }
    if (Date.now() - signedAt > signatureLasts) {
      statement = await decide()
      signedAt = Date.now()
    }
  }
  await publishManifest(session, async (newest) => ({
    pages: [await withDescriptor(session, newest, descriptor, { isNew: true })],
  }))
  return descriptor
}

/** Rejects: signs the decision; the cloud destroys what was uploaded. */
export const rejectContribution = async (session: PatientSession, contribution: Contribution): Promise<void> => {
  const { contributionId } = contribution
  const statement = await signAsPatient(session, "decision", {
    contributionId,
    statementHash: await statementHash(contribution.statement),
    decision: "rejected",
  })
  await callAsPatient(session, "patient/reject-contribution", { contributionId, statement })
}
