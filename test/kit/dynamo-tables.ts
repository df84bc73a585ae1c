import type {
  AttributeValue,
  BatchGetItemCommandInput,
  BatchWriteItemCommandInput,
  CreateTableCommandInput,
  DeleteItemCommandInput,
  ExecuteStatementCommandInput,
  GetItemCommandInput,
  PutItemCommandInput,
  QueryCommandInput,
  TransactWriteItemsCommandInput,
  UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb"
import { type Attributes, Partition } from "./partition.ts"

/** A refusal as DynamoDB names it. */
export class Refusal extends Error {
  readonly type: string
  readonly more: object

  constructor(type: string, more: object = {}) {
    super(type)
    this.type = type
    this.more = more
  }
}
const invalid = (message: string) => new Refusal("ValidationException", { message })

/** The item of a PartiQL INSERT; refuses every other statement. */
export const insertedBy = ({ Statement = "", Parameters = [] }: Partial<ExecuteStatementCommandInput>) => {
  const [, table, fields] = /^INSERT INTO "([\w-]+)" VALUE \{((?:'\w+': \?(?:, )?)+)\}$/.exec(Statement) ?? []
  const names = [...(fields ?? "").matchAll(/'(\w+)'/g)].map(([, name]) => name ?? "")
  if (table === undefined || names.length !== Parameters.length) throw invalid(`these tables take no ${Statement}`)
  const item: Attributes = Object.fromEntries(names.map((name, i) => [name, Parameters[i] ?? { NULL: true }]))
  return { table, item }
}

/** The conditions the adapters write, and no other. */
const holds = (condition: string | undefined, stored: Attributes | undefined, values: Attributes = {}): boolean => {
  switch (condition) {
    case undefined:
      return true
    case "attribute_not_exists(pk)":
      return stored === undefined
    case "revision = :revision":
      return stored !== undefined && stored["revision"]?.N === values[":revision"]?.N
    case "#owner = :owner AND #sequence = :sequence AND #statementHash = :statementHash":
      return (
        stored?.["owner"]?.S === values[":owner"]?.S &&
        stored?.["sequence"]?.N === values[":sequence"]?.N &&
        stored?.["statementHash"]?.S === values[":statementHash"]?.S
      )
    default:
      throw invalid(`these tables do not know ${condition}`)
  }
}

/** The item after an update of the form the adapters write. */
const updated = (
  item: Attributes,
  names: Readonly<Record<string, string>> = {},
  values: Attributes = {},
  expression = "",
): Attributes => {
  const [, set, removed = ""] =
    /^SET (#\d+ = :\d+(?:, #\d+ = :\d+)*)(?: REMOVE (#\d+(?:, #\d+)*))?$/.exec(expression) ?? []
  if (set === undefined) throw invalid(`these tables do not know ${expression}`)
  const gone = removed.split(", ").map((name) => names[name])
  const kept = Object.entries(item).filter(([field]) => !gone.includes(field))
  const changed = set.split(", ").map((each): [string, AttributeValue] => {
    const [name = "", value = ""] = each.split(" = ")
    const [field, given] = [names[name], values[value]]
    if (field === undefined || given === undefined) throw invalid(`${each} names nothing`)
    return [field, given]
  })
  return { ...Object.fromEntries(kept), ...Object.fromEntries(changed) }
}

const keyName = ({ pk, sk }: Attributes) => `${pk?.S} ${sk?.S ?? sk?.N}`
const requireDistinct = (keys: readonly Attributes[]) => {
  if (keys.length > 100 || new Set(keys.map(keyName)).size !== keys.length) throw invalid("too many, or one twice")
}
const requireConsistent = (consistent: boolean | undefined) => {
  if (consistent !== true) throw invalid("an eventually consistent read")
}

/**
 * As much of DynamoDB's API as the adapters use, in memory: conditions, all or nothing, pages, INSERT that never overwrites, a transaction
 * sent again under its token. An item of a partition is found by halving, so that what is measured on it grows as it would. What it
 * doesn't know it refuses; a table is there once it is named.
 */
export const dynamoTables = () => {
  const tables = new Map<string, Map<string, Partition>>()
  const transactions = new Map<string, string>()
  const tableOf = (name = "") => {
    const table = tables.get(name) ?? new Map<string, Partition>()
    tables.set(name, table)
    return table
  }
  const partitionOf = (name: string | undefined, key = "") => {
    const table = tableOf(name)
    const partition = table.get(key) ?? new Partition()
    table.set(key, partition)
    return partition
  }
  const stored = (table: string | undefined, key: Attributes) => partitionOf(table, key["pk"]?.S).get(key)
  const put = (table: string | undefined, item: Attributes) => partitionOf(table, item["pk"]?.S).put(item)
  const items = (table: string | undefined) => [...tableOf(table).values()].flatMap((partition) => partition.items())

  /** From which place to which a query goes. */
  const rangeOf = (
    partition: Partition,
    { KeyConditionExpression, ExpressionAttributeValues: values = {} }: QueryCommandInput,
  ) => {
    const end = partition.length
    switch (KeyConditionExpression) {
      case "pk = :pk":
        return [0, end] as const
      case "pk = :pk AND sk > :after":
        return [partition.at(Number(values[":after"]?.N) + 1), end] as const
      case "pk = :pk AND begins_with(sk, :prefix)": {
        const prefix = values[":prefix"]?.S ?? ""
        return [partition.at(prefix), partition.at(`${prefix}\uffff`)] as const
      }
      case "pk = :pk AND sk < :before":
        return [0, partition.at(values[":before"]?.S ?? "")] as const
      case undefined:
      default:
        throw invalid(`these tables do not know ${KeyConditionExpression}`)
    }
  }

  /** The one index there is, of what was changed when; it has no consistent reads. */
  const queryIndex = ({ TableName, KeyConditionExpression, ...query }: QueryCommandInput) => {
    const { ExpressionAttributeValues: values = {}, ExclusiveStartKey: start, Limit } = query
    if (KeyConditionExpression !== "#lane = :lane AND #at > :at")
      throw invalid(`these tables do not know ${KeyConditionExpression}`)
    const found = items(TableName)
      .filter(({ lane, at }) => lane?.S === values[":lane"]?.S && (at?.S ?? "") > (values[":at"]?.S ?? ""))
      .sort((a, b) => (keyName(a) < keyName(b) ? -1 : 1))
      .filter((item) => start === undefined || keyName(item) > keyName(start))
    return pageOf(found.slice(0, Limit), Limit)
  }
  /** With where to go on, once there are as many as were asked for, even if there is nothing more. */
  const pageOf = (Items: readonly Attributes[], limit?: number) => {
    const last = Items.at(-1)
    return Items.length === limit && last !== undefined
      ? { Items, LastEvaluatedKey: { pk: last["pk"], sk: last["sk"] } }
      : { Items }
  }

  /** By name, as DynamoDB's API has them. */
  const operations = {
    CreateTable: ({ TableName }: CreateTableCommandInput) => {
      tableOf(TableName)
      return { TableDescription: { TableName } }
    },
    BatchGetItem: ({ RequestItems }: BatchGetItemCommandInput) => {
      const Responses = Object.entries(RequestItems ?? {}).map(([table, { Keys = [], ConsistentRead }]) => {
        requireConsistent(ConsistentRead)
        requireDistinct(Keys)
        // In no order.
        return [
          table,
          Keys.map((key) => stored(table, key))
            .filter((item) => item !== undefined)
            .reverse(),
        ] as const
      })
      return { Responses: Object.fromEntries(Responses), UnprocessedKeys: {} }
    },
    BatchWriteItem: ({ RequestItems }: BatchWriteItemCommandInput) => {
      for (const [table, writes] of Object.entries(RequestItems ?? {}))
        for (const { PutRequest } of writes) put(table, PutRequest?.Item ?? {})
      return { UnprocessedItems: {} }
    },
    GetItem: ({ TableName, Key = {}, ConsistentRead }: GetItemCommandInput) => {
      requireConsistent(ConsistentRead)
      return { Item: stored(TableName, Key) }
    },
    PutItem: ({ TableName, Item = {}, ConditionExpression, ExpressionAttributeValues }: PutItemCommandInput) => {
      if (!holds(ConditionExpression, stored(TableName, Item), ExpressionAttributeValues))
        throw new Refusal("ConditionalCheckFailedException")
      put(TableName, Item)
      return {}
    },
    UpdateItem: ({ TableName, Key = {}, ConditionExpression, ...update }: UpdateItemCommandInput) => {
      const there = stored(TableName, Key)
      if (!holds(ConditionExpression, there, update.ExpressionAttributeValues))
        throw new Refusal("ConditionalCheckFailedException")
      const { ExpressionAttributeNames, ExpressionAttributeValues, UpdateExpression } = update
      put(TableName, updated(there ?? Key, ExpressionAttributeNames, ExpressionAttributeValues, UpdateExpression))
      return {}
    },
    DeleteItem: ({ TableName, Key = {} }: DeleteItemCommandInput) => {
      partitionOf(TableName, Key["pk"]?.S).remove(Key)
      return {}
    },
    TransactWriteItems: ({ TransactItems = [], ClientRequestToken }: TransactWriteItemsCommandInput) => {
      const text = JSON.stringify(TransactItems)
      const known = ClientRequestToken === undefined ? undefined : transactions.get(ClientRequestToken)
      if (known !== undefined && known !== text) throw new Refusal("IdempotentParameterMismatchException")
      if (known !== undefined) return {}
      const writes = TransactItems.map(({ Put, Update, Delete, ConditionCheck }) => {
        const given = Put ?? Update ?? Delete ?? ConditionCheck
        const key = Put?.Item ?? (Update ?? Delete ?? ConditionCheck)?.Key ?? {}
        return { given, put: Put?.Item, update: Update, key, isDelete: Delete !== undefined }
      })
      requireDistinct(writes.map(({ key }) => key))
      const reasons = writes.map(({ given, key }) => {
        const there = stored(given?.TableName, key)
        const holding = holds(given?.ConditionExpression, there, given?.ExpressionAttributeValues)
        return { Code: holding ? "None" : "ConditionalCheckFailed" }
      })
      if (reasons.some(({ Code }) => Code !== "None"))
        throw new Refusal("TransactionCanceledException", { CancellationReasons: reasons })
      for (const { given, put: item, update, key, isDelete } of writes) {
        if (item !== undefined) put(given?.TableName, item)
        if (update !== undefined) {
          const { TableName, ExpressionAttributeNames, ExpressionAttributeValues, UpdateExpression } = update
          const there = stored(TableName, key) ?? key
          put(TableName, updated(there, ExpressionAttributeNames, ExpressionAttributeValues, UpdateExpression))
        }
        if (isDelete) partitionOf(given?.TableName, key["pk"]?.S).remove(key)
      }
      if (ClientRequestToken !== undefined) transactions.set(ClientRequestToken, text)
      return {}
    },
    ExecuteStatement: (input: ExecuteStatementCommandInput) => {
      const { table, item } = insertedBy(input)
      if (stored(table, item) !== undefined) throw new Refusal("DuplicateItemException")
      put(table, item)
      return { Items: [] }
    },
    Query: (query: QueryCommandInput) => {
      if (query.IndexName !== undefined) return queryIndex(query)
      requireConsistent(query.ConsistentRead)
      const partition = partitionOf(query.TableName, query.ExpressionAttributeValues?.[":pk"]?.S)
      const { ExclusiveStartKey: start, ScanIndexForward: forward = true, Limit = Number.POSITIVE_INFINITY } = query
      const [low, high] = rangeOf(partition, query)
      const from = forward && start !== undefined ? Math.max(low, partition.place(start) + 1) : low
      const to = !forward && start !== undefined ? Math.min(high, partition.place(start)) : high
      const found = forward
        ? partition.items(from, Math.min(to, from + Limit))
        : partition.items(Math.max(from, to - Limit), to).reverse()
      return pageOf(found, Limit)
    },
  }

  return {
    operations,
    items,
    /** What is stored; items are never changed in place. */
    save: () => [...tables.keys()].map((name): [string, Attributes[]] => [name, items(name)]),
    load: (saved: readonly [string, readonly Attributes[]][]) => {
      tables.clear()
      for (const [name, rows] of saved) for (const row of rows) put(name, row)
    },
  }
}

/** One call of DynamoDB's API, by its name. */
export const callOf = ({ operations }: Pick<ReturnType<typeof dynamoTables>, "operations">) => {
  const known = new Map(Object.entries(operations))
  return (name: string, input: object): object => {
    const operation = known.get(name)
    if (operation === undefined) throw new Refusal("UnknownOperationException")
    return (operation as (input: object) => object)(input)
  }
}
