import * as z from "zod/mini"
import type { Profession } from "../../contract/primitives.ts"
import type { Descriptor, RecordMetadata } from "../../contract/record.ts"
import type { ResponseOf } from "../../contract/routes.ts"
import { type StatementClaims, statements } from "../../contract/statements.ts"
import { getObject } from "../api.ts"
import { type Bytes, toBase64url } from "../crypto/bytes.ts"
import { openSealed } from "../crypto/envelope.ts"
import { wrapKey } from "../crypto/primitives.ts"
import { readStatement, statementHash } from "../crypto/statement.ts"
import { IntegrityFailure, orFail } from "../integrity.ts"
import { type Professional, readProfessional } from "../professional.ts"
import { openMetadata, openRecord } from "../sealed-record.ts"
import { newestKey } from "./category-keys.ts"
import { renewKeys } from "./grants.ts"
import { readContents, withDescriptor } from "./manifest.ts"
import { publishManifest } from "./publish-manifest.ts"
import { callAsPatient, type PatientSession, signAsPatient, wholeList } from "./session.ts"

/** What a professional added, as the patient reviews it: verified to be theirs, and opened. */
export interface Contribution {
  readonly contributionId: string
  readonly grantId: string
  readonly status: "pending" | "accepted" | "rejected"
  readonly contributedAt: string
  readonly profession: Profession
  readonly professional: Professional
  readonly descriptor: Descriptor
  /** Absent where it was sealed so that the patient can't open it; all that can be done is reject it. */
  readonly metadata?: RecordMetadata
  readonly statement: string
  /** Where the sealed bytes of a pending one are, for two minutes. */
  readonly url?: string
}

type Listed = ResponseOf<"patient/list-contributions">["contributions"][number]

const claimsOf = (
  { statement, contributionId }: Listed | Contribution,
  patientId: string,
): Promise<StatementClaims<"contribution">> =>
  orFail("contribution-invalid", () => {
    const claims = z.parse(statements.contribution, readStatement(statement).payload)
    if (claims.patientId !== patientId || claims.descriptor.recordId !== contributionId)
      throw new Error("of something else")
    return claims
  })

const dataKeyOf = async ({ keys }: PatientSession, { sealedKey }: StatementClaims<"contribution">): Promise<Bytes> =>
  orFail("record-unreadable", () => openSealed(keys.agreement.privateKey, sealedKey))

const openContribution = async (session: PatientSession, listed: Listed): Promise<Contribution> => {
  const professional = await readProfessional("contribution", listed.statement)
  const claims = await claimsOf(listed, session.patientId)
  const { descriptor } = claims
  const signed = { ...listed, professional, descriptor }
  try {
    return { ...signed, metadata: await openMetadata(descriptor, await dataKeyOf(session, claims)) }
  } catch {
    // One that can't be opened must not keep the others from being reviewed.
    return signed
  }
}

/** Everything professionals have added, decided or not. */
export const listContributions = (session: PatientSession): Promise<Contribution[]> =>
  wholeList(async (after) => {
    const { contributions, next } = await callAsPatient(session, "patient/list-contributions", { after })
    return { items: await Promise.all(contributions.map((listed) => openContribution(session, listed))), next }
  })

/** The bytes of a pending contribution, verified and decrypted. */
export const readContribution = async (session: PatientSession, contribution: Contribution): Promise<Bytes> => {
  const { url, descriptor } = contribution
  if (url === undefined) throw new IntegrityFailure("contribution-invalid")
  const dataKey = await dataKeyOf(session, await claimsOf(contribution, session.patientId))
  return openRecord(session.patientId, descriptor, await getObject(url, descriptor.size), dataKey)
}

/** Accepts: signs the decision, wraps the data key under the newest category key, and lists the record in the manifest. */
export const approveContribution = async (session: PatientSession, contribution: Contribution): Promise<Descriptor> => {
  const { contributionId } = contribution
  await renewKeys(session)
  const claims = await claimsOf(contribution, session.patientId)
  const { epoch, key } = await newestKey(session, await readContents(session), claims.descriptor.category)
  const wrappedKey = toBase64url(await wrapKey(key, await dataKeyOf(session, claims)))
  const descriptor: Descriptor = { ...claims.descriptor, epoch, wrappedKey }
  const statement = await signAsPatient(session, "decision", {
    contributionId,
    statementHash: await statementHash(contribution.statement),
    decision: "accepted",
    descriptor,
  })
  await callAsPatient(session, "patient/approve-contribution", { contributionId, statement })
  await publishManifest(session, async (contents) => ({ pages: [await withDescriptor(session, contents, descriptor)] }))
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
