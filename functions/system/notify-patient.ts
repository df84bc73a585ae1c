import type { DynamoDBStreamEvent } from "aws-lambda"
import * as z from "zod/mini"
import { identifier } from "../../protocol/primitives.ts"
import { env } from "../adapters/env.ts"
import { notices } from "../adapters/wiring.ts"
import { notifyPatient } from "../domain/notices.ts"
import { unattended } from "../http/unattended.ts"

const deps = { notices: notices() }

/** The keys of a grant, or of an hour of readings, and when its item was written: the stream carries nothing else. */
const itemWritten = z.object({
  eventName: z.literal("INSERT"),
  dynamodb: z.object({
    ApproximateCreationDateTime: z.number(),
    Keys: z.object({
      pk: z.object({ S: z.string().check(z.startsWith("PATIENT#")) }),
      sk: z.object({ S: z.string().check(z.regex(/^(?:GRANT|READING)#/)) }),
    }),
  }),
})

const useCase = "system/notify-patient"

/**
 * Tells a patient of an emergency access, or of a reading of their card: called with one new item at a time. What it throws is tried again for twelve hours, then left
 * in the queue that alarms. An undeliverable one is a metric, for the alarm of its own (CloudWatch User Guide, "embedded metric format"): a
 * line by itself, so not by `console`.
 */
export const handler = unattended(useCase, async ({ Records }: DynamoDBStreamEvent) => {
  for (const record of Records) {
    const { dynamodb } = z.parse(itemWritten, record)
    const patientId = z.parse(identifier, dynamodb.Keys.pk.S.slice("PATIENT#".length))
    const of = dynamodb.Keys.sk.S.startsWith("GRANT#") ? "access" : "reading"
    const at = new Date(dynamodb.ApproximateCreationDateTime * 1000)
    const outcome = await notifyPatient(deps, { patientId, at, of })
    console.log(JSON.stringify({ useCase, outcome }))
    if (outcome === "undeliverable")
      process.stdout.write(
        `${JSON.stringify({
          _aws: {
            Timestamp: Date.now(),
            CloudWatchMetrics: [
              {
                Namespace: "EhrCloud",
                Dimensions: [["FunctionName"]],
                Metrics: [{ Name: "UndeliverableNotices", Unit: "Count" }],
              },
            ],
          },
          FunctionName: env("AWS_LAMBDA_FUNCTION_NAME"),
          UndeliverableNotices: 1,
        })}\n`,
      )
  }
})
