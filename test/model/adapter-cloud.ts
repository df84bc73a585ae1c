import {
  type DynamoDBClient,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb"
import { unmarshall } from "@aws-sdk/util-dynamodb"
import * as z from "zod/mini"
import { auditEvent } from "../../contract/audit.ts"
import type { Item } from "../../contract/items.ts"
import { dynamoAuditTrail } from "../../functions/adapters/audit-trail.dynamodb.ts"
import { dynamoPatientItems } from "../../functions/adapters/patient-items.dynamodb.ts"
import { dynamoStore } from "../../functions/adapters/store.dynamodb.ts"
import { type MemoryCloud, memoryCloud } from "../fakes/cloud.ts"
import { memoryDynamo } from "../kit/dynamo.ts"
import { storyBegins } from "./stage.ts"

const rows = z.object({ pk: z.string(), sk: z.union([z.string(), z.number()]) })

/** The ports of the tables, by the adapters. */
export const tablePorts = (client: DynamoDBClient, pause?: () => Promise<void>) => ({
  store: dynamoStore(client, "Main", pause),
  items: dynamoPatientItems(client, "Main"),
  audit: dynamoAuditTrail(client, "Audit", pause),
})

/** A cloud in memory whose tables are reached through the adapters, as AWS would be. */
export const adapterCloud = async () => {
  const dynamo = memoryDynamo()
  const cloud = await memoryCloud(storyBegins())
  const main = () =>
    Object.fromEntries(
      dynamo
        .items("Main")
        .map((attributes): [string, Item] => {
          const { pk, sk, format: _, ...item } = unmarshall(attributes)
          return [`${pk} ${sk}`, item as Item]
        })
        .filter(([name]) => !name.startsWith("RATE#")),
    )
  const made: MemoryCloud = {
    ...cloud,
    ...tablePorts(dynamo.client),
    snapshot: () => ({ ...cloud.snapshot(), main: main() }),
    item: (text) => Object.entries(main()).flatMap(([name, item]) => (name.includes(text) ? [item] : [])),
    trail: {
      ...cloud.trail,
      eventsOf: (patientId) =>
        dynamo
          .items("Audit")
          .map((attributes) => unmarshall(attributes))
          .filter((row) => z.parse(rows, row).pk === `PATIENT#${patientId}`)
          .map((row) => z.parse(auditEvent, row["event"]))
          .sort((a, b) => a.seq - b.seq),
    },
  }
  return { cloud: made, client: dynamo.client }
}

const keyOf = ({ Put, Update, Delete, ConditionCheck }: TransactWriteItem) => {
  const { pk, sk } = Put?.Item ?? (Update ?? Delete ?? ConditionCheck)?.Key ?? {}
  return `${pk?.S} ${sk?.S}`
}

/**
 * What the table in memory lacks: a transaction that meets another one on an item, while that is on its way, is cancelled. Source: Amazon
 * DynamoDB Developer Guide, "Transaction conflict handling in DynamoDB".
 */
export const withTransactionConflicts = (client: DynamoDBClient): DynamoDBClient => {
  const underWay = new Set<string>()
  const send = async (command: object): Promise<unknown> => {
    const inner = client as unknown as { send: (command: object) => Promise<unknown> }
    if (!(command instanceof TransactWriteItemsCommand)) return inner.send(command)
    const keys = (command.input.TransactItems ?? []).map(keyOf)
    if (keys.some((key) => underWay.has(key)))
      throw new TransactionCanceledException({
        message: "from the fake",
        $metadata: {},
        CancellationReasons: keys.map((key) => ({ Code: underWay.has(key) ? "TransactionConflict" : "None" })),
      })
    for (const key of keys) underWay.add(key)
    try {
      return await inner.send(command)
    } finally {
      for (const key of keys) underWay.delete(key)
    }
  }
  return { send } as unknown as DynamoDBClient
}
