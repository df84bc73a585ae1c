import type { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { expect, test } from "vitest"
import { itemKeys } from "../../contract/items.ts"
import { dynamoFileDeletions } from "../../functions/adapters/file-deletions.dynamodb.ts"
import { attributesOf } from "../../functions/adapters/kept-item.ts"
import { newId } from "../fakes/call.ts"

interface Sent {
  readonly KeyConditionExpression: string
  readonly ExpressionAttributeValues: { ":pk": { S: string }; ":before": { S: string } }
  readonly ExclusiveStartKey?: { sk: { S: string } }
}

const deletion = (destroyAt: number) =>
  ({ kind: "file-deletion", revision: 1, practiceId: newId(), fileId: newId(), destroyAt }) as const
const stored = (item: ReturnType<typeof deletion>) => attributesOf({ ...item, ...itemKeys["file-deletion"](item) })

test("files that wait to be destroyed are asked for up to a moment, page by page", async () => {
  const [one, other] = [deletion(5), deletion(9)]
  const sent: Sent[] = []
  const send = async ({ input }: { input: Sent }) => {
    sent.push(input)
    const { sk } = itemKeys["file-deletion"](one)
    return input.ExclusiveStartKey === undefined
      ? { Items: [stored(one)], LastEvaluatedKey: { pk: { S: "FILE-DELETION" }, sk: { S: sk } } }
      : { Items: [stored(other)] }
  }
  const deletions = dynamoFileDeletions({ send } as unknown as DynamoDBClient, "Main")
  const first = await deletions.due(10, undefined)
  expect(first.deletions).toEqual([one])
  expect(await deletions.due(10, first.next)).toEqual({ deletions: [other] })
  expect(sent[0]).toMatchObject({
    KeyConditionExpression: "pk = :pk AND sk < :before",
    ExpressionAttributeValues: { ":pk": { S: "FILE-DELETION" }, ":before": { S: "0000000010" } },
  })
  expect(sent[1]?.ExclusiveStartKey?.sk.S).toBe(first.next)
})

test("an answer without its items is none", async () => {
  const send = async () => ({})
  const deletions = dynamoFileDeletions({ send } as unknown as DynamoDBClient, "Main")
  await expect(deletions.due(10, undefined)).rejects.toThrow("without its items")
})
