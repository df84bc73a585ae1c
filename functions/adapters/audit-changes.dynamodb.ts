import { type AttributeValue, type DynamoDBClient, QueryCommand } from "@aws-sdk/client-dynamodb"
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb"
import * as z from "zod/mini"
import { auditChangesIndex, auditLanes } from "../../contract/audit.ts"
import { itemKeys } from "../../contract/items.ts"
import { hash, identifier, instant, ordinal } from "../../protocol/primitives.ts"
import type { AuditChanges, ChangedHead } from "../domain/ports.ts"
import { itemsIn } from "./query-items.ts"

const row = z.object({ pk: z.string(), sk: ordinal, at: instant, hash })

const prefix = itemKeys.patient({ patientId: "" }).pk
const patientOf = (pk: string): string => {
  if (!pk.startsWith(prefix)) throw new Error("an event of nobody")
  return z.parse(identifier, pk.slice(prefix.length))
}

/**
 * The index of the audit table by time. DynamoDB keeps it itself and loses nothing, but it may be behind the table, so the sealer reads some
 * minutes again. Source: Amazon DynamoDB Developer Guide, "Global secondary indexes", data synchronization.
 */
export const dynamoAuditChanges = (dynamo: DynamoDBClient, table: string): AuditChanges => {
  const page = (lane: string, at: string, from: Record<string, AttributeValue> | undefined) =>
    dynamo.send(
      new QueryCommand({
        TableName: table,
        IndexName: auditChangesIndex,
        KeyConditionExpression: "#lane = :lane AND #at > :at",
        ExpressionAttributeNames: { "#lane": "lane", "#at": "at" },
        // An empty string is no key value; a space stands before every time.
        ExpressionAttributeValues: marshall({ ":lane": lane, ":at": at === "" ? " " : at }),
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    )
  return {
    since: async (at) => {
      const heads = new Map<string, ChangedHead>()
      const readLane = async (lane: string) => {
        let from: Record<string, AttributeValue> | undefined
        do {
          const answer = await page(lane, at, from)
          for (const attributes of itemsIn(answer)) {
            const { pk, sk, ...event } = z.parse(row, unmarshall(attributes))
            const known = heads.get(pk)
            if (known === undefined || known.seq < sk)
              heads.set(pk, { patientId: patientOf(pk), seq: sk, hash: event.hash, at: event.at })
          }
          from = answer.LastEvaluatedKey
        } while (from !== undefined)
      }
      await Promise.all(auditLanes.map(readLane))
      return [...heads.values()]
    },
  }
}
