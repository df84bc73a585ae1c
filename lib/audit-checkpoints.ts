import { CfnOutput, Duration } from "aws-cdk-lib"
import { AnyPrincipal, Effect, PolicyStatement } from "aws-cdk-lib/aws-iam"
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectLockRetention, ObjectOwnership } from "aws-cdk-lib/aws-s3"
import { Construct } from "constructs"
import type { Config } from "./config.ts"
import { removalPolicy } from "./removal-policy.ts"
import type { UseCaseFunction } from "./use-case-function.ts"

/**
 * Signed checkpoints and the trees they sign. In COMPLIANCE mode nobody can change or delete them before their time, the account's root
 * included; in a cloud for trial, who may bypass governance can. Source: Amazon S3 User Guide, "Locking objects with Object Lock".
 */
export class AuditCheckpoints extends Construct {
  readonly #bucket: Bucket

  constructor(scope: Construct, id: string, { accessLogs, config }: { accessLogs: Bucket; config: Config }) {
    super(scope, id)
    const kept = Duration.days(config.checkpointRetentionDays)
    this.#bucket = new Bucket(this, "Bucket", {
      versioned: true,
      objectLockEnabled: true,
      objectLockDefaultRetention: config.retain
        ? ObjectLockRetention.compliance(kept)
        : ObjectLockRetention.governance(kept),
      // Under a key of ours, whoever destroyed that key would have destroyed what nobody can delete. They are public.
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: "checkpoints/",
      removalPolicy: removalPolicy(config.retain),
    })
    this.#bucket.addToResourcePolicy(
      new PolicyStatement({
        // A version over a locked one would hide it.
        sid: "OnlyCreate",
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ["s3:PutObject"],
        resources: [this.#bucket.arnForObjects("*")],
        conditions: { Null: { "s3:if-none-match": "true" } },
      }),
    )
    this.#bucket.addToResourcePolicy(
      new PolicyStatement({
        // So would a delete marker, which Object Lock lets anybody put who may delete.
        sid: "CheckpointsStay",
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ["s3:DeleteObject"],
        resources: [this.#bucket.arnForObjects("*")],
      }),
    )
    new CfnOutput(scope, "CheckpointsBucket", { value: this.#bucket.bucketName })
  }

  /** Read what is sealed. */
  grantRead(fn: UseCaseFunction) {
    fn.tell("CHECKPOINTS_BUCKET", this.#bucket.bucketName)
    fn.allow(["s3:ListBucket"], [this.#bucket.bucketArn])
    fn.allow(["s3:GetObject"], [this.#bucket.arnForObjects("*")])
  }

  /** Add to it. */
  grantSign(fn: UseCaseFunction) {
    this.grantRead(fn)
    fn.allow(["s3:PutObject"], [this.#bucket.arnForObjects("*")])
  }
}
