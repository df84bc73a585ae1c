import type { RequestOf } from "../../contract/routes.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { statementHash } from "../../protocol/statement.ts"
import { newId } from "../fakes/call.ts"
import type { MemoryCloud } from "../fakes/cloud.ts"
import { type Professional } from "./professional.ts"
import { type PublishedChange, publicationOf } from "./publications.ts"
import { someSealed } from "./sealed.ts"
import { signedBy, signedByProfessional, type TestPatient } from "./statements.ts"

/** What a professional signs of a contribution; `claims` may override anything. */
export const contributionStatement = (
  cloud: Pick<MemoryCloud, "cloud" | "now">,
  professional: Professional,
  { fingerprint }: Pick<TestPatient, "fingerprint">,
  { patientId, grantId }: { patientId: string; grantId: string },
  descriptor: Descriptor,
  claims: object = {},
): Promise<string> =>
  signedByProfessional(professional, cloud, "contribution", {
    patientId,
    grantId,
    fingerprint,
    descriptor,
    account: 1,
    sealedKey: someSealed,
    ...claims,
  })

export interface Contributed {
  readonly contributionId: string
  readonly statement: string
  readonly descriptor: Descriptor
}
export type DecisionRequest = RequestOf<"patient/approve-contribution">

/** An approval with the manifest that lists the record; `claims` may override anything that is signed of it. */
export const approvalOf = async (
  cloud: MemoryCloud,
  patient: TestPatient,
  { contributionId, statement, descriptor }: Contributed,
  claims: { descriptor?: Descriptor } & object = {},
  change?: PublishedChange,
): Promise<DecisionRequest> => {
  const approved = claims.descriptor ?? { ...descriptor, objectId: newId(), epoch: 1 }
  const decision = await signedBy(patient, cloud, "decision", {
    contributionId,
    decision: "approved",
    statementHash: await statementHash(statement),
    descriptor: approved,
    ...claims,
  })
  const publication = await publicationOf(cloud, patient, change ?? { listed: [approved], decided: [contributionId] })
  return { contributionId, statement: decision, publication }
}

/** A rejection, likewise. */
export const rejectionOf = async (
  cloud: MemoryCloud,
  patient: TestPatient,
  { contributionId, statement }: Contributed,
  claims: object = {},
  change?: PublishedChange,
): Promise<DecisionRequest> => {
  const decision = await signedBy(patient, cloud, "decision", {
    contributionId,
    decision: "rejected",
    statementHash: await statementHash(statement),
    ...claims,
  })
  const publication = await publicationOf(cloud, patient, change ?? { decided: [contributionId] })
  return { contributionId, statement: decision, publication }
}
