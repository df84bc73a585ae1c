import { DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { partition, putRows } from "../../bench/growth-tables.ts"
import type { TableStorage } from "../../bench/object-storage.ts"
import { makeTables } from "../../bench/provision.ts"
import { startOrderedTables } from "../../bench/tables.ts"
import { dynamoAuditTrail } from "../../functions/adapters/audit-trail.dynamodb.ts"
import { dynamoStore } from "../../functions/adapters/store.dynamodb.ts"
import type { Store } from "../../functions/domain/ports.ts"
import { credentials, region } from "../../local/environment.ts"
import { listPageLength } from "../../protocol/primitives.ts"
import { newId } from "../fakes/call.ts"
import { descriptorOf } from "../kit/patients.ts"

/** The adapters on these tables, by the SDK and over HTTP: as they are measured. */
let tables: TableStorage
let dynamo: DynamoDBClient
beforeAll(async () => {
  tables = await startOrderedTables()
  dynamo = new DynamoDBClient({ endpoint: tables.endpoint, region, credentials })
})
afterAll(() => tables.stop())

let made = 0
const ports = async () => {
  const { main, audit } = await makeTables(dynamo, `test-${++made}`)
  return { main, store: dynamoStore(dynamo, main), audit: dynamoAuditTrail(dynamo, audit) }
}
const now = new Date("2026-03-01T12:00:00.000Z")

const putRecord = async (store: Store, patientId: string, revision = 1, recordId = newId()) => {
  const descriptor = await descriptorOf({ recordId })
  return store.write([{ put: { kind: "record", revision, patientId, recordId, descriptor } }])
}

describe("the main table", () => {
  test("gives back what was put, and nothing where nothing is", async () => {
    const { store } = await ports()
    const [patientId, recordId] = [newId(), newId()]
    await putRecord(store, patientId, 1, recordId)
    const [found, missing] = await store.read([
      { kind: "record", patientId, recordId },
      { kind: "record", patientId, recordId: newId() },
    ])
    expect(found?.recordId).toBe(recordId)
    expect(missing).toBeUndefined()
  })

  test("of a write whose condition fails nothing happens", async () => {
    const { store } = await ports()
    const [patientId, recordId, other] = [newId(), newId(), newId()]
    await putRecord(store, patientId, 1, recordId)
    const descriptor = await descriptorOf()
    const put = (id: string) => ({ put: { kind: "record" as const, revision: 1, patientId, recordId: id, descriptor } })
    expect(await store.write([put(other), put(recordId)])).toEqual({ outcome: "conflict", at: [1] })
    expect(await store.read([{ kind: "record", patientId, recordId: other }])).toEqual([undefined])
  })

  test("a change is made from the revision it names, or not at all", async () => {
    const { store } = await ports()
    const [patientId, recordId] = [newId(), newId()]
    await putRecord(store, patientId, 1, recordId)
    expect(await putRecord(store, patientId, 2, recordId)).toEqual({ outcome: "written" })
    expect(await putRecord(store, patientId, 2, recordId)).toMatchObject({ outcome: "conflict" })
    const remove = { remove: { kind: "record" as const, patientId, recordId }, revision: 2 }
    expect(await store.write([remove])).toEqual({ outcome: "written" })
    expect(await store.read([remove.remove])).toEqual([undefined])
  })

  test("lists one kind of one patient, page by page, each once and in order", async () => {
    const { store } = await ports()
    const [patientId, neighbour] = [newId(), newId()]
    const count = listPageLength + 7
    for (let i = 0; i < count; i++) await putRecord(store, patientId)
    await putRecord(store, neighbour)
    const first = await store.list("record", patientId, {})
    const second = await store.list("record", patientId, { after: first.next })
    const ids = [...first.items, ...second.items].map(({ recordId }) => recordId)
    expect(first.items).toHaveLength(listPageLength)
    expect(second.next).toBeUndefined()
    expect(new Set(ids).size).toBe(count)
    expect(ids).toEqual([...ids].sort())
    expect(await store.list("card", patientId, {})).toEqual({ items: [] })
  })
})

describe("the audit table", () => {
  const event = { action: "recover", outcome: "permitted", actor: { kind: "patient" }, subject: {} } as const

  test("events stand in the order of their numbers, beyond the ninth too", async () => {
    const { audit } = await ports()
    const patientId = newId()
    for (let i = 0; i < 12; i++) await audit.append(patientId, event, now)
    const { events } = await audit.read(patientId, 0)
    expect(events.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    expect((await audit.head(patientId)).seq).toBe(12)
    expect((await audit.read(patientId, 10)).events.map(({ seq }) => seq)).toEqual([11, 12])
  })

  test("an event is never put over another: who writes at once comes after", async () => {
    const { audit } = await ports()
    const patientId = newId()
    const heads = await Promise.all([1, 2, 3].map(() => audit.append(patientId, event, now)))
    expect(new Set(heads.map(({ seq }) => seq))).toEqual(new Set([1, 2, 3]))
  })
})

test("rows put many at once are all there", async () => {
  const { main } = await ports()
  const rows = Array.from({ length: 60 }, (_, i) => ({ pk: { S: "PATIENT#p" }, sk: { S: `X#${i}` } }))
  await putRows(dynamo, main, rows)
  expect(await partition(dynamo, main, "p")).toHaveLength(60)
})

test("what these tables do not know is an error, never a guess", async () => {
  const { main } = await ports()
  const query = { TableName: main, KeyConditionExpression: "pk = :pk AND sk < :sk", ExpressionAttributeValues: {} }
  await expect(dynamo.send(new QueryCommand(query))).rejects.toMatchObject({ name: "ValidationException" })
})
