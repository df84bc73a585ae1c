import { Duration } from "aws-cdk-lib"
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from "aws-cdk-lib/aws-s3"
import type { Construct } from "constructs"
import { removalPolicy } from "./removal-policy.ts"

/**
 * Who really fetched and put which object, and when: the audit trail knows only for whom a URL was signed. S3 writes the lines itself, on
 * best effort, and blacks out the signatures of presigned URLs. Nothing of ours may read it. Sources: Amazon S3 User Guide, "Logging requests
 * with server access logging"; AWS Prescriptive Guidance, "Presigned URL best practices", logging interactions.
 */
export const accessLogBucket = (scope: Construct, id: string, { retain }: { retain: boolean }): Bucket =>
  new Bucket(scope, id, {
    versioned: true,
    // The log service can't use a key of ours.
    encryption: BucketEncryption.S3_MANAGED,
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    enforceSSL: true,
    minimumTLSVersion: 1.2,
    removalPolicy: removalPolicy(retain),
    lifecycleRules: [
      {
        abortIncompleteMultipartUploadAfter: Duration.days(1),
        expiration: Duration.days(90),
        noncurrentVersionExpiration: Duration.days(1),
      },
    ],
  })
