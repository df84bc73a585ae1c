import { Annotations, Match } from "aws-cdk-lib/assertions"
import { describe, expect, test } from "vitest"
import { functionsOf, referred, resourcesOf, synthesize } from "./stacks.ts"

const { cloud } = synthesize()
const notify = functionsOf(cloud).find(({ name }) => name === "system/notify-patient")!
const [queue] = resourcesOf(cloud, "AWS::SQS::Queue")
const alarms = resourcesOf(cloud, "AWS::CloudWatch::Alarm").map(({ Properties }) => Properties)

describe("notices of emergency accesses", () => {
  test("come from the stream of the main table, which carries keys alone", () => {
    const streaming = resourcesOf(cloud, "AWS::DynamoDB::Table").filter(
      ({ Properties }) => Properties.StreamSpecification,
    )
    expect(streaming).toMatchObject([
      { id: expect.stringMatching(/^MainTable/), Properties: { StreamSpecification: { StreamViewType: "KEYS_ONLY" } } },
    ])
  })

  test("are asked for by each new grant, hour of readings or deliveries and request to destroy an account, and nothing else, one at a time, and again where that failed", () => {
    const [mapping, ...others] = resourcesOf(cloud, "AWS::Lambda::EventSourceMapping")
    expect(others).toEqual([])
    expect(referred(mapping?.Properties.FunctionName)).toBe(notify.fn.id)
    expect(mapping?.Properties).toMatchObject({
      BatchSize: 1,
      ParallelizationFactor: 10,
      StartingPosition: "TRIM_HORIZON",
      MaximumRecordAgeInSeconds: 12 * 60 * 60,
      DestinationConfig: { OnFailure: { Destination: { "Fn::GetAtt": [queue?.id, "Arn"] } } },
    })
    expect(mapping?.Properties.MaximumRetryAttempts).toBeUndefined()
    const patterns = mapping?.Properties.FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) =>
      JSON.parse(Pattern),
    )
    expect(patterns).toEqual([
      ...["GRANT#", "READING#", "DELIVERY#"].map((prefix) => ({
        eventName: ["INSERT"],
        dynamodb: { Keys: { sk: { S: [{ prefix }] } } },
      })),
      {
        eventName: ["INSERT", "MODIFY"],
        dynamodb: { Keys: { pk: { S: ["DEACTIVATION"] }, sk: { S: [{ prefix: "WAITING#" }] } } },
      },
    ])
  })

  test("that are given up stay two weeks in a queue over TLS", () => {
    expect(queue?.Properties).toMatchObject({ MessageRetentionPeriod: 14 * 24 * 60 * 60, SqsManagedSseEnabled: true })
    cloud.hasResourceProperties("AWS::SQS::QueuePolicy", {
      PolicyDocument: {
        Statement: [Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } })],
      },
    })
  })

  test("that are lost, late or undeliverable alarm", () => {
    const metrics = ["ApproximateNumberOfMessagesVisible", "IteratorAge", "UndeliverableNotices", "Errors"]
    for (const MetricName of metrics) {
      const dimension = MetricName.startsWith("Approximate") ? queue?.id : notify.fn.id
      const found = alarms.filter(
        (alarm) =>
          alarm.MetricName === MetricName &&
          alarm.Dimensions.some(({ Value }: { Value: object }) => referred(Value) === dimension),
      )
      expect(found, MetricName).toHaveLength(1)
      expect(found[0]?.AlarmDescription).toMatch(/patient/)
    }
  })

  test("come from the configured address, without which no cloud is deployed; the index needs none", () => {
    expect(notify.fn.Properties.Environment.Variables.NOTICE_SENDER).toBe("notices@example.org")
    const { stacks } = synthesize({ sender: undefined })
    const errors = (stack: (typeof stacks)["cloud"] | (typeof stacks)["index"]) =>
      Annotations.fromStack(stack).findError("*", Match.stringLikeRegexp("-c sender=ADDRESS"))
    expect(errors(stacks.cloud)).toHaveLength(1)
    expect(errors(stacks.index)).toHaveLength(0)
    expect(() => synthesize({ sender: "nobody" })).toThrow("-c sender:")
  })
})
