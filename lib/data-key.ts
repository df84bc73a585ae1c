import { ArnFormat, Stack } from "aws-cdk-lib"
import { Effect, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam"
import { Key } from "aws-cdk-lib/aws-kms"
import { Construct } from "constructs"
import type { Config } from "./config.ts"
import { keepKey } from "./lasting-key.ts"
import { removalPolicy } from "./removal-policy.ts"
import type { UseCaseFunction } from "./use-case-function.ts"

/** The key that everything at rest is encrypted under: tables, buckets, logs, alarms on their way. A function may use it only through a service. */
export class DataKey extends Construct {
  readonly key: Key

  constructor(scope: Construct, id: string, config: Config) {
    super(scope, id)
    this.key = new Key(this, "Key", {
      description: "Encrypts tables, buckets and logs",
      enableKeyRotation: true,
      removalPolicy: removalPolicy(config.retain),
    })
    keepKey(this.key, config)
    this.#allowLogs()
  }

  /** A table's key is unwrapped in the name of who asks for an item, for reads and writes alike. */
  grantTable(fn: UseCaseFunction) {
    this.#grant(fn, "dynamodb", ["kms:Decrypt"])
  }

  grantReadObjects(fn: UseCaseFunction) {
    this.#grant(fn, "s3", ["kms:Decrypt"])
  }

  grantWriteObjects(fn: UseCaseFunction) {
    this.#grant(fn, "s3", ["kms:GenerateDataKey"])
  }

  /** Source: Amazon CloudWatch User Guide, "Notifying users on alarm changes", topics encrypted with a customer managed key. */
  allowAlarms() {
    this.key.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        resources: ["*"],
        conditions: { StringEquals: { "aws:SourceAccount": Stack.of(this).account } },
      }),
    )
  }

  #grant(fn: UseCaseFunction, service: "dynamodb" | "s3", actions: string[]) {
    const { region } = Stack.of(this)
    fn.allow(actions, [this.key.keyArn], { StringEquals: { "kms:ViaService": `${service}.${region}.amazonaws.com` } })
  }

  /** Source: Amazon CloudWatch Logs User Guide, "Encrypt log data in CloudWatch Logs using AWS Key Management Service". */
  #allowLogs() {
    const stack = Stack.of(this)
    const logGroups = stack.formatArn({
      service: "logs",
      resource: "log-group",
      resourceName: "*",
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
    this.key.addToResourcePolicy(
      new PolicyStatement({
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal(`logs.${stack.region}.amazonaws.com`)],
        actions: [
          "kms:Encrypt",
          "kms:Decrypt",
          "kms:ReEncryptFrom",
          "kms:ReEncryptTo",
          "kms:GenerateDataKey",
          "kms:GenerateDataKeyWithoutPlaintext",
          "kms:DescribeKey",
        ],
        resources: ["*"],
        conditions: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": logGroups } },
      }),
    )
  }
}
