import {
  DuplicateItemException,
  type DynamoDBClient,
  ExecuteStatementCommand,
  QueryCommand,
} from "@aws-sdk/client-dynamodb"
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb"
import * as z from "zod/mini"
import { type AuditEvent, auditEvent } from "../../contract/audit.ts"
import { itemKeys } from "../../contract/items.ts"
import { tagOf } from "../../protocol/checkpoint-tree.ts"
import { fromBase64url, toHex } from "../../protocol/crypto/bytes.ts"
import { listPageLength } from "../../protocol/primitives.ts"
import { headOf, linkEvent } from "../domain/audit-chain.ts"
import type { AuditHead, AuditTrail } from "../domain/ports.ts"
import { itemsIn } from "./query-items.ts"

const partition = (patientId: string) => itemKeys.patient({ patientId }).pk
const stored = z.object({ event: auditEvent })

/** In which part of the index of changes a patient's events are. */
const laneOf = async (patientId: string) => toHex(fromBase64url(await tagOf(patientId))).charAt(0)

/** How often a writer that lost the race for the next place tries again before it gives up. */
const attempts = 40

/**
 * The audit table. PartiQL's INSERT never overwrites, which `PutItem` would; so the function's role has INSERT and nothing that
 * changes. Source: Amazon DynamoDB Developer Guide, "PartiQL insert statements for DynamoDB".
 */
export const dynamoAuditTrail = (
  dynamo: DynamoDBClient,
  table: string,
  pause = (attempt: number) => new Promise((done) => setTimeout(done, Math.random() * 10 * Math.min(attempt, 20))),
): AuditTrail => {
  const query = async (
    patientId: string,
    options: { afterSeq: number; forward: boolean; limit: number },
  ): Promise<{ events: AuditEvent[]; more: boolean }> => {
    const answer = await dynamo.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: "pk = :pk AND sk > :after",
        ExpressionAttributeValues: marshall({ ":pk": partition(patientId), ":after": options.afterSeq }),
        ScanIndexForward: options.forward,
        Limit: options.limit,
      }),
    )
    const events = itemsIn(answer).map((attributes) => z.parse(stored, unmarshall(attributes)).event)
    return { events, more: answer.LastEvaluatedKey !== undefined }
  }

  const head = async (patientId: string): Promise<AuditHead> =>
    headOf((await query(patientId, { afterSeq: 0, forward: false, limit: 1 })).events)

  const insert = async (patientId: string, event: AuditEvent): Promise<"inserted" | "taken"> => {
    const { at, hash } = event
    const lane = await laneOf(patientId)
    // `lane`, `at` and `hash` stand beside the event for the index of changes (docs/adr/0006-checkpoint-tree.md).
    const item = marshall(
      { pk: partition(patientId), sk: event.seq, event, lane, at, hash },
      { removeUndefinedValues: true },
    )
    const fields = ["pk", "sk", "event", "lane", "at", "hash"]
    const values = fields.flatMap((field) => item[field] ?? [])
    if (values.length !== fields.length) throw new Error("an audit event lost a field")
    try {
      await dynamo.send(
        new ExecuteStatementCommand({
          Statement: `INSERT INTO "${table}" VALUE {${fields.map((field) => `'${field}': ?`).join(", ")}}`,
          Parameters: values,
        }),
      )
      return "inserted"
    } catch (error) {
      if (error instanceof DuplicateItemException) return "taken"
      throw error
    }
  }

  return {
    head,
    append: async (patientId, event, at, known) => {
      let last = known ?? (await head(patientId))
      for (let attempt = 1; attempt <= attempts; attempt++) {
        const link = await linkEvent(last, event, at)
        if ((await insert(patientId, link)) === "inserted") return link
        await pause(attempt)
        last = await head(patientId)
      }
      throw new Error(`the audit trail took no event in ${attempts} attempts`)
    },
    read: async (patientId, afterSeq) => {
      const { events, more } = await query(patientId, { afterSeq, forward: true, limit: listPageLength })
      const last = events.at(-1)
      return last !== undefined && more ? { events, next: last.seq } : { events }
    },
  }
}
