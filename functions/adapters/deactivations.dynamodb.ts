import { type AttributeValue, type DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb"
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb"
import * as z from "zod/mini"
import { identifier } from "../../protocol/primitives.ts"
import type { Deactivations } from "../domain/ports.ts"
import { itemsIn } from "./query-items.ts"

const idOf = (attributes: Record<string, AttributeValue>): string => {
  const { sk } = z.parse(z.object({ sk: z.string() }), unmarshall(attributes))
  return z.parse(identifier, sk.slice(sk.indexOf("#") + 1))
}

/** The accounts, or the practices, that are to be destroyed or are being so, by their ids: those of a partition. */
export const dynamoDeactivations = (dynamo: DynamoDBClient, table: string, partition: string): Deactivations => ({
  list: async (after) => {
    const answer = await dynamo.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: marshall({ ":pk": partition }),
        ProjectionExpression: "sk",
        ...(after === undefined ? {} : { ExclusiveStartKey: marshall({ pk: partition, sk: after }) }),
      }),
    )
    const ids = itemsIn(answer).map((item) => idOf(item))
    const last = answer.LastEvaluatedKey?.["sk"]?.S
    return last === undefined ? { ids } : { ids, next: last }
  },
})
