import { DuplicateItemException, type DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb"
import { describe, expect, test } from "vitest"
import { auditOrigin, type NewAuditEvent } from "../../contract/audit.ts"
import { dynamoAuditTrail } from "../../functions/adapters/audit-trail.dynamodb.ts"
import { headOf, linkEvent } from "../../functions/domain/audit-chain.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { newId } from "../fakes/call.ts"
import { noon } from "../fakes/cloud.ts"
import { sentCommands } from "../fakes/sent-commands.ts"
import { memoryDynamo } from "../kit/dynamo.ts"
import { insertedBy } from "../kit/dynamo-tables.ts"

const patientId = newId()
const pk = { S: `PATIENT#${patientId}` }
const event: NewAuditEvent = {
  action: "commit",
  outcome: "permitted",
  actor: { kind: "patient" },
  subject: { recordId: newId(), version: 1, grantId: undefined },
}
const inserted = (sent: { input: unknown } | undefined) => insertedBy(sent?.input as Parameters<typeof insertedBy>[0])
const taken = () => new DuplicateItemException({ message: "", $metadata: {} })
const noPause = () => Promise.resolve()
const answering = (...answers: (object | Error)[]) => {
  const { client, sent } = sentCommands<DynamoDBClient>(...answers)
  return { trail: dynamoAuditTrail(client, "Audit", noPause), sent }
}
const storedAs = async (seq: number) => {
  const link = await linkEvent({ seq: seq - 1, hash: auditOrigin }, event, noon)
  return { link, Item: marshall({ pk: pk.S, sk: seq, event: link }) }
}

describe("appending", () => {
  test("asks for the newest event alone, strongly consistent, and INSERTs the next", async () => {
    const { link, Item } = await storedAs(7)
    const { trail, sent } = answering({ Items: [Item] })
    const head = await trail.append(patientId, event, noon)
    expect(head.seq).toBe(8)
    expect(sent).toMatchObject([
      {
        command: "QueryCommand",
        input: {
          TableName: "Audit",
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk AND sk > :after",
          ExpressionAttributeValues: { ":pk": pk, ":after": { N: "0" } },
          ScanIndexForward: false,
          Limit: 1,
        },
      },
      { command: "ExecuteStatementCommand" },
    ])
    expect(inserted(sent[1])).toMatchObject({
      table: "Audit",
      item: { pk, sk: { N: "8" }, event: { M: { prev: { S: link.hash } } } },
    })
    expect(sent).toHaveLength(2)
  })

  test("after a head that is known asks nothing", async () => {
    const { trail, sent } = answering()
    expect((await trail.append(patientId, event, noon, { seq: 3, hash: `${"H".repeat(42)}A` })).seq).toBe(4)
    expect(sent.map(({ command }) => command)).toEqual(["ExecuteStatementCommand"])
  })

  test("where the place is taken goes behind whoever took it", async () => {
    const { link, Item } = await storedAs(4)
    const { trail, sent } = answering(taken(), { Items: [Item] }, {})
    const head = await trail.append(patientId, event, noon, { seq: 3, hash: `${"H".repeat(42)}A` })
    expect(head.seq).toBe(5)
    expect(sent.map(({ command }) => command)).toEqual([
      "ExecuteStatementCommand",
      "QueryCommand",
      "ExecuteStatementCommand",
    ])
    expect(inserted(sent[2])).toMatchObject({ item: { pk, sk: { N: "5" }, event: { M: { prev: { S: link.hash } } } } })
  })

  test("is at no end that was not answered", async () => {
    await expect(answering({}).trail.append(patientId, event, noon)).rejects.toThrow("without its items")
  })

  test("that fails is never taken for written", async () => {
    const failure = new Error("network")
    const { trail } = answering(failure)
    await expect(trail.append(patientId, event, noon, headOf([]))).rejects.toBe(failure)
  })

  test("gives up with an error where it never comes to its place", async () => {
    const client = { send: async () => Promise.reject(taken()) } as unknown as DynamoDBClient
    const trail = dynamoAuditTrail(client, "Audit", noPause)
    await expect(trail.append(patientId, event, noon, headOf([]))).rejects.toThrow()
  })

  test("of fifty writers at once makes one unbroken chain, and loses none", async () => {
    const { client, items } = memoryDynamo()
    const trail = dynamoAuditTrail(client, "Audit")
    const recordIds = Array.from({ length: 50 }, () => newId())
    const heads = await Promise.all(
      recordIds.map((recordId) => trail.append(patientId, { ...event, subject: { recordId } }, noon)),
    )
    expect(heads.map(({ seq }) => seq).sort((a, b) => a - b)).toEqual(recordIds.map((_, i) => i + 1))
    expect(items("Audit")).toHaveLength(50)
    const { events } = await trail.read(patientId, 0)
    expect(new Set(events.map(({ subject }) => subject.recordId))).toEqual(new Set(recordIds))
    let prev = auditOrigin
    for (const [i, { hash, ...rest }] of events.entries()) {
      expect([rest.seq, rest.prev]).toEqual([i + 1, prev])
      expect(await canonicalHash(rest)).toBe(hash)
      prev = hash
    }
  })
})

describe("reading", () => {
  test("comes in order and in pages", async () => {
    const { client } = memoryDynamo()
    const trail = dynamoAuditTrail(client, "Audit")
    expect(await trail.head(patientId)).toEqual({ seq: 0, hash: auditOrigin })
    expect(await trail.read(patientId, 0)).toEqual({ events: [] })
    for (let i = 0; i < 51; i++) await trail.append(patientId, event, noon)
    const first = await trail.read(patientId, 0)
    expect([first.events.length, first.next]).toEqual([50, 50])
    const second = await trail.read(patientId, 50)
    expect([second.events.map(({ seq }) => seq), second.next]).toEqual([[51], undefined])
    expect(await trail.head(newId())).toEqual({ seq: 0, hash: auditOrigin })
  })

  test("keeps an event as it was hashed, without its undefined fields", async () => {
    const { client, items } = memoryDynamo()
    await dynamoAuditTrail(client, "Audit").append(patientId, event, noon)
    const [item] = items("Audit")
    const { event: stored } = unmarshall(item ?? {}) as { event: { hash: string } }
    const { hash, ...rest } = stored
    expect(await canonicalHash(rest)).toBe(hash)
  })

  test("throws for what is no event", async () => {
    const { trail } = answering({ Items: [marshall({ pk: pk.S, sk: 1, event: { action: "commit" } })] })
    await expect(trail.read(patientId, 0)).rejects.toThrow()
  })
})
