import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb"
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb"
import * as z from "zod/mini"
import { type HriItem, hriItem } from "../../contract/items.ts"
import type { IndexEntries } from "../domain/ports.ts"

/** That the item is what is replaced, compared where it is written. */
const conditionOf = (replaced: HriItem | undefined) => {
  if (replaced === undefined) return { ConditionExpression: "attribute_not_exists(pk)" }
  const { owner, sequence, statementHash } = replaced
  return {
    ConditionExpression: "#owner = :owner AND #sequence = :sequence AND #statementHash = :statementHash",
    ExpressionAttributeNames: { "#owner": "owner", "#sequence": "sequence", "#statementHash": "statementHash" },
    ExpressionAttributeValues: marshall({ ":owner": owner, ":sequence": sequence, ":statementHash": statementHash }),
  }
}

/** The HRI's table: one item for each locator that was ever registered. */
export const dynamoIndexEntries = (dynamo: DynamoDBClient, table: string): IndexEntries => ({
  find: async (locatorHash) => {
    const { Item } = await dynamo.send(
      new GetItemCommand({ TableName: table, Key: marshall({ pk: locatorHash }), ConsistentRead: true }),
    )
    return Item === undefined ? undefined : z.parse(hriItem, unmarshall(Item))
  },
  put: async (entry, replaced) => {
    try {
      await dynamo.send(
        new PutItemCommand({
          TableName: table,
          Item: marshall({ pk: entry.locatorHash, ...entry }, { removeUndefinedValues: true }),
          ...conditionOf(replaced),
        }),
      )
      return "put"
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return "conflict"
      throw error
    }
  },
})
