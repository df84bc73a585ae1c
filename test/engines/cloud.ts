import type { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider"
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import type { KMSClient } from "@aws-sdk/client-kms"
import type { S3Client } from "@aws-sdk/client-s3"
import type { SESv2Client } from "@aws-sdk/client-sesv2"
import type { BucketNames } from "../../functions/adapters/bucket-names.ts"
import type { Pool } from "../../functions/adapters/patient-accounts.cognito.ts"
import type { Bucket, UploadRef } from "../../functions/domain/ports.ts"

/** The services of AWS that adapters talk to. Signed URLs are S3's too, but nothing in memory reads one. */
export const services = ["S3", "S3 signed URLs", "KMS", "DynamoDB", "Cognito", "SES"] as const
export type Service = (typeof services)[number]

/** Object storage with the buckets of the stacks in it: versioned, and one whose objects are locked. */
export interface S3 {
  readonly client: S3Client
  readonly names: Required<BucketNames>
  /** A bucket of its own, whose objects are locked for a day. */
  lockedBucket(): Promise<string>
  /** Puts as a device does; returns the status. */
  put(bucket: Bucket, key: string, bytes: Uint8Array<ArrayBuffer>): Promise<number>
  putPart(upload: UploadRef, number: number, bytes: Uint8Array<ArrayBuffer>): Promise<number>
}
/** By what URLs of an engine are signed. */
export interface Signing {
  readonly region: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly endpoint: string
}
export interface Tables {
  readonly client: DynamoDBClient
  readonly main: string
  readonly audit: string
  readonly index: string
}
export interface Pools {
  readonly client: CognitoIdentityProviderClient
  readonly patients: Pool
  readonly hcps: Pool
  /** What the e-mail to this address says. */
  confirmationCode(email: string): Promise<string>
}

/** What a clause is held against: of each service what the engine has. */
export interface Cloud {
  readonly S3: S3
  readonly "S3 signed URLs": S3 & { readonly signing: Signing }
  readonly KMS: { readonly client: KMSClient; readonly keyId: string }
  readonly DynamoDB: Tables
  readonly Cognito: Pools
  readonly SES: Pools & { readonly ses: SESv2Client; readonly sender: string }
}

/** What an adapter counts on, of one service, and says so by throwing. */
export type Clauses<S extends Service> = Readonly<Record<string, (cloud: Cloud[S]) => Promise<void>>>
