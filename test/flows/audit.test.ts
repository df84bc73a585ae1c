import { DeleteItemCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb"
import { GetObjectCommand, ListObjectVersionsCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { marshall } from "@aws-sdk/util-dynamodb"
import { beforeAll, expect, test } from "vitest"
import * as z from "zod/mini"
import { itemKeys } from "../../contract/items.ts"
import { headOf, linkEvent } from "../../functions/domain/audit-chain.ts"
import { credentials, region } from "../../local/environment.ts"
import { receiptClaims } from "../../protocol/claims.ts"
import { readStatement } from "../../protocol/statement.ts"
import { contribute } from "../../sdk/hcp/contribute.ts"
import { exportAuditTrail, verifyAuditExport } from "../../sdk/patient/audit-export.ts"
import { readCheckedTrail } from "../../sdk/patient/audit-trail.ts"
import { callAsPatient } from "../../sdk/patient/session.ts"
import { documentOf, freshly } from "../kit/people.ts"
import { outputOf, trailOf } from "./engine.ts"
import { accessBy, cloud, newPatientWithCard, type Session } from "./people.ts"

const client = { endpoint: cloud.endpoint, region, credentials }
const dynamo = new DynamoDBClient(client)
const s3 = new S3Client({ ...client, forcePathStyle: true })

const functionList = z.object({
  Functions: z.array(
    z.object({
      FunctionName: z.string(),
      Description: z.optional(z.string()),
      Environment: z.optional(z.object({ Variables: z.optional(z.record(z.string(), z.string())) })),
    }),
  ),
})
/** Lambda's own API, past the schedule: the engine asks for no signature. */
const lambda = (path: string, init: RequestInit = {}) =>
  fetch(`${cloud.endpoint}/2015-03-31/functions/${path}`, {
    ...init,
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/lambda/aws4_request` },
  })

const sealerOf = async (session: Session): Promise<string> => {
  const { Functions } = z.parse(functionList, await (await lambda("?MaxItems=200")).json())
  const found = Functions.find(
    ({ Description, Environment }) =>
      Description === "system/sign-checkpoint" &&
      Environment?.Variables?.["AUDIT_TABLE"] === outputOf(session, "AuditTable"),
  )
  if (found === undefined) throw new Error("the cloud has no sealer")
  return found.FunctionName
}
const sign = async (session: Session): Promise<void> => {
  const answer = await lambda(`${await sealerOf(session)}/invocations`, { method: "POST", body: "{}" })
  expect([answer.status, answer.headers.get("x-amz-function-error")]).toEqual([200, null])
}

/** The same patient on a device that remembers nothing. */
const newDevice = (session: Session): Session => freshly(session, {})

let patient: Awaited<ReturnType<typeof newPatientWithCard>>
beforeAll(async () => {
  patient = await newPatientWithCard()
})

test("what was done is sealed, from the professional's access to the patient's proof, and verifies without the cloud", async () => {
  const { session, card } = patient
  const access = await accessBy("physician", card)
  await contribute(access, documentOf("document", "a note"))
  await sign(session)
  const { events, checkpoint: found } = await readCheckedTrail(session)
  expect(found?.covered).toBe(events.length)
  expect(session.memory.checkpoint?.covered).toBe(events.length)

  expect(access.receipts).toHaveLength(2)
  const [opened, added] = access.receipts.map(({ receipt }) => z.parse(receiptClaims, readStatement(receipt).payload))
  expect(opened).toMatchObject({ seq: access.event.seq, eventHash: access.event.hash })
  expect(events[(opened?.seq ?? 0) - 1]).toMatchObject({ action: "emergency-access", hash: opened?.eventHash })
  expect(events[(added?.seq ?? 0) - 1]).toMatchObject({ action: "contribute", hash: added?.eventHash })

  const exported: unknown = JSON.parse(JSON.stringify(await exportAuditTrail(session)))
  expect(await verifyAuditExport(exported, { receipts: access.receipts })).toMatchObject({
    events: events.length,
    checkpoint: { covered: events.length },
  })
})

test("an unsealed event is under the next checkpoint, which has the one before in its past", async () => {
  const { session } = patient
  await sign(session)
  const before = await readCheckedTrail(session)
  await callAsPatient(session, "patient/recover", {})
  await sign(session)
  await sign(session)
  const after = await readCheckedTrail(session)
  expect(after.checkpoint?.number).toBeGreaterThan(before.checkpoint?.number ?? 0)
  expect(after.checkpoint?.covered).toBe(before.events.length + 1)
})

test("sealers at once, and the schedule beside them, make one line of checkpoints", async () => {
  const { session } = patient
  const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => sign(session)))
  expect(outcomes.some(({ status }) => status === "fulfilled")).toBe(true)
  const { Versions = [] } = await s3.send(
    new ListObjectVersionsCommand({ Bucket: outputOf(session, "CheckpointsBucket"), Prefix: "checkpoints/" }),
  )
  const keys = Versions.map(({ Key }) => Key)
  expect(new Set(keys).size).toBe(keys.length)
  const { checkpoint: newest } = await readCheckedTrail(newDevice(session))
  expect(await verifyAuditExport(await exportAuditTrail(session))).toMatchObject({ patientId: session.patientId })
  expect(newest?.number).toBeGreaterThanOrEqual(1)
})

test("fifty who write at once make one chain, and lose nothing", async () => {
  const { session } = patient
  const before = (await trailOf(session)).length
  await Promise.all(Array.from({ length: 50 }, () => callAsPatient(session, "patient/recover", {})))
  await sign(session)
  const { events, checkpoint: found } = await readCheckedTrail(session)
  expect(events).toHaveLength(before + 50)
  expect(found?.covered).toBe(events.length)
})

test("an operator who cuts or rewrites the end of a sealed trail is seen by a device that never saw it", async () => {
  const { session } = await newPatientWithCard()
  await sign(session)
  const { events } = await readCheckedTrail(newDevice(session))
  const last = events.at(-1)
  if (last === undefined) throw new Error("there are no events")
  const TableName = outputOf(session, "AuditTable")
  const { pk } = itemKeys.patient({ patientId: session.patientId })
  await dynamo.send(new DeleteItemCommand({ TableName, Key: marshall({ pk, sk: last.seq }) }))
  await expect(readCheckedTrail(newDevice(session))).rejects.toMatchObject({ code: "audit-trail-cut" })

  const { seq: _seq, at: _at, prev: _prev, hash: _hash, ...said } = last
  const event = await linkEvent(headOf(events.slice(0, -1)), { ...said, action: "session" }, new Date())
  const item = { pk, sk: event.seq, event }
  await dynamo.send(new PutItemCommand({ TableName, Item: marshall(item, { removeUndefinedValues: true }) }))
  await expect(readCheckedTrail(newDevice(session))).rejects.toMatchObject({ code: "audit-trail-broken" })
})

test("the bucket of checkpoints takes nothing over a checkpoint", async () => {
  const { session } = patient
  const Bucket = outputOf(session, "CheckpointsBucket")
  const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: "checkpoints/", MaxKeys: 1 }))
  const Key = Versions[0]?.Key ?? ""
  const over = s3.send(new PutObjectCommand({ Bucket, Key, Body: "another", IfNoneMatch: "*" }))
  await expect(over).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } })
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
  expect(await Body?.transformToString()).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
})
