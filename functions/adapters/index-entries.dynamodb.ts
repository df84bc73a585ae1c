import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb"
import { marshall } from "@aws-sdk/util-dynamodb"
import * as z from "zod/mini"
import { type HriItem, hriItem } from "../../contract/items.ts"
import type { IndexEntries } from "../domain/ports.ts"
import { changeTo, itemIn } from "./kept-item.ts"

/** That the item is what is replaced, compared where it is written. */
const conditionOf = (
  replaced: HriItem | undefined,
): {
  readonly condition: string
  readonly names: Record<string, string>
  readonly values: Record<string, AttributeValue>
} => {
  if (replaced === undefined) return { condition: "attribute_not_exists(pk)", names: {}, values: {} }
  const { owner, sequence, statementHash } = replaced
  return {
    condition: "#owner = :owner AND #sequence = :sequence AND #statementHash = :statementHash",
    names: { "#owner": "owner", "#sequence": "sequence", "#statementHash": "statementHash" },
    values: marshall({ ":owner": owner, ":sequence": sequence, ":statementHash": statementHash }),
  }
}

/** The HRI's table: one item for each locator that was ever registered. */
export const dynamoIndexEntries = (dynamo: DynamoDBClient, table: string): IndexEntries => ({
  find: async (locatorHash) => {
    const { Item } = await dynamo.send(
      new GetItemCommand({ TableName: table, Key: marshall({ pk: locatorHash }), ConsistentRead: true }),
    )
    return Item === undefined ? undefined : z.parse(hriItem, itemIn(Item))
  },
  put: async (entry, replaced) => {
    const { UpdateExpression, ...change } = changeTo(entry, Object.keys(hriItem.shape))
    const { condition, names, values } = conditionOf(replaced)
    try {
      await dynamo.send(
        new UpdateItemCommand({
          TableName: table,
          Key: marshall({ pk: entry.locatorHash }),
          UpdateExpression,
          ConditionExpression: condition,
          ExpressionAttributeNames: { ...change.ExpressionAttributeNames, ...names },
          ExpressionAttributeValues: { ...change.ExpressionAttributeValues, ...values },
        }),
      )
      return "put"
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return "conflict"
      throw error
    }
  },
})
