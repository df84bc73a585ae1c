import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb"
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb"
import * as z from "zod/mini"
import { hriItem } from "../../contract/items.ts"
import type { IndexEntries } from "../domain/health-record-index.ts"

/** The HRI's table: one item for each locator that was ever registered. */
export const dynamoIndexEntries = (dynamo: DynamoDBClient, table: string): IndexEntries => ({
  find: async (locatorHash) => {
    const { Item } = await dynamo.send(
      new GetItemCommand({ TableName: table, Key: marshall({ pk: locatorHash }), ConsistentRead: true }),
    )
    return Item === undefined ? undefined : z.parse(hriItem, unmarshall(Item))
  },
  put: async (entry) => {
    try {
      await dynamo.send(
        new PutItemCommand({
          TableName: table,
          Item: marshall({ pk: entry.locatorHash, ...entry }, { removeUndefinedValues: true }),
          ConditionExpression: "attribute_not_exists(pk) OR (#owner = :owner AND #sequence < :sequence)",
          ExpressionAttributeNames: { "#owner": "owner", "#sequence": "sequence" },
          ExpressionAttributeValues: marshall({ ":owner": entry.owner, ":sequence": entry.sequence }),
        }),
      )
      return "put"
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return "conflict"
      throw error
    }
  },
})
