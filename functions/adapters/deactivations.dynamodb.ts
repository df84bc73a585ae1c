import { type AttributeValue, type DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb"
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb"
import * as z from "zod/mini"
import { deactivations } from "../../contract/items.ts"
import { identifier } from "../../protocol/primitives.ts"
import type { Deactivations } from "../domain/ports.ts"
import { itemsIn } from "./query-items.ts"

const patientOf = (attributes: Record<string, AttributeValue>): string => {
  const { sk } = z.parse(z.object({ sk: z.string() }), unmarshall(attributes))
  return z.parse(identifier, sk.slice(sk.indexOf("#") + 1))
}

/** The accounts that are to be destroyed or are being so, by their patients. */
export const dynamoDeactivations = (dynamo: DynamoDBClient, table: string): Deactivations => ({
  list: async (after) => {
    const answer = await dynamo.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: marshall({ ":pk": deactivations.partition }),
        ProjectionExpression: "sk",
        ...(after === undefined ? {} : { ExclusiveStartKey: marshall({ pk: deactivations.partition, sk: after }) }),
      }),
    )
    const patientIds = itemsIn(answer).map((item) => patientOf(item))
    const last = answer.LastEvaluatedKey?.["sk"]?.S
    return last === undefined ? { patientIds } : { patientIds, next: last }
  },
})
