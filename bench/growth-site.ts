import { BatchGetItemCommand, type DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb"
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb"
import { type AuditEvent, auditOrigin } from "../contract/audit.ts"
import { type Item, itemFormat, itemKeys } from "../contract/items.ts"
import { dynamoAuditTrail } from "../functions/adapters/audit-trail.dynamodb.ts"
import { dynamoStore } from "../functions/adapters/store.dynamodb.ts"
import { linkEvent } from "../functions/domain/audit-chain.ts"
import type { AuditTrail, Store } from "../functions/domain/ports.ts"
import type { Descriptor } from "../protocol/record.ts"
import { newIdentifier, partition, partitionOf, putRows, type Row } from "./growth-tables.ts"
import { makeTables, type Tables } from "./provision.ts"

/** A patient as the SDK made them, from whose rows those of every level are made. */
export interface Template {
  readonly patientId: string
  readonly cardId: string
  readonly main: readonly Row[]
  /** Whose like every other record is. */
  readonly descriptor: Descriptor
  /** The record that new versions are committed of: it stands in the manifest. */
  readonly measured: Descriptor
  /** The number of the newest manifest. */
  readonly manifest: number
}

/** How many there are of what grows. */
export interface Level {
  /** Patients, and cards of theirs, beside the one measured. */
  readonly patients: number
  /** Revoked cards of the patient measured: of those in force there are never more than a few. */
  readonly cards: number
  readonly events: number
  /** Beside the one measured. */
  readonly records: number
}

/** The tables of one level, and the ports on them. */
export interface Site {
  readonly level: Level
  readonly dynamo: DynamoDBClient
  readonly tables: Tables
  readonly store: Store
  readonly audit: AuditTrail
}

export const templateOf = async (
  dynamo: DynamoDBClient,
  table: string,
  known: Omit<Template, "main">,
): Promise<Template> => ({ ...known, main: await partition(dynamo, table, known.patientId) })

const rowOf = (template: Template, sk: string): Row => {
  const found = template.main.find((row) => row["sk"]?.S === sk)
  if (found === undefined) throw new Error(`the template has no ${sk}`)
  return found
}

const itemRow = (item: Item, key: { pk: string; sk: string }): Row => marshall({ ...item, ...key, format: itemFormat })

function* patientsBeside(template: Template, count: number): Generator<Row> {
  const patient = rowOf(template, itemKeys.patient(template).sk)
  const card = rowOf(template, itemKeys.card(template).sk)
  for (let i = 0; i < count; i++) {
    const pk = { S: partitionOf(newIdentifier()) }
    yield { ...patient, pk }
    yield { ...card, pk }
  }
}

function* revokedCards(template: Template, count: number): Generator<Row> {
  const card = rowOf(template, itemKeys.card(template).sk)
  const secrets = ["proofKey", "cloudShare", "wrappedCategoryKeys", "sealed"]
  const rest = Object.fromEntries(Object.entries(card).filter(([name]) => !secrets.includes(name)))
  for (let i = 0; i < count; i++) {
    const cardId = newIdentifier()
    const { sk } = itemKeys.card({ patientId: template.patientId, cardId })
    yield { ...rest, sk: { S: sk }, cardId: { S: cardId }, status: { S: "revoked" } }
  }
}

function* recordsBeside({ patientId, descriptor }: Template, count: number): Generator<Row> {
  for (let i = 0; i < count; i++) {
    const recordId = newIdentifier()
    const its = { patientId, recordId, descriptor: { ...descriptor, recordId, category: "laboratory" as const } }
    yield itemRow({ ...its, kind: "record", revision: 1 }, itemKeys.record(its))
    const version = {
      ...its,
      kind: "record-version",
      revision: 1,
      version: 1,
      committedAt: "2026-01-01T00:00:00.000Z",
    } as const
    yield itemRow(version, itemKeys["record-version"](version))
  }
}

async function* events(patientId: string, count: number): AsyncGenerator<Row> {
  let head = { seq: 0, hash: auditOrigin }
  for (let i = 0; i < count; i++) {
    const event: AuditEvent = await linkEvent(
      head,
      { action: "recover", outcome: "permitted", actor: { kind: "patient" }, subject: {} },
      new Date("2026-01-01T00:00:00.000Z"),
    )
    head = event
    const { seq: sk, at, hash } = event
    yield marshall({ pk: partitionOf(patientId), sk, event, lane: "0", at, hash })
  }
}

const chunk = 5000
const putEvents = async (dynamo: DynamoDBClient, table: string, rows: AsyncIterable<Row>): Promise<void> => {
  let some: Row[] = []
  for await (const row of rows) {
    some.push(row)
    if (some.length < chunk) continue
    await putRows(dynamo, table, some)
    some = []
  }
  await putRows(dynamo, table, some)
}

export const buildSite = async (
  dynamo: DynamoDBClient,
  template: Template,
  level: Level,
  suffix: string,
): Promise<Site> => {
  const tables = await makeTables(dynamo, suffix)
  await putRows(dynamo, tables.main, template.main)
  await putRows(dynamo, tables.main, patientsBeside(template, level.patients))
  await putRows(dynamo, tables.main, revokedCards(template, level.cards))
  await putRows(dynamo, tables.main, recordsBeside(template, level.records))
  await putEvents(dynamo, tables.audit, events(template.patientId, level.events))
  return {
    level,
    dynamo,
    tables,
    store: dynamoStore(dynamo, tables.main),
    audit: dynamoAuditTrail(dynamo, tables.audit),
  }
}

/** What the tables themselves take for the plainest read by key and the plainest query: the newest event of a trail. */
export const control = async ({ dynamo, tables }: Site, { patientId }: Template): Promise<void> => {
  const key = marshall(itemKeys.patient({ patientId }))
  await dynamo.send(new BatchGetItemCommand({ RequestItems: { [tables.main]: { ConsistentRead: true, Keys: [key] } } }))
  const { Items } = await dynamo.send(
    new QueryCommand({
      TableName: tables.audit,
      ConsistentRead: true,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: marshall({ ":pk": partitionOf(patientId) }),
      ScanIndexForward: false,
      Limit: 1,
    }),
  )
  unmarshall(Items?.[0] ?? {})
}
