import { CfnOutput, Stack } from "aws-cdk-lib"
import { Alarm } from "aws-cdk-lib/aws-cloudwatch"
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions"
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam"
import { Topic } from "aws-cdk-lib/aws-sns"
import { Construct } from "constructs"
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
    new CfnOutput(scope, "AlarmTopicArn", { value: this.#topic.topicArn })
  }

  /** Every alarm that the stack has by now: called last. */
  hearAll() {
    const action = new SnsAction(this.#topic)
    for (const construct of Stack.of(this).node.findAll())
      if (construct instanceof Alarm) construct.addAlarmAction(action)
  }
}
