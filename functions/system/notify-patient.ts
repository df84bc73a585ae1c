import type { DynamoDBStreamEvent } from "aws-lambda"
import * as z from "zod/mini"
import { deactivations } from "../../contract/items.ts"
import { identifier } from "../../protocol/primitives.ts"
import { env } from "../adapters/env.ts"
import { notices } from "../adapters/wiring.ts"
import { notifyPatient } from "../domain/notices.ts"
import { unattended } from "../http/unattended.ts"

const deps = { notices: notices() }

const written = <E extends string, PK, SK>(
  eventName: z.core.$ZodType<E>,
  pk: z.core.$ZodType<PK>,
  sk: z.core.$ZodType<SK>,
) =>
  z.object({
    eventName,
    dynamodb: z.object({
      ApproximateCreationDateTime: z.number(),
      Keys: z.object({ pk: z.object({ S: pk }), sk: z.object({ S: sk }) }),
    }),
  })
/** The keys of a grant, of an hour of readings or of deliveries, or of a request to destroy the account, and when its item was written: the stream carries nothing else. */
const itemWritten = z.union([
  written(
    z.literal("INSERT"),
    z.string().check(z.startsWith("PATIENT#")),
    z.string().check(z.regex(/^(?:GRANT|READING|DELIVERY)#/)),
  ),
  // One may take the place of one that is void.
  written(
    z.enum(["INSERT", "MODIFY"]),
    z.literal(deactivations.partition),
    z.string().check(z.startsWith(deactivations.waiting)),
  ),
])

/** Who is told, and of what. */
const noticeFor = ({ pk, sk }: { pk: { S: string }; sk: { S: string } }) => {
  const named = pk.S === deactivations.partition ? sk.S : pk.S
  const patientId = z.parse(identifier, named.slice(named.indexOf("#") + 1))
  if (named === sk.S) return { patientId, of: "deactivation" } as const
  if (sk.S.startsWith("DELIVERY#")) return { patientId, of: "delivery" } as const
  return { patientId, of: sk.S.startsWith("GRANT#") ? "access" : "reading" } as const
}

const useCase = "system/notify-patient"

/**
 * Tells a patient of an emergency access, of a reading of their card, of what a practice sent, or of a request to destroy their account: called with one new item at a time. What it throws is tried again for twelve hours, then left
 * in the queue that alarms. An undeliverable one is a metric, for the alarm of its own (CloudWatch User Guide, "embedded metric format"): a
 * line by itself, so not by `console`.
 */
export const handler = unattended(useCase, async ({ Records }: DynamoDBStreamEvent) => {
  for (const record of Records) {
    const { dynamodb } = z.parse(itemWritten, record)
    const at = new Date(dynamodb.ApproximateCreationDateTime * 1000)
    const outcome = await notifyPatient(deps, { ...noticeFor(dynamodb.Keys), at })
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
