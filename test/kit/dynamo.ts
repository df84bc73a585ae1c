import {
  ConditionalCheckFailedException,
  DuplicateItemException,
  type DynamoDBClient,
  IdempotentParameterMismatchException,
  TransactionCanceledException,
} from "@aws-sdk/client-dynamodb"
import { callOf, dynamoTables, Refusal } from "./dynamo-tables.ts"

const message = "from the tables in memory"
const $metadata = {}

/** As the SDK throws it. */
const thrownOf = ({ type, more }: Refusal): Error => {
  switch (type) {
    case "ConditionalCheckFailedException":
      return new ConditionalCheckFailedException({ message, $metadata })
    case "DuplicateItemException":
      return new DuplicateItemException({ message, $metadata })
    case "IdempotentParameterMismatchException":
      return new IdempotentParameterMismatchException({ message, $metadata })
    case "TransactionCanceledException":
      return new TransactionCanceledException({ message, $metadata, ...more })
    default:
      return new Error(type, { cause: more })
  }
}

/** DynamoDB in memory as the SDK gives it. Calls in flight at once count as one step; every call takes a turn of the event loop. */
export const memoryDynamo = () => {
  const tables = dynamoTables()
  const call = callOf(tables)
  const calls: string[] = []
  let inFlight = 0
  let steps = 0

  const answer = (command: string, input: object): object => {
    try {
      return call(command.replace(/Command$/, ""), input)
    } catch (error) {
      throw error instanceof Refusal ? thrownOf(error) : error
    }
  }
  const client = {
    send: async (command: { input: object }) => {
      const { name } = command.constructor
      calls.push(name)
      if (inFlight++ === 0) steps++
      try {
        await new Promise((done) => setTimeout(done))
        return answer(name, command.input)
      } finally {
        inFlight--
      }
    },
  }
  return {
    client: client as unknown as DynamoDBClient,
    /** By the command's name. */
    operations: Object.fromEntries(
      Object.keys(tables.operations).map((name) => {
        const command = `${name}Command`
        return [command, (input: object) => answer(command, input)]
      }),
    ),
    calls,
    steps: () => steps,
    reset: () => {
      calls.length = 0
      steps = 0
    },
    items: tables.items,
    save: tables.save,
    load: tables.load,
  }
}
