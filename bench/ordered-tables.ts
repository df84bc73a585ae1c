import * as z from "zod/mini"

/** As much of an attribute as tells one from another; the rest is kept as it came. */
const attribute = z.looseObject({ S: z.optional(z.string()), N: z.optional(z.string()) })
const rowSchema = z.record(z.string(), attribute)
export type Row = z.infer<typeof rowSchema>

/** A refusal as DynamoDB words it. */
export class Refusal extends Error {
  readonly type: string
  readonly more: object

  constructor(type: string, more: object = {}) {
    super(type)
    this.type = type
    this.more = more
  }
}

type SortKey = string | number
const sortKeyOf = ({ sk }: Row): SortKey => (sk?.N === undefined ? (sk?.S ?? "") : Number(sk.N))
const partitionKeyOf = ({ pk }: Row): string => pk?.S ?? ""

/** The items of a partition in the order of their sort keys, found by halving. */
class Partition {
  readonly #keys: SortKey[] = []
  readonly #rows: Row[] = []

  /** Where the key is, or would be. */
  at(key: SortKey): number {
    let [low, high] = [0, this.#keys.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const found = this.#keys[middle]
      if (found !== undefined && found < key) low = middle + 1
      else high = middle
    }
    return low
  }

  get length(): number {
    return this.#keys.length
  }
  row(at: number): Row | undefined {
    return this.#rows[at]
  }
  get(key: SortKey): Row | undefined {
    const at = this.at(key)
    return this.#keys[at] === key ? this.#rows[at] : undefined
  }
  put(key: SortKey, row: Row): void {
    const at = this.at(key)
    const there = this.#keys[at] === key ? 1 : 0
    this.#keys.splice(at, there, key)
    this.#rows.splice(at, there, row)
  }
  remove(key: SortKey): void {
    const at = this.at(key)
    if (this.#keys[at] !== key) return
    this.#keys.splice(at, 1)
    this.#rows.splice(at, 1)
  }
}

const condition = {
  ConditionExpression: z.optional(z.string()),
  ExpressionAttributeValues: z.optional(rowSchema),
}
const writeSchema = z.object({
  TableName: z.string(),
  Item: z.optional(rowSchema),
  Key: z.optional(rowSchema),
  ...condition,
})
const transactionItem = z.object({
  Put: z.optional(writeSchema),
  Delete: z.optional(writeSchema),
  ConditionCheck: z.optional(writeSchema),
})
const requests = {
  CreateTable: z.object({ TableName: z.string() }),
  BatchGetItem: z.object({ RequestItems: z.record(z.string(), z.object({ Keys: z.array(rowSchema) })) }),
  BatchWriteItem: z.object({
    RequestItems: z.record(z.string(), z.array(z.object({ PutRequest: z.object({ Item: rowSchema }) }))),
  }),
  GetItem: z.object({ TableName: z.string(), Key: rowSchema }),
  PutItem: z.object({ TableName: z.string(), Item: rowSchema, ...condition }),
  DeleteItem: z.object({ TableName: z.string(), Key: rowSchema }),
  TransactWriteItems: z.object({ TransactItems: z.array(transactionItem) }),
  ExecuteStatement: z.object({ Statement: z.string(), Parameters: z.array(attribute) }),
  Query: z.object({
    TableName: z.string(),
    KeyConditionExpression: z.string(),
    ExpressionAttributeValues: rowSchema,
    ScanIndexForward: z.optional(z.boolean()),
    ExclusiveStartKey: z.optional(rowSchema),
    Limit: z.optional(z.number()),
  }),
}

const holds = (
  stored: Row | undefined,
  { ConditionExpression, ExpressionAttributeValues }: z.infer<typeof writeSchema>,
) => {
  switch (ConditionExpression) {
    case undefined:
      return true
    case "attribute_not_exists(pk)":
      return stored === undefined
    case "revision = :revision":
      return stored !== undefined && stored["revision"]?.N === ExpressionAttributeValues?.[":revision"]?.N
    case "attribute_not_exists(pk) OR (#owner = :owner AND #sequence < :sequence)": {
      const { ":owner": owner, ":sequence": sequence } = ExpressionAttributeValues ?? {}
      if (stored === undefined) return true
      return stored["owner"]?.S === owner?.S && Number(stored["sequence"]?.N) < Number(sequence?.N)
    }
    default:
      throw new Refusal("ValidationException", { message: `these tables do not know ${ConditionExpression}` })
  }
}

/**
 * Tables that find an item of a partition by halving, as DynamoDB does in its own way, for as much of its API as the adapters use. The local
 * engine goes through a whole partition at every query, so that nothing measured on it says how we grow. For measurements alone: what
 * the adapters promise is tested on the engine and on AWS's documented errors.
 */
export const orderedTables = () => {
  const tables = new Map<string, Map<string, Partition>>()
  const partitionOf = (table: string, key: string): Partition => {
    const partitions = tables.get(table)
    if (partitions === undefined) throw new Refusal("ResourceNotFoundException")
    const found = partitions.get(key) ?? new Partition()
    partitions.set(key, found)
    return found
  }
  const stored = (table: string, key: Row) => partitionOf(table, partitionKeyOf(key)).get(sortKeyOf(key))
  const put = (table: string, row: Row) => partitionOf(table, partitionKeyOf(row)).put(sortKeyOf(row), row)
  const remove = (table: string, key: Row) => partitionOf(table, partitionKeyOf(key)).remove(sortKeyOf(key))

  const operations: { [O in keyof typeof requests]: (request: z.infer<(typeof requests)[O]>) => object } = {
    CreateTable: ({ TableName }) => {
      tables.set(TableName, new Map())
      return { TableDescription: { TableName } }
    },
    BatchGetItem: ({ RequestItems }) => ({
      Responses: Object.fromEntries(
        Object.entries(RequestItems).map(([table, { Keys }]) => [
          table,
          Keys.map((key) => stored(table, key)).filter((row) => row !== undefined),
        ]),
      ),
      UnprocessedKeys: {},
    }),
    BatchWriteItem: ({ RequestItems }) => {
      for (const [table, writes] of Object.entries(RequestItems))
        for (const { PutRequest } of writes) put(table, PutRequest.Item)
      return { UnprocessedItems: {} }
    },
    GetItem: ({ TableName, Key }) => {
      const Item = stored(TableName, Key)
      return Item === undefined ? {} : { Item }
    },
    PutItem: (write) => {
      if (!holds(stored(write.TableName, write.Item), write)) throw new Refusal("ConditionalCheckFailedException")
      put(write.TableName, write.Item)
      return {}
    },
    DeleteItem: ({ TableName, Key }) => {
      remove(TableName, Key)
      return {}
    },
    TransactWriteItems: ({ TransactItems }) => {
      const writes = TransactItems.map(({ Put, Delete, ConditionCheck }) => {
        const write = Put ?? Delete ?? ConditionCheck
        const key = write?.Item ?? write?.Key
        if (write === undefined || key === undefined) throw new Refusal("ValidationException")
        return { write, key, isDelete: Delete !== undefined }
      })
      const reasons = writes.map(({ write, key }) => ({
        Code: holds(stored(write.TableName, key), write) ? "None" : "ConditionalCheckFailed",
      }))
      if (reasons.some(({ Code }) => Code !== "None"))
        throw new Refusal("TransactionCanceledException", { CancellationReasons: reasons })
      for (const { write, key, isDelete } of writes) {
        if (write.Item !== undefined) put(write.TableName, write.Item)
        if (isDelete) remove(write.TableName, key)
      }
      return {}
    },
    ExecuteStatement: ({ Statement, Parameters }) => {
      const [, table, fields] = /^INSERT INTO "([\w-]+)" VALUE \{((?:'\w+': \?(?:, )?)+)\}$/.exec(Statement) ?? []
      const names = [...(fields ?? "").matchAll(/'(\w+)'/g)].map(([, name = ""]) => name)
      if (table === undefined || names.length !== Parameters.length) throw new Refusal("ValidationException")
      const row = Object.fromEntries(names.map((name, i) => [name, Parameters[i] ?? {}]))
      if (stored(table, row) !== undefined) throw new Refusal("DuplicateItemException")
      put(table, row)
      return { Items: [] }
    },
    Query: ({ TableName, KeyConditionExpression, ExpressionAttributeValues: values, ...options }) => {
      const partition = partitionOf(TableName, values[":pk"]?.S ?? "")
      const bounds = (): [number, number] => {
        switch (KeyConditionExpression) {
          case "pk = :pk":
            return [0, partition.length]
          case "pk = :pk AND sk > :after":
            return [partition.at(Number(values[":after"]?.N) + 1), partition.length]
          case "pk = :pk AND begins_with(sk, :prefix)": {
            const prefix = values[":prefix"]?.S ?? ""
            return [partition.at(prefix), partition.at(`${prefix}\uffff`)]
          }
          default:
            throw new Refusal("ValidationException", { message: `these tables do not know ${KeyConditionExpression}` })
        }
      }
      const [from, to] = bounds()
      const { ExclusiveStartKey: start, ScanIndexForward: forward = true, Limit = 1000 } = options
      const first = start === undefined ? from : Math.max(from, partition.at(sortKeyOf(start)) + 1)
      const count = Math.max(0, Math.min(Limit, to - first))
      const Items = Array.from({ length: count }, (_, i) => partition.row(forward ? first + i : to - 1 - i))
      const last = Items.at(-1)
      return last !== undefined && first + count < to && forward
        ? { Items, LastEvaluatedKey: { pk: last["pk"], sk: last["sk"] } }
        : { Items }
    },
  }

  /** One call of DynamoDB's API, by its name; throws a `Refusal`. */
  return (operation: string, body: unknown): object => {
    switch (operation) {
      case "CreateTable":
        return operations.CreateTable(z.parse(requests.CreateTable, body))
      case "BatchGetItem":
        return operations.BatchGetItem(z.parse(requests.BatchGetItem, body))
      case "BatchWriteItem":
        return operations.BatchWriteItem(z.parse(requests.BatchWriteItem, body))
      case "GetItem":
        return operations.GetItem(z.parse(requests.GetItem, body))
      case "PutItem":
        return operations.PutItem(z.parse(requests.PutItem, body))
      case "DeleteItem":
        return operations.DeleteItem(z.parse(requests.DeleteItem, body))
      case "TransactWriteItems":
        return operations.TransactWriteItems(z.parse(requests.TransactWriteItems, body))
      case "ExecuteStatement":
        return operations.ExecuteStatement(z.parse(requests.ExecuteStatement, body))
      case "Query":
        return operations.Query(z.parse(requests.Query, body))
      default:
        throw new Refusal("UnknownOperationException")
    }
  }
}
