import { Duration, Stack } from "aws-cdk-lib"
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch"
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from "aws-cdk-lib/aws-lambda"
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs"
import { Construct } from "constructs"
import { deactivations } from "../contract/items.ts"
import type { MainTable } from "./main-table.ts"
import { removalPolicy } from "./removal-policy.ts"
import type { UseCaseFunction } from "./use-case-function.ts"

/**
 * E-mails to patients, by SES. Asked for by the main table's stream: what is granted is in it, whether or not the function that granted
 * it lived on, and no access waits for a message.
 */
export class Notices extends Construct {
  readonly #sender: string
  readonly #retain: boolean

  constructor(scope: Construct, id: string, { sender, retain }: { sender: string; retain: boolean }) {
    super(scope, id)
    this.#sender = sender
    this.#retain = retain
  }

  /** SES asks for the permission on the identity it finds verified: the address, or else its domain. */
  grantSend(fn: UseCaseFunction) {
    fn.tell("NOTICE_SENDER", this.#sender)
    const identity = (resourceName: string) =>
      Stack.of(this).formatArn({ service: "ses", resource: "identity", resourceName })
    const domain = this.#sender.slice(this.#sender.lastIndexOf("@") + 1)
    fn.allow(["ses:SendEmail"], [identity(this.#sender), identity(domain)], {
      StringEquals: { "ses:FromAddress": this.#sender },
    })
  }

  /**
   * Calls the function with each grant that is added, each hour in which an open part was read or a practice sent something, and each request to destroy an account, ten patients at a time (SES sends some 14 messages a second at first). A call that fails is
   * made again, for half the day that the stream keeps what it has; then where it stood in the stream is left in a queue.
   */
  ofEach(fn: UseCaseFunction, main: MainTable) {
    const lost = new Queue(this, "Lost", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy: removalPolicy(this.#retain),
    })
    fn.allow(["sqs:SendMessage"], [lost.queueArn])
    new EventSourceMapping(this, "Grants", {
      target: fn.lambda,
      eventSourceArn: main.grantStream(fn),
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: [
        ...["GRANT#", "READING#", "DELIVERY#"].map((prefix) =>
          FilterCriteria.filter({
            eventName: FilterRule.isEqual("INSERT"),
            dynamodb: { Keys: { sk: { S: FilterRule.beginsWith(prefix) } } },
          }),
        ),
        FilterCriteria.filter({
          eventName: FilterRule.or("INSERT", "MODIFY"),
          dynamodb: {
            Keys: {
              pk: { S: FilterRule.isEqual(deactivations.partition) },
              sk: { S: FilterRule.beginsWith(deactivations.waiting) },
            },
          },
        }),
      ],
      // One failure holds up no other, and none is told twice because another failed.
      batchSize: 1,
      parallelizationFactor: 10,
      maxRecordAge: Duration.hours(12),
      onFailure: { bind: () => ({ destination: lost.queueArn }) },
    })
    this.#alarm(
      "LostAlarm",
      "a patient was not told of an emergency access, of a reading of their card, of what a practice sent, or that their account is to be destroyed: look for its item near the place in the stream",
      {
        metric: lost.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(5) }),
        threshold: 1,
      },
    )
    this.#alarm("LateAlarm", "patients are told of emergency accesses late", {
      metric: fn.lambda.metric("IteratorAge", { statistic: "max", period: Duration.minutes(5) }),
      threshold: Duration.minutes(10).toMilliseconds(),
    })
    this.#alarm(
      "UndeliverableAlarm",
      "a patient can't be told of emergency accesses: their e-mail address takes no message",
      {
        metric: new Metric({
          namespace: "EhrCloud",
          metricName: "UndeliverableNotices",
          dimensionsMap: { FunctionName: fn.lambda.functionName },
          statistic: "sum",
          period: Duration.minutes(5),
        }),
        threshold: 1,
      },
    )
  }

  #alarm(id: string, alarmDescription: string, { metric, threshold }: { metric: Metric; threshold: number }) {
    new Alarm(this, id, {
      alarmDescription,
      metric,
      threshold,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    })
  }
}
