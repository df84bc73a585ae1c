import type {
  AttributeValue,
  BatchGetItemCommandInput,
  BatchGetItemCommandOutput,
  DeleteItemCommandInput,
  ExecuteStatementCommandInput,
  GetItemCommandInput,
  GetItemCommandOutput,
  PutItemCommandInput,
  QueryCommandInput,
  QueryCommandOutput,
  TransactWriteItemsCommandInput,
  UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb"
import { insertedBy } from "../kit/dynamo-tables.ts"

type Attributes = Record<string, AttributeValue>

/** What a command takes of one partition key of a table. */
export interface Consumed {
  readonly table: string
  readonly key: string
  readonly kind: "reads" | "writes"
  readonly units: number
}

const bytesOf = (text: string) => Buffer.byteLength(text)

/** Bytes. Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats". */
const valueSize = ({ S, N, M, L, B }: AttributeValue): number => {
  if (S !== undefined) return bytesOf(S)
  if (N !== undefined) return Math.ceil(N.length / 2) + 1
  if (M !== undefined) return 3 + Object.keys(M).length + itemSize(M)
  if (L !== undefined) return 3 + L.length + L.reduce((sum, each) => sum + valueSize(each), 0)
  return B?.length ?? 1
}
const itemSize = (item: Attributes): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + bytesOf(name) + valueSize(value), 0)

const keyOf = (item: Attributes = {}) => item["pk"]?.S ?? ""
/** One unit reads 4 KB, strongly consistent, and what isn't there costs one too. Source: Amazon DynamoDB Developer Guide, "DynamoDB read and write operations". */
const readUnits = (bytes: number) => Math.max(1, Math.ceil(bytes / 4096))
/** One unit writes 1 KB. Source: the same. */
const writeUnits = (item: Attributes = {}) => Math.max(1, Math.ceil(itemSize(item) / 1024))
/** A write of a transaction takes two units where another takes one; so, here, does a condition. Source: the same, "Transactional". */
const transactional = 2

const read = (table = "", item: Attributes = {}, units = 1): Consumed => ({
  table,
  key: keyOf(item),
  kind: "reads",
  units,
})
const write = (table = "", item: Attributes = {}, units = 1): Consumed => ({
  table,
  key: keyOf(item),
  kind: "writes",
  units,
})

const reading = {
  GetItemCommand: ({ TableName, Key }: GetItemCommandInput, { Item = {} }: GetItemCommandOutput) => [
    read(TableName, Key, readUnits(itemSize(Item))),
  ],
  BatchGetItemCommand: (
    { RequestItems = {} }: BatchGetItemCommandInput,
    { Responses = {} }: BatchGetItemCommandOutput,
  ) =>
    Object.entries(RequestItems).flatMap(([table, { Keys = [] }]) =>
      Keys.map((key) => {
        const found = Responses[table]?.find(
          (item) => keyOf(item) === keyOf(key) && JSON.stringify(item["sk"]) === JSON.stringify(key["sk"]),
        )
        return read(table, key, readUnits(itemSize(found ?? {})))
      }),
    ),
  QueryCommand: (
    { TableName, ExpressionAttributeValues: values = {} }: QueryCommandInput,
    { Items = [] }: QueryCommandOutput,
  ) => [
    read(
      TableName,
      { pk: values[":pk"] ?? { S: "" } },
      readUnits(Items.reduce((sum, item) => sum + itemSize(item), 0)),
    ),
  ],
}

const writing = {
  PutItemCommand: ({ TableName, Item }: PutItemCommandInput) => [write(TableName, Item, writeUnits(Item))],
  UpdateItemCommand: ({ TableName, Key, ExpressionAttributeValues }: UpdateItemCommandInput) => [
    write(TableName, Key, writeUnits(ExpressionAttributeValues)),
  ],
  DeleteItemCommand: ({ TableName, Key }: DeleteItemCommandInput) => [write(TableName, Key)],
  ExecuteStatementCommand: (input: ExecuteStatementCommandInput) => {
    const { table, item } = insertedBy(input)
    return [write(table, item, writeUnits(item))]
  },
  TransactWriteItemsCommand: ({ TransactItems = [] }: TransactWriteItemsCommandInput) =>
    TransactItems.map(({ Put, Update, Delete, ConditionCheck }) => {
      const { TableName, Key } = Update ?? Delete ?? ConditionCheck ?? {}
      if (Put !== undefined) return write(Put.TableName, Put.Item, transactional * writeUnits(Put.Item))
      // Of an update all is counted that it sets: so an item is changed here.
      return write(TableName, Key, transactional * writeUnits(Update?.ExpressionAttributeValues))
    }),
}

/** Whether a command of DynamoDB's only reads: what it takes depends on what it finds. */
export const isReading = (command: string): command is keyof typeof reading => Object.hasOwn(reading, command)

/** What a command takes; `output`: what it found, where it reads. Throws for a command that nobody has counted. */
export const consumedBy = (command: string, input: object, output: object = {}): Consumed[] => {
  if (isReading(command)) return (reading[command] as (input: object, output: object) => Consumed[])(input, output)
  const counted = Object.entries(writing).find(([name]) => name === command)?.[1]
  if (counted === undefined) throw new Error(`nobody knows what ${command} takes`)
  return (counted as (input: object) => Consumed[])(input)
}
