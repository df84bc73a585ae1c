import {
  type AttributeValue,
  type BatchGetItemCommandInput,
  ConditionalCheckFailedException,
  DuplicateItemException,
  type DynamoDBClient,
  type ExecuteStatementCommandInput,
  type GetItemCommandInput,
  IdempotentParameterMismatchException,
  type PutItemCommandInput,
  type QueryCommandInput,
  TransactionCanceledException,
  type TransactWriteItemsCommandInput,
} from "@aws-sdk/client-dynamodb"

export type Attributes = Record<string, AttributeValue>

const numbered = (n: string) => n.padStart(12, "0")
const nameOf = ({ pk, sk }: Attributes) => `${pk?.S} ${sk?.S ?? numbered(sk?.N ?? "")}`
const valueOf = (value: AttributeValue | undefined) => (value?.N === undefined ? value?.S : Number(value.N))
/** The item of a PartiQL INSERT; throws for every other statement. */
export const insertedBy = ({ Statement = "", Parameters = [] }: Partial<ExecuteStatementCommandInput>) => {
  const [, table, fields] = /^INSERT INTO "([\w-]+)" VALUE \{((?:'\w+': \?(?:, )?)+)\}$/.exec(Statement) ?? []
  const names = [...(fields ?? "").matchAll(/'(\w+)'/g)].map(([, name]) => name ?? "")
  if (table === undefined || names.length !== Parameters.length) throw new Error(`the fake takes no ${Statement}`)
  return {
    table,
    item: Object.fromEntries(names.map((name, i): [string, AttributeValue] => [name, Parameters[i] ?? { NULL: true }])),
  }
}

const message = "from the fake"
const $metadata = {}

/** What a query asks for: the four key conditions that the adapters write, and no other. */
const selects = ({ KeyConditionExpression, ExpressionAttributeValues: values = {} }: QueryCommandInput) => {
  const ofPartition = ({ pk }: Attributes) => pk?.S === values[":pk"]?.S
  switch (KeyConditionExpression) {
    case "pk = :pk":
      return ofPartition
    case "pk = :pk AND sk > :after":
      return (item: Attributes) => ofPartition(item) && Number(valueOf(item["sk"])) > Number(valueOf(values[":after"]))
    case "pk = :pk AND begins_with(sk, :prefix)":
      return (item: Attributes) => ofPartition(item) && (item["sk"]?.S ?? "").startsWith(values[":prefix"]?.S ?? "")
    case "#lane = :lane AND #at > :at":
      return ({ lane, at }: Attributes) => lane?.S === values[":lane"]?.S && (at?.S ?? "") > (values[":at"]?.S ?? "")
    case undefined:
    default:
      throw new Error(`the fake does not know ${KeyConditionExpression}`)
  }
}

/**
 * As much of DynamoDB as the adapters use: conditions, all or nothing, one page of a query, INSERT that never overwrites, a transaction
 * sent again under its token. Calls in flight at once count as one step; every call takes a turn of the event loop.
 */
export const memoryDynamo = () => {
  const tables = new Map<string, Map<string, Attributes>>()
  const transactions = new Map<string, string>()
  const calls: string[] = []
  let inFlight = 0
  let steps = 0
  const tableOf = (name = "") => {
    const table = tables.get(name) ?? new Map<string, Attributes>()
    tables.set(name, table)
    return table
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
        throw new Error(`the fake does not know ${condition}`)
    }
  }

  /** By the command's name. */
  const operations = {
    BatchGetItemCommand: ({ RequestItems }: BatchGetItemCommandInput) => {
      const [[name, wanted] = []] = Object.entries(RequestItems ?? {})
      const keys = wanted?.Keys ?? []
      if (wanted?.ConsistentRead !== true) throw new Error("an eventually consistent read")
      if (keys.length > 100 || new Set(keys.map(nameOf)).size !== keys.length) throw new Error("ValidationException")
      const found = keys.map((key) => tableOf(name).get(nameOf(key))).filter((item) => item !== undefined)
      // In no order.
      return { Responses: { [name ?? ""]: found.reverse() }, UnprocessedKeys: {} }
    },
    GetItemCommand: ({ TableName, Key = {}, ConsistentRead }: GetItemCommandInput) => {
      if (ConsistentRead !== true) throw new Error("an eventually consistent read")
      return { Item: tableOf(TableName).get(nameOf(Key)) }
    },
    PutItemCommand: ({
      TableName,
      Item = {},
      ConditionExpression,
      ExpressionAttributeValues: values,
    }: PutItemCommandInput) => {
      if (!holds(ConditionExpression, tableOf(TableName).get(nameOf(Item)), values))
        throw new ConditionalCheckFailedException({ message, $metadata })
      tableOf(TableName).set(nameOf(Item), Item)
      return {}
    },
    QueryCommand: (input: QueryCommandInput) => {
      const { TableName, IndexName, ConsistentRead, ScanIndexForward, ExclusiveStartKey, Limit } = input
      // An index has no other reads.
      if (ConsistentRead !== true && IndexName === undefined) throw new Error("an eventually consistent read")
      const from = ExclusiveStartKey === undefined ? undefined : nameOf(ExclusiveStartKey)
      const found = [...tableOf(TableName)]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .filter(([name, item]) => selects(input)(item) && (from === undefined || name > from))
        .map(([, item]) => item)
      if (ScanIndexForward === false) found.reverse()
      const Items = found.slice(0, Limit)
      const last = Items.at(-1)
      return Items.length === Limit && last
        ? { Items, LastEvaluatedKey: { pk: last["pk"], sk: last["sk"] } }
        : { Items }
    },
    TransactWriteItemsCommand: ({ TransactItems = [], ClientRequestToken }: TransactWriteItemsCommandInput) => {
      const text = JSON.stringify(TransactItems)
      const known = ClientRequestToken === undefined ? undefined : transactions.get(ClientRequestToken)
      if (known !== undefined && known !== text) throw new IdempotentParameterMismatchException({ message, $metadata })
      if (known !== undefined) return {}
      const items = TransactItems.map(({ Put, Delete, ConditionCheck }) => {
        const given = Put ?? Delete ?? ConditionCheck
        return {
          put: Put?.Item,
          gone: Delete !== undefined,
          given,
          key: Put?.Item ?? Delete?.Key ?? ConditionCheck?.Key ?? {},
        }
      })
      if (items.length > 100 || new Set(items.map(({ key }) => nameOf(key))).size !== items.length)
        throw new Error("ValidationException")
      const reasons = items.map(({ given, key }) => {
        const stored = tableOf(given?.TableName).get(nameOf(key))
        const holding = holds(given?.ConditionExpression, stored, given?.ExpressionAttributeValues)
        return { Code: holding ? "None" : "ConditionalCheckFailed" }
      })
      if (reasons.some(({ Code }) => Code !== "None"))
        throw new TransactionCanceledException({ message, $metadata, CancellationReasons: reasons })
      for (const { put, gone, given, key } of items) {
        if (put) tableOf(given?.TableName).set(nameOf(key), put)
        if (gone) tableOf(given?.TableName).delete(nameOf(key))
      }
      if (ClientRequestToken !== undefined) transactions.set(ClientRequestToken, text)
      return {}
    },
    ExecuteStatementCommand: (input: ExecuteStatementCommandInput) => {
      const { table, item } = insertedBy(input)
      if (tableOf(table).has(nameOf(item))) throw new DuplicateItemException({ message, $metadata })
      tableOf(table).set(nameOf(item), item)
      return { Items: [] }
    },
  }

  const client = {
    send: async (command: { input: object }) => {
      const { name } = command.constructor
      calls.push(name)
      if (inFlight++ === 0) steps++
      try {
        await new Promise((done) => setTimeout(done))
        const operation = Object.entries(operations).find(([known]) => known === name)?.[1]
        if (operation === undefined) throw new Error("the fake does not know this command")
        return (operation as (input: object) => object)(command.input)
      } finally {
        inFlight--
      }
    },
  }
  return {
    client: client as unknown as DynamoDBClient,
    operations,
    calls,
    steps: () => steps,
    reset: () => {
      calls.length = 0
      steps = 0
    },
    items: (table: string): readonly Attributes[] => [...tableOf(table).values()],
    /** What is stored; items are never changed in place. */
    save: () => [...tables].map(([name, table]): [string, [string, Attributes][]] => [name, [...table]]),
    load: (saved: readonly [string, readonly [string, Attributes][]][]) => {
      tables.clear()
      for (const [name, table] of saved) tables.set(name, new Map(table))
    },
  }
}
