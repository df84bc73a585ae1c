import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DuplicateItemException,
  type DynamoDBClient,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb"

type Attributes = Record<string, AttributeValue>

const nameOf = ({ pk, sk }: Attributes) => `${pk?.S} ${(sk?.S ?? sk?.N ?? "").padStart(12, "0")}`
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

/**
 * As much of DynamoDB as the adapters use: conditions, all or nothing, one page of a query, INSERT that never overwrites. Calls in
 * flight at once count as one step; every call takes a turn of the event loop.
 */
export const memoryDynamo = () => {
  const tables = new Map<string, Map<string, Attributes>>()
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
      case "attribute_not_exists(pk) OR (#owner = :owner AND #sequence < :sequence)":
        return (
          stored === undefined ||
          (stored["owner"]?.S === values[":owner"]?.S && Number(stored["sequence"]?.N) < Number(values[":sequence"]?.N))
        )
      default:
        throw new Error(`the fake does not know ${condition}`)
    }
  }

  const answer = (command: unknown): object => {
    if (command instanceof BatchGetItemCommand) {
      const [[name, wanted] = []] = Object.entries(command.input.RequestItems ?? {})
      const keys = wanted?.Keys ?? []
      if (wanted?.ConsistentRead !== true) throw new Error("an eventually consistent read")
      if (keys.length > 100 || new Set(keys.map(nameOf)).size !== keys.length) throw new Error("ValidationException")
      const found = keys.map((key) => tableOf(name).get(nameOf(key))).filter((item) => item !== undefined)
      // In no order.
      return { Responses: { [name ?? ""]: found.reverse() }, UnprocessedKeys: {} }
    }
    if (command instanceof GetItemCommand) {
      if (command.input.ConsistentRead !== true) throw new Error("an eventually consistent read")
      return { Item: tableOf(command.input.TableName).get(nameOf(command.input.Key ?? {})) }
    }
    if (command instanceof PutItemCommand) {
      const { TableName, Item = {}, ConditionExpression, ExpressionAttributeValues } = command.input
      const stored = tableOf(TableName).get(nameOf(Item))
      if (!holds(ConditionExpression, stored, ExpressionAttributeValues))
        throw new ConditionalCheckFailedException({ message, $metadata })
      tableOf(TableName).set(nameOf(Item), Item)
      return {}
    }
    if (command instanceof QueryCommand) {
      const {
        TableName,
        ExpressionAttributeValues: values = {},
        ScanIndexForward,
        ExclusiveStartKey,
        Limit,
      } = command.input
      if (command.input.ConsistentRead !== true) throw new Error("an eventually consistent read")
      const from = ExclusiveStartKey?.["sk"]?.S
      const found = [...tableOf(TableName)]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([, item]) => item)
        .filter(({ pk, sk }) => {
          if (pk?.S !== values[":pk"]?.S) return false
          if (values[":after"]) return Number(valueOf(sk)) > Number(valueOf(values[":after"]))
          return (sk?.S ?? "").startsWith(values[":prefix"]?.S ?? "") && (from === undefined || (sk?.S ?? "") > from)
        })
      if (ScanIndexForward === false) found.reverse()
      const Items = found.slice(0, Limit)
      const last = Items.at(-1)
      return Items.length === Limit && last
        ? { Items, LastEvaluatedKey: { pk: last["pk"], sk: last["sk"] } }
        : { Items }
    }
    if (command instanceof TransactWriteItemsCommand) {
      const items = (command.input.TransactItems ?? []).map(({ Put, Delete, ConditionCheck }) => {
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
      return {}
    }
    if (command instanceof ExecuteStatementCommand) {
      const { table, item } = insertedBy(command.input)
      if (tableOf(table).has(nameOf(item))) throw new DuplicateItemException({ message, $metadata })
      tableOf(table).set(nameOf(item), item)
      return {}
    }
    throw new Error("the fake does not know this command")
  }

  const client = {
    send: async (command: object) => {
      calls.push(command.constructor.name)
      if (inFlight++ === 0) steps++
      try {
        await new Promise((done) => setTimeout(done))
        return answer(command)
      } finally {
        inFlight--
      }
    },
  }
  return {
    client: client as unknown as DynamoDBClient,
    calls,
    steps: () => steps,
    reset: () => {
      calls.length = 0
      steps = 0
    },
    items: (table: string): readonly Attributes[] => [...tableOf(table).values()],
  }
}
