import {
  type AttributeValue,
  type DynamoDBClient,
  QueryCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb"
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb"
import * as z from "zod/mini"
import type { PatientItems } from "../domain/ports.ts"
import { itemsIn } from "./query-items.ts"

const key = z.object({ pk: z.string(), sk: z.string() })

/** Everything of a partition but the patient's or the practice's own item, which outlives the rest. */
export const dynamoPatientItems = (dynamo: DynamoDBClient, table: string): PatientItems => ({
  some: async (own) => {
    let from: Record<string, AttributeValue> | undefined
    do {
      const answer = await dynamo.send(
        new QueryCommand({
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: marshall({ ":pk": own.pk }),
          ProjectionExpression: "pk, sk",
          Limit: 26,
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        }),
      )
      const others = itemsIn(answer)
        .map((item) => z.parse(key, unmarshall(item)))
        .filter(({ sk }) => sk !== own.sk)
      if (others.length > 0) return others
      // A page may be shorter than asked for, and more behind it.
      from = answer.LastEvaluatedKey
    } while (from !== undefined)
    return []
  },
  remove: async (keys) => {
    await dynamo.send(
      new TransactWriteItemsCommand({
        TransactItems: keys.map((Key) => ({ Delete: { TableName: table, Key: marshall(Key) } })),
      }),
    )
  },
})
