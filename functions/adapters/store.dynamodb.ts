import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  QueryCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb"
import { marshall } from "@aws-sdk/util-dynamodb"
import { Problem } from "../../contract/errors.ts"
import {
  type IdentityOf,
  type Item,
  type ItemKind,
  itemKeys,
  itemSchemas,
  type Key,
  listPartition,
  listPrefix,
  parseItem,
} from "../../contract/items.ts"
import { listPageLength } from "../../protocol/primitives.ts"
import type { Change, Ref, Store } from "../domain/ports.ts"
import { attributesOf, changeTo, itemIn } from "./kept-item.ts"
import { itemsIn } from "./query-items.ts"

const keyOf = <K extends ItemKind>(ref: { kind: K } & IdentityOf<K>): Key => itemKeys[ref.kind](ref)

const sameKey = (a: Key, attributes: Record<string, AttributeValue>) =>
  attributes["pk"]?.S === a.pk && attributes["sk"]?.S === a.sk

const none = { ConditionExpression: "attribute_not_exists(pk)" }
const atRevision = (revision: number) => ({
  ConditionExpression: "revision = :revision",
  ExpressionAttributeValues: { ":revision": { N: String(revision) } },
})

const putIn = (table: string, { put, whole }: Extract<Change, { put: Item }>): TransactWriteItem => {
  const key = marshall(keyOf(put))
  const condition = put.revision === 1 ? none : atRevision(put.revision - 1)
  if (whole) return { Put: { TableName: table, Item: { ...attributesOf(put), ...key }, ...condition } }
  const change = changeTo(put, Object.keys(itemSchemas[put.kind].shape))
  const { ConditionExpression, ...of } = { ExpressionAttributeValues: {}, ...condition }
  return {
    Update: {
      TableName: table,
      Key: key,
      ...change,
      ConditionExpression,
      ExpressionAttributeValues: { ...change.ExpressionAttributeValues, ...of.ExpressionAttributeValues },
    },
  }
}

const writeIn = (table: string, change: Change): TransactWriteItem => {
  if ("put" in change) return putIn(table, change)
  if ("remove" in change)
    return { Delete: { TableName: table, Key: marshall(keyOf(change.remove)), ...atRevision(change.revision) } }
  const condition = change.revision === 0 ? none : atRevision(change.revision)
  return { ConditionCheck: { TableName: table, Key: marshall(keyOf(change.check)), ...condition } }
}

const readAll = async (dynamo: DynamoDBClient, table: string, refs: readonly Ref[]): Promise<unknown[]> => {
  const keys = refs.map((ref) => keyOf(ref))
  const answer = await dynamo.send(
    new BatchGetItemCommand({
      RequestItems: { [table]: { ConsistentRead: true, Keys: keys.map((key) => marshall(key)) } },
    }),
  )
  // Part of an answer is no answer: what is missing might be a revocation.
  if (Object.keys(answer.UnprocessedKeys ?? {}).length > 0) throw new Problem("busy")
  const found = answer.Responses?.[table]
  // Where there is none of them the list is empty, not absent; and an item that nobody asked for might stand for one that is missing.
  if (found === undefined || !found.every((item) => keys.some((key) => sameKey(key, item))))
    throw new Error("the main table answered another question")
  return refs.map((ref, i) => {
    const key = keys[i]
    const attributes = key && found.find((item) => sameKey(key, item))
    return attributes && parseItem(ref.kind, itemIn(attributes))
  })
}

/** How often a transaction is tried that met another one on the same item at the same moment. */
const attempts = 4

/**
 * The main table. Reads are strongly consistent; writes are one transaction, conditioned on the revisions they were made from.
 * Source: Amazon DynamoDB Developer Guide, "Amazon DynamoDB Transactions: How it works".
 */
export const dynamoStore = (
  dynamo: DynamoDBClient,
  table: string,
  pause = (attempt: number) => new Promise((done) => setTimeout(done, Math.random() * 30 * attempt)),
): Store => ({
  // The one place where the type of each item follows from the ref in the same position.
  // oxlint-disable-next-line typescript/consistent-type-assertions -- parsed by the schema of the ref's kind, position by position
  read: (refs) => readAll(dynamo, table, refs) as never,

  list: async (kind, patientId, { within, after }) => {
    const pk = listPartition(kind, patientId)
    const prefix = listPrefix(kind, within)
    const answer = await dynamo.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues: marshall({ ":pk": pk, ":prefix": prefix }),
        ...(after === undefined ? {} : { ExclusiveStartKey: marshall({ pk, sk: `${prefix}${after}` }) }),
        Limit: listPageLength,
      }),
    )
    const items = itemsIn(answer).map((attributes) => parseItem(kind, itemIn(attributes)))
    const last = answer.LastEvaluatedKey?.["sk"]?.S
    return last === undefined ? { items } : { items, next: last.slice(prefix.length) }
  },

  write: async (changes) => {
    for (let attempt = 1; ; attempt++)
      try {
        await dynamo.send(
          new TransactWriteItemsCommand({ TransactItems: changes.map((change) => writeIn(table, change)) }),
        )
        return { outcome: "written" }
      } catch (error) {
        if (!(error instanceof TransactionCanceledException)) throw error
        const reasons = (error.CancellationReasons ?? []).map((reason) => reason.Code ?? "None")
        const at = reasons.flatMap((code, i) => (code === "ConditionalCheckFailed" ? [i] : []))
        if (at.length > 0) return { outcome: "conflict", at }
        if (!reasons.includes("TransactionConflict")) throw error
        // The other one is on its way, and nothing of this one happened. Tried again, the revisions say who was first.
        if (attempt === attempts) throw new Problem("busy", { cause: error })
        await pause(attempt)
      }
  },
})
