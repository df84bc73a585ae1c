import { type DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb"
import { marshall } from "@aws-sdk/util-dynamodb"
import { fileDeletions, parseItem } from "../../contract/items.ts"
import type { FileDeletions } from "../domain/ports.ts"
import { itemIn } from "./kept-item.ts"
import { itemsIn } from "./query-items.ts"

/** The files of practices that wait to be destroyed, by their times. */
export const dynamoFileDeletions = (dynamo: DynamoDBClient, table: string): FileDeletions => ({
  due: async (before, after) => {
    const answer = await dynamo.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk AND sk < :before",
        ExpressionAttributeValues: marshall({ ":pk": fileDeletions, ":before": String(before).padStart(10, "0") }),
        ...(after === undefined ? {} : { ExclusiveStartKey: marshall({ pk: fileDeletions, sk: after }) }),
      }),
    )
    const deletions = itemsIn(answer).map((attributes) => parseItem("file-deletion", itemIn(attributes)))
    const last = answer.LastEvaluatedKey?.["sk"]?.S
    return last === undefined ? { deletions } : { deletions, next: last }
  },
})
