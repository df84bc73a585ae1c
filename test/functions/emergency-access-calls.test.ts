import { expect, test } from "vitest"
import { RevocationMemory } from "../../certify/revocation-memory.ts"
import { dynamoAuditTrail } from "../../functions/adapters/audit-trail.dynamodb.ts"
import { s3SignedUrls } from "../../functions/adapters/signed-urls.s3.ts"
import { dynamoStore } from "../../functions/adapters/store.dynamodb.ts"
import { emergencyAccess } from "../../functions/domain/emergency-access.ts"
import { memoryCloud } from "../fakes/cloud.ts"
import { accessRequest, openedAnswer, patientInOrder } from "../fakes/people.ts"
import { newCertification } from "../kit/certification.ts"
import { memoryDynamo } from "../kit/dynamo.ts"

const { trust, revocation, ...certification } = newCertification()
const physician = certification.professional("Physician")

/** The emergency access as on AWS, on tables in memory. */
const onTables = async () => {
  const dynamo = memoryDynamo()
  const store = dynamoStore(dynamo.client, "Main")
  const audit = dynamoAuditTrail(dynamo.client, "Audit")
  const cloud = { ...(await memoryCloud(new Date())), store, audit }
  const made = await patientInOrder(cloud)
  const credentials = { accessKeyId: "id", secretAccessKey: "secret" }
  const objects = s3SignedUrls({ region: "eu-central-1", credentials }, { records: "records" })
  const deps = { store, audit, objects, revocation, memory: new RevocationMemory(), trust, cloud: cloud.cloud }
  const [manifest] = await store.read([{ kind: "manifest", patientId: made.patient.patientId }])
  if (manifest === undefined) throw new Error("no manifest")
  dynamo.reset()
  const opening = async (witness = manifest.number) => {
    const request = { ...(await accessRequest(cloud, physician, made.patient, made.card)), witness }
    return openedAnswer(cloud, made.patient, request, await emergencyAccess(deps, request, cloud.call))
  }
  return { ...made, cloud, dynamo, opening, manifest }
}

test("a successful emergency access makes at most four AWS calls one after the other, none of them to the identity manager", async () => {
  const { dynamo, opening, summary } = await onTables()
  expect(await opening()).toMatchObject({ urls: [{ recordId: summary.recordId }], links: [] })
  expect(dynamo.steps()).toBeLessThanOrEqual(3)
  expect(dynamo.calls).toEqual([
    "BatchGetItemCommand",
    "QueryCommand",
    "ExecuteStatementCommand",
    "TransactWriteItemsCommand",
  ])
})

test("the way back to an older witness is one call more, and four one after the other", async () => {
  const { dynamo, opening, manifest } = await onTables()
  const { links } = await opening(1)
  expect([manifest.number, links.length]).toEqual([4, 1])
  expect([dynamo.steps(), dynamo.calls.length]).toEqual([4, 5])
})

test("the number of calls does not grow with the patient's records, cards and events", async () => {
  const { cloud, dynamo, opening, patient } = await onTables()
  for (let i = 0; i < 30; i++)
    await cloud.audit.append(
      patient.patientId,
      { action: "recover", outcome: "permitted", actor: { kind: "patient" }, subject: {} },
      cloud.now,
    )
  dynamo.reset()
  await opening()
  expect(dynamo.calls).toHaveLength(4)
})

test("each further event on the trail at the same moment costs two more calls, and no access", async () => {
  const { cloud, dynamo, opening, patient } = await onTables()
  const answers = await Promise.all([1, 2, 3].map(() => opening()))
  expect(new Set(answers.map(({ grantId }) => grantId)).size).toBe(3)
  const { events } = await cloud.audit.read(patient.patientId, 0)
  expect(events.filter(({ action }) => action === "emergency-access")).toHaveLength(3)
  expect(dynamo.items("Audit")).toHaveLength(events.length)
})
