import { CfnOutput, Duration, Lazy } from "aws-cdk-lib"
import { AnyPrincipal, type Conditions, Effect, PolicyStatement } from "aws-cdk-lib/aws-iam"
import { BlockPublicAccess, Bucket, BucketEncryption, HttpMethods, ObjectOwnership } from "aws-cdk-lib/aws-s3"
import { Construct } from "constructs"
import { uploadUrlSeconds } from "../protocol/primitives.ts"
import type { Config } from "./config.ts"
import type { DataKey } from "./data-key.ts"
import { removalPolicy } from "./removal-policy.ts"
import type { UseCaseFunction } from "./use-case-function.ts"

/**
 * Sealed records: `records` holds what the patient put or approved, `pending` what professionals propose. Clients write and
 * read by presigned URL, so a function's permission here is that of the URLs it signs.
 */
export class ObjectStore extends Construct {
  readonly #records: Bucket
  readonly #pending: Bucket
  readonly #dataKey: DataKey
  readonly #accessLogs: Bucket
  readonly #acceptingRoles: string[] = []

  constructor(
    scope: Construct,
    id: string,
    { dataKey, accessLogs, config }: { dataKey: DataKey; accessLogs: Bucket; config: Config },
  ) {
    super(scope, id)
    this.#dataKey = dataKey
    this.#accessLogs = accessLogs
    this.#records = this.#bucket("Records", config)
    this.#pending = this.#bucket("Pending", config)
    // A copy within S3 can't carry the condition, and is the patient's decision, of which exactly one wins.
    this.#onlyCreate(this.#records, {
      ArnNotEquals: { "aws:PrincipalArn": Lazy.list({ produce: () => this.#acceptingRoles }) },
    })
    this.#onlyCreate(this.#pending)
    new CfnOutput(scope, "RecordsBucket", { value: this.#records.bucketName })
    new CfnOutput(scope, "PendingBucket", { value: this.#pending.bucketName })
  }

  /** Where signed URLs lead. */
  get origins(): string[] {
    return [this.#records, this.#pending].map((bucket) => `https://${bucket.bucketRegionalDomainName}`)
  }

  /** Sign an upload of a record. */
  grantUpload(fn: UseCaseFunction) {
    this.#tellRecords(fn)
    this.#write(fn, this.#records)
  }

  /** Begin an upload of a record in parts, or end one that is given up. */
  grantUploadParts(fn: UseCaseFunction) {
    this.#tellRecords(fn)
    this.#write(fn, this.#records)
    this.#abort(fn, this.#records)
  }

  /** Sign uploads of parts of a record. */
  grantSignParts(fn: UseCaseFunction) {
    this.#tellRecords(fn)
    this.#writeParts(fn, this.#records)
  }

  /** End an upload in parts. */
  grantAbort(fn: UseCaseFunction) {
    this.#tellRecords(fn)
    this.#abort(fn, this.#records)
  }

  /** Complete an upload of a record in parts, which is to write, and ask what became of it. */
  grantComplete(fn: UseCaseFunction) {
    this.grantInspect(fn)
    this.#complete(fn, this.#records)
  }

  /** Sign a download of a record. */
  grantDownload(fn: UseCaseFunction) {
    this.#tellRecords(fn)
    this.#read(fn, this.#records)
  }

  /** Ask for the size and checksum of a record; S3 has no permission of its own for that. */
  grantInspect(fn: UseCaseFunction) {
    this.grantDownload(fn)
  }

  /** Hide all objects of a record; their versions expire. */
  grantRemove(fn: UseCaseFunction) {
    this.#tellRecords(fn)
    this.#remove(fn, this.#records)
  }

  /** Sign an upload of a contribution. */
  grantPropose(fn: UseCaseFunction) {
    this.#tellPending(fn)
    this.#write(fn, this.#pending)
  }

  /** Begin an upload of a contribution in parts, or end one that is given up. */
  grantProposeParts(fn: UseCaseFunction) {
    this.#tellPending(fn)
    this.#write(fn, this.#pending)
    this.#abort(fn, this.#pending)
  }

  /** Sign uploads of parts of a contribution. */
  grantSignProposedParts(fn: UseCaseFunction) {
    this.#tellPending(fn)
    this.#writeParts(fn, this.#pending)
  }

  /** End an upload of a contribution in parts. */
  grantAbortProposal(fn: UseCaseFunction) {
    this.#tellPending(fn)
    this.#abort(fn, this.#pending)
  }

  /** Complete an upload of a contribution in parts, and ask what became of it. */
  grantCompleteProposal(fn: UseCaseFunction) {
    this.grantReview(fn)
    this.#complete(fn, this.#pending)
  }

  /** Sign a download of a contribution, or ask for its size and checksum. */
  grantReview(fn: UseCaseFunction) {
    this.#tellPending(fn)
    this.#read(fn, this.#pending)
  }

  /** Move a contribution to the records, in parts where it is large, or take a copy back that lost against another decision. */
  grantAccept(fn: UseCaseFunction) {
    this.#acceptingRoles.push(fn.roleArn)
    this.#tellRecords(fn)
    this.#tellPending(fn)
    this.#read(fn, this.#pending)
    this.#write(fn, this.#records)
    this.#complete(fn, this.#records)
    this.#abort(fn, this.#records)
    this.#remove(fn, this.#pending)
    this.#remove(fn, this.#records)
  }

  /** Hide a contribution, and what was copied of it; its versions expire. */
  grantReject(fn: UseCaseFunction) {
    this.#tellRecords(fn)
    this.#tellPending(fn)
    this.#remove(fn, this.#pending)
    this.#remove(fn, this.#records)
    this.#abort(fn, this.#records)
  }

  /** Destroy every version of everything, and what is being uploaded. */
  grantDestroy(fn: UseCaseFunction) {
    this.#tellRecords(fn)
    this.#tellPending(fn)
    for (const bucket of [this.#records, this.#pending]) {
      this.#destroy(fn, bucket)
      this.#abort(fn, bucket)
    }
  }

  /** The same of the records alone: of a practice's files. */
  grantDestroyRecords(fn: UseCaseFunction) {
    this.#tellRecords(fn)
    this.#destroy(fn, this.#records)
  }

  #destroy(fn: UseCaseFunction, bucket: Bucket) {
    fn.allow(["s3:ListBucketVersions", "s3:ListBucketMultipartUploads"], [bucket.bucketArn])
    fn.allow(["s3:DeleteObjectVersion"], [bucket.arnForObjects("*")])
  }

  #tellRecords(fn: UseCaseFunction) {
    fn.tell("RECORDS_BUCKET", this.#records.bucketName)
  }

  #tellPending(fn: UseCaseFunction) {
    fn.tell("PENDING_BUCKET", this.#pending.bucketName)
  }

  #read(fn: UseCaseFunction, bucket: Bucket) {
    fn.allow(["s3:GetObject"], [bucket.arnForObjects("*")])
    this.#dataKey.grantReadObjects(fn)
  }

  #write(fn: UseCaseFunction, bucket: Bucket) {
    fn.allow(["s3:PutObject"], [bucket.arnForObjects("*")])
    this.#dataKey.grantWriteObjects(fn)
  }

  /** A part is written under the key that its upload was begun with. Source: Amazon S3 User Guide, "Multipart upload API and permissions". */
  #writeParts(fn: UseCaseFunction, bucket: Bucket) {
    fn.allow(["s3:PutObject"], [bucket.arnForObjects("*")])
    this.#dataKey.grantReadObjects(fn)
  }

  /** S3 reads the parts to make one object of them, in the name of who asks. */
  #complete(fn: UseCaseFunction, bucket: Bucket) {
    this.#writeParts(fn, bucket)
    fn.allow(["s3:ListMultipartUploadParts"], [bucket.arnForObjects("*")])
  }

  #abort(fn: UseCaseFunction, bucket: Bucket) {
    fn.allow(["s3:AbortMultipartUpload"], [bucket.arnForObjects("*")])
  }

  #remove(fn: UseCaseFunction, bucket: Bucket) {
    fn.allow(["s3:ListBucket"], [bucket.bucketArn])
    fn.allow(["s3:DeleteObject"], [bucket.arnForObjects("*")])
  }

  #bucket(id: string, { retain, allowedOrigins }: Config): Bucket {
    const bucket = new Bucket(this, id, {
      versioned: true,
      encryption: BucketEncryption.KMS,
      encryptionKey: this.#dataKey.key,
      bucketKeyEnabled: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      serverAccessLogsBucket: this.#accessLogs,
      serverAccessLogsPrefix: `${id.toLowerCase()}/`,
      removalPolicy: removalPolicy(retain),
      ...(allowedOrigins.length > 0 && {
        cors: [
          {
            allowedOrigins,
            allowedMethods: [HttpMethods.PUT, HttpMethods.GET],
            allowedHeaders: [
              "content-type",
              "x-amz-checksum-sha256",
              "x-amz-sdk-checksum-algorithm",
              "if-none-match",
              "range",
            ],
            exposedHeaders: ["etag", "content-range"],
            maxAge: 7200,
          },
        ],
      }),
      lifecycleRules: [
        {
          abortIncompleteMultipartUploadAfter: Duration.days(1),
          noncurrentVersionExpiration: Duration.days(30),
          // What hid a version that is gone, or hides nothing.
          expiredObjectDeleteMarker: true,
        },
      ],
    })
    bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: "NoOldSignatures",
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ["s3:GetObject", "s3:PutObject"],
        resources: [bucket.arnForObjects("*")],
        conditions: { NumericGreaterThan: { "s3:signatureAge": String(uploadUrlSeconds * 1000) } },
      }),
    )
    return bucket
  }

  /**
   * What is there is never overwritten. The parts of a multipart upload can't carry the condition; completing it does.
   * Source: Amazon S3 User Guide, "Enforce conditional writes on Amazon S3 buckets".
   */
  #onlyCreate(bucket: Bucket, conditions: Conditions = {}) {
    bucket.addToResourcePolicy(
      new PolicyStatement({
        sid: "OnlyCreate",
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ["s3:PutObject"],
        resources: [bucket.arnForObjects("*")],
        conditions: {
          Null: { "s3:if-none-match": "true" },
          Bool: { "s3:ObjectCreationOperation": "true" },
          ...conditions,
        },
      }),
    )
  }
}
