import {
  type AttributeValue,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  paginateQuery,
} from "@aws-sdk/client-dynamodb"
import { marshall } from "@aws-sdk/util-dynamodb"
import { itemKeys } from "../contract/items.ts"
import { toBase64url } from "../protocol/crypto/bytes.ts"
import { randomBytes } from "../protocol/crypto/primitives.ts"

export type Row = Record<string, AttributeValue>

export const partitionOf = (patientId: string): string => itemKeys.patient({ patientId }).pk
export const newIdentifier = (): string => toBase64url(randomBytes(16))

/** Every row of a patient's partition. */
export const partition = async (dynamo: DynamoDBClient, table: string, patientId: string): Promise<Row[]> => {
  const rows: Row[] = []
  const query = {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: "pk = :pk",
    ExpressionAttributeValues: marshall({ ":pk": partitionOf(patientId) }),
  }
  for await (const { Items } of paginateQuery({ client: dynamo }, query)) rows.push(...(Items ?? []))
  return rows
}

const batch = 25
const inFlight = 4

/** Puts rows as fast as the engine takes them. */
export const putRows = async (dynamo: DynamoDBClient, table: string, rows: Iterable<Row>): Promise<void> => {
  const iterator = rows[Symbol.iterator]()
  const take = (): Row[] => {
    const taken: Row[] = []
    while (taken.length < batch) {
      const { value, done } = iterator.next()
      if (done === true) break
      taken.push(value)
    }
    return taken
  }
  const worker = async () => {
    for (let taken = take(); taken.length > 0; taken = take()) {
      const requests = taken.map((Item) => ({ PutRequest: { Item } }))
      const { UnprocessedItems } = await dynamo.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }))
      if (Object.keys(UnprocessedItems ?? {}).length > 0) throw new Error("the engine left rows out")
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
}

export const removeRow = async (dynamo: DynamoDBClient, table: string, key: { pk: string; sk: string | number }) => {
  await dynamo.send(new DeleteItemCommand({ TableName: table, Key: marshall(key) }))
}
