import { TransactionCanceledException } from "@aws-sdk/client-dynamodb"
import { unmarshall } from "@aws-sdk/util-dynamodb"
import { objectPrefix } from "../../../contract/items.ts"
import type { RequestOf, RouteName } from "../../../contract/routes.ts"
import { auditTrail, cloudIdentity, objectStore, store } from "../../../functions/adapters/wiring.ts"
import { approveContribution as approve } from "../../../functions/domain/decisions.ts"
import { utf8 } from "../../../protocol/crypto/bytes.ts"
import { sealedSize } from "../../../protocol/crypto/streaming-aead.ts"
import { callAsHcp, grantOf } from "../../../sdk/hcp/session.ts"
import { approveContribution, listContributions, rejectContribution } from "../../../sdk/patient/contributions.ts"
import { cancelDeactivation, deactivateAccount } from "../../../sdk/patient/deactivation.ts"
import { listRecords } from "../../../sdk/patient/listed.ts"
import { deleteRecord } from "../../../sdk/patient/records.ts"
import { callAsPatient, type PatientSession } from "../../../sdk/patient/session.ts"
import { newId, newKey } from "../../fakes/call.ts"
import type { Deployment, People } from "../../faults/deployment.ts"
import { rows } from "../../faults/rows.ts"
import type { Way } from "../../faults/suite.ts"
import { routeTrial, type Trial, unattendedTrial } from "../../faults/trials.ts"
import { unattended } from "../../faults/unattended.ts"
import { over, requestIn } from "../../kit/network.ts"
import type { Meddling } from "./recorded.ts"

/** A way that the fault tests don't go, since it begins with something that has gone wrong already; and what goes wrong on it. */
export interface RareWay extends Way {
  readonly meddling: (deployment: Deployment) => Meddling
}

interface Otherwise {
  readonly meddling?: RareWay["meddling"]
  readonly change?: (deployment: Deployment, trial: Trial) => Trial | Promise<Trial>
}

const nothing = (): undefined => undefined
const size = sealedSize(9_000_000)
const place = { recordId: "A".repeat(22), objectId: `${"B".repeat(21)}A`, version: "1" }

const beginUpload = (session: PatientSession, of: Partial<typeof place> = {}) =>
  callAsPatient(session, "patient/begin-upload", { ...place, ...of, category: "imaging", size })

/** Something of the patient's, and something of a professional's for them, goes up in parts and isn't whole yet. */
const beginUploads = async ({ patient, access }: People) => {
  await beginUpload(patient)
  const { recordId: contributionId, objectId } = place
  const contribution = { ...grantOf(access), contributionId, objectId, category: "imaging" as const, size }
  await callAsHcp(access, "hcp/begin-contribution-upload", contribution)
}

const pendingOf = async (session: PatientSession) => {
  const pending = (await listContributions(session)).find(({ status }) => status === "pending")
  if (pending === undefined) throw new Error("there is nothing to decide")
  return pending
}

const ofRoute = (
  route: RouteName,
  why: string,
  act: (people: People) => Promise<unknown>,
  { meddling = () => nothing, change = (_, trial) => trial }: Otherwise = {},
): RareWay => ({
  name: `${route} ${why}`,
  trial: async (deployment) => change(deployment, await routeTrial(deployment, route, { act }, `${route} ${why}`)),
  meddling,
})

/** The first transaction is lost to another at its last condition. */
const lostOnce = (): Meddling => (call, nth) => {
  if (call.command !== "TransactWriteItemsCommand" || nth > 1) return undefined
  const { TransactItems } = call.input as { TransactItems: object[] }
  const reasons = TransactItems.map((_, i) => ({
    Code: i === TransactItems.length - 1 ? "ConditionalCheckFailed" : "None",
  }))
  return new TransactionCanceledException({ message: "", $metadata: {}, CancellationReasons: reasons })
}

const questionOf = ({ asked }: Trial) => {
  if (asked === undefined) throw new Error("nothing was asked")
  return asked
}

/** Bytes of a part, so that the smallest contribution is copied in parts. */
const partBytes = 64

/** As the function of the route approves, but that what it copies counts as large; `copies`: of how many parts there is time to begin. */
const inParts =
  (copies: number) =>
  ({ people }: Deployment, trial: Trial): Trial => {
    const { patientId } = people().patient
    let left = copies
    const send: Trial["send"] = async () => {
      const deps = {
        store: store(),
        objects: objectStore("records", "pending"),
        audit: auditTrail(),
        cloud: cloudIdentity(),
      }
      const request = requestIn("patient/approve-contribution", questionOf(trial))
      const call = { now: new Date(), id: newId, key: newKey }
      const copying = { mayContinue: () => left-- > 0, partBytes }
      try {
        const decision = request as RequestOf<"patient/approve-contribution">
        return { kind: "done", answer: await approve(deps, patientId, decision, call, copying) }
      } catch (error) {
        return { kind: "refused", code: String(error) }
      }
    }
    return { ...trial, send }
  }

const approving = async ({ patient }: People) => approveContribution(patient, await pendingOf(patient))
const rejecting = async ({ patient }: People) => rejectContribution(patient, await pendingOf(patient))

const pendingItem = ({ aws }: Deployment) =>
  aws.dynamo
    .items("main-table")
    .find(({ sk, status }) => sk?.S?.startsWith("CONTRIBUTION#") === true && status?.S === "pending")

/** Another device rejects the contribution, just before this one's approval is written. */
const rejectedMeanwhile =
  (deployment: Deployment): Meddling =>
  ({ command }) => {
    const found = pendingItem(deployment)
    if (command !== "TransactWriteItemsCommand" || found === undefined) return undefined
    const revision = { N: String(Number(found["revision"]?.N) + 1) }
    const Item = { ...found, revision, status: { S: "rejected" } }
    deployment.aws.answer("PutItemCommand", { TableName: "main-table", Item })
    return undefined
  }

/** The sealed bytes of the contribution are gone. */
const withoutObject = (deployment: Deployment, trial: Trial): Trial => {
  const { aws } = deployment
  aws.load(trial.before)
  const { patientId } = deployment.people().patient
  const prefix = `pending-bucket/${objectPrefix(patientId, pendingItem(deployment)?.["contributionId"]?.S ?? "")}`
  const { versions, uploads } = aws.s3.save()
  aws.s3.load({ versions: versions.filter(({ bucket, key }) => !`${bucket}/${key}`.startsWith(prefix)), uploads })
  return { ...trial, before: aws.save() }
}

/** An approval has begun to copy it in parts, and another one has copied it whole; neither came to its end. */
const halfApproved = async (deployment: Deployment, trial: Trial): Promise<Trial> => {
  const { aws } = deployment
  const name = "patient/approve-contribution"
  const approval = inParts(1)(deployment, await routeTrial(deployment, name, { act: approving }, name))
  aws.load(trial.before)
  await approval.send()
  const { patientId } = deployment.people().patient
  const contributionId = pendingItem(deployment)?.["contributionId"]?.S ?? ""
  aws.s3.put("records-bucket", `${objectPrefix(patientId, contributionId)}1/${place.objectId}`, utf8("a copy"))
  return { ...trial, before: aws.save() }
}

/** The contract lets a commit start an epoch, which reaches every card; our apps do that apart. */
const withCards = ({ aws, network }: Deployment, trial: Trial): Trial => {
  const question = questionOf(trial)
  const card = aws.dynamo
    .items("main-table")
    .find((item) => item["sk"]?.S?.startsWith("CARD#") === true && "wrappedCategoryKeys" in item)
  const { cardId, wrappedCategoryKeys } = unmarshall(card ?? {})
  const request = JSON.parse(new TextDecoder().decode(question.body))
  request.publication.cards = [{ cardId, wrappedCategoryKeys }]
  const send: Trial["send"] = async () => {
    const { status } = await network({ ...question, body: utf8(JSON.stringify(request)) })
    return { kind: "refused", code: String(status) }
  }
  return { ...trial, send }
}

const [dueDeactivation] = unattended["system/deactivate"] ?? []
const deactivating: RareWay = {
  name: "system/deactivate where something goes up",
  trial: (deployment) =>
    unattendedTrial(deployment, "system/deactivate", () => ({}), {
      goesOn: true,
      prepare: async () => {
        await over(deployment.network, () => beginUploads(deployment.people()))
        await dueDeactivation?.prepare?.(deployment)
      },
    }),
  meddling: () => nothing,
}

export const rareWays: readonly RareWay[] = [
  ofRoute("patient/begin-upload", "lost to another", ({ patient }) => beginUpload(patient), { meddling: lostOnce }),
  ofRoute("hcp/begin-contribution-upload", "lost to another", beginUploads, { meddling: lostOnce }),
  ofRoute("patient/commit", "with keys of cards", rows["patient/commit"][0]!.act, { change: withCards }),
  ofRoute("patient/delete-record", "of which a version goes up", async ({ patient }) => {
    const [record] = await listRecords(patient, ["imaging"])
    if (record === undefined) throw new Error("there is no image")
    await beginUpload(patient, { recordId: record.recordId, version: String(record.version + 1) })
    await deleteRecord(patient, record.recordId)
  }),
  ofRoute("patient/deactivate", "where something goes up, and nothing waits", async (people) => {
    await beginUploads(people)
    await cancelDeactivation(people.patient)
    await deactivateAccount(people.patient, people.phrase)
  }),
  deactivating,
  ofRoute("patient/approve-contribution", "in parts", approving, { change: inParts(100) }),
  ofRoute("patient/approve-contribution", "in parts of which there are none", approving, {
    change: (deployment, trial) => inParts(100)(deployment, withoutObject(deployment, trial)),
  }),
  ofRoute("patient/approve-contribution", "lost to a rejection", approving, { meddling: rejectedMeanwhile }),
  ofRoute("patient/reject-contribution", "half approved", rejecting, { change: halfApproved }),
]
