import { CfnOutput, Duration, Stack } from "aws-cdk-lib"
import { Alarm, Metric } from "aws-cdk-lib/aws-cloudwatch"
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions"
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam"
import { Topic } from "aws-cdk-lib/aws-sns"
import { Construct } from "constructs"
import { alarmWhereThrottled } from "./alarms.ts"
import type { DataKey } from "./data-key.ts"

/** Where every alarm of a stack is heard: who operates it subscribes once. A message holds the alarm's own words and numbers. */
export class AlarmTopic extends Construct {
  readonly #topic: Topic

  constructor(scope: Construct, id: string, { dataKey }: { dataKey: DataKey }) {
    super(scope, id)
    this.#topic = new Topic(this, "Topic", { masterKey: dataKey.key, enforceSSL: true })
    dataKey.allowAlarms()
    // A topic with a policy of its own has lost the one that let the account's alarms in.
    this.#topic.addToResourcePolicy(
      new PolicyStatement({
        sid: "OwnAlarms",
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [this.#topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
    )
    alarmWhereThrottled(
      this,
      "FunctionsThrottled",
      // Of all functions of the account in the region, which share what may run at once.
      new Metric({ namespace: "AWS/Lambda", metricName: "Throttles", statistic: "sum", period: Duration.minutes(5) }),
      "people are told to try again, professionals in an emergency among them: no more functions may run at once",
    )
    new CfnOutput(scope, "AlarmTopicArn", { value: this.#topic.topicArn })
  }

  /** Every alarm that the stack has by now: called last. */
  hearAll() {
    const action = new SnsAction(this.#topic)
    for (const construct of Stack.of(this).node.findAll())
      if (construct instanceof Alarm) construct.addAlarmAction(action)
  }
}
