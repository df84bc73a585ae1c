import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { marshall } from "@aws-sdk/util-dynamodb"
import { describe, expect, test } from "vitest"
import { auditLanes } from "../../contract/audit.ts"
import { itemKeys } from "../../contract/items.ts"
import { dynamoAuditChanges } from "../../functions/adapters/audit-changes.dynamodb.ts"
import { newId, newKey } from "../fakes/call.ts"

const at = "2026-03-01T12:00:00.000Z"
interface Sent {
  ExpressionAttributeValues: { ":lane": { S: string }; ":at": { S: string } }
  ExclusiveStartKey?: object
}
const row = (patientId: string, seq: number, hash = newKey()) =>
  marshall({ ...itemKeys.patient({ patientId }), sk: seq, at, hash, lane: "0" })

/** An index whose lane `0` gives these pages. */
const indexOf = (...pages: object[][]) => {
  const sent: Sent[] = []
  const send = async ({ input }: { input: Sent }) => {
    sent.push(input)
    if (input.ExpressionAttributeValues[":lane"].S !== "0") return { Items: [] }
    const page = sent.filter((other) => other.ExpressionAttributeValues[":lane"].S === "0").length - 1
    return { Items: pages[page], ...(page + 1 < pages.length && { LastEvaluatedKey: { page: { N: String(page) } } }) }
  }
  return { changes: dynamoAuditChanges({ send } as unknown as DynamoDBClient, "Audit"), sent }
}

describe("the index of changes", () => {
  test("is asked in each of its lanes for what is later, and for nothing of what happened", async () => {
    const { changes, sent } = indexOf([])
    expect(await changes.since(at)).toEqual([])
    expect(sent.map((input) => input.ExpressionAttributeValues[":lane"].S).sort()).toEqual(auditLanes)
    for (const input of sent)
      expect(input).toMatchObject({
        TableName: "Audit",
        IndexName: "changes",
        KeyConditionExpression: "#lane = :lane AND #at > :at",
        ExpressionAttributeValues: { ":at": { S: at } },
      })
  })

  test("is asked for everything where nothing is sealed yet: no time sorts before a space", async () => {
    const { changes, sent } = indexOf([])
    await changes.since("")
    expect(sent[0]?.ExpressionAttributeValues[":at"].S).toBe(" ")
    expect(" " < at).toBe(true)
  })

  test("is read to its last page, and gives each chain's newest event in whatever order they come", async () => {
    const [one, two] = [newId(), newId()]
    const [hash, other] = [newKey(), newKey()]
    const { changes, sent } = indexOf([row(one, 2), row(two, 9, other)], [row(one, 3, hash), row(two, 8), row(one, 1)])
    expect(await changes.since(at)).toEqual([
      { patientId: one, seq: 3, hash, at },
      { patientId: two, seq: 9, hash: other, at },
    ])
    expect(sent.filter(({ ExclusiveStartKey }) => ExclusiveStartKey !== undefined)).toHaveLength(1)
  })

  test("that holds what is no event is not sealed from", async () => {
    for (const bad of [
      marshall({ pk: "SOMETHING#else", sk: 1, at, hash: newKey() }),
      marshall({ ...itemKeys.patient({ patientId: newId() }), sk: 1, at }),
      marshall({ ...itemKeys.patient({ patientId: "short" }), sk: 1, at, hash: newKey() }),
    ])
      await expect(indexOf([bad]).changes.since(at)).rejects.toThrow(/./)
  })
})
