import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { KMSClient } from "@aws-sdk/client-kms"
import { S3Client } from "@aws-sdk/client-s3"
import { SESv2Client } from "@aws-sdk/client-sesv2"
import { practiceEnds as endingPractices, deactivations as waitingPatients } from "../../contract/items.ts"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import type { CloudIdentity } from "../domain/consents.ts"
import type { Bucket } from "../domain/ports.ts"
import { dynamoAuditChanges } from "./audit-changes.dynamodb.ts"
import { dynamoAuditTrail } from "./audit-trail.dynamodb.ts"
import type { BucketNames } from "./bucket-names.ts"
import { s3Checkpoints } from "./checkpoints.s3.ts"
import { dynamoDeactivations } from "./deactivations.dynamodb.ts"
import { env } from "./env.ts"
import { dynamoFileDeletions } from "./file-deletions.dynamodb.ts"
import { cognitoHcpAccounts } from "./hcp-accounts.cognito.ts"
import { dynamoIndexEntries } from "./index-entries.dynamodb.ts"
import { sesNotices } from "./notices.ses.ts"
import { s3ObjectStore } from "./object-store.s3.ts"
import { cognitoPatientAccounts } from "./patient-accounts.cognito.ts"
import { dynamoPatientItems } from "./patient-items.dynamodb.ts"
import { kmsProvider } from "./provider.kms.ts"
import { s3SignedUrls } from "./signed-urls.s3.ts"
import { dynamoStore } from "./store.dynamodb.ts"
import { busyWhereThrottled } from "./throttled.ts"

const dynamo = () => busyWhereThrottled(new DynamoDBClient())
const cognito = () => busyWhereThrottled(new CognitoIdentityProviderClient())
const kms = () => busyWhereThrottled(new KMSClient())
const s3 = () => busyWhereThrottled(new S3Client({ requestChecksumCalculation: "WHEN_REQUIRED" }))
const ses = () => busyWhereThrottled(new SESv2Client())

/**
 * The ports as a function has them on AWS: built once, at cold start, from the variables that the capabilities of `lib/` wrote.
 * Each is a function of its own, so that a bundle holds only the clients its use-case needs.
 */
export const store = () => dynamoStore(dynamo(), env("MAIN_TABLE"))
export const patientItems = () => dynamoPatientItems(dynamo(), env("MAIN_TABLE"))
export const fileDeletions = () => dynamoFileDeletions(dynamo(), env("MAIN_TABLE"))
export const deactivations = () => dynamoDeactivations(dynamo(), env("MAIN_TABLE"), waitingPatients.partition)
export const practiceEnds = () => dynamoDeactivations(dynamo(), env("MAIN_TABLE"), endingPractices)
export const auditTrail = () => dynamoAuditTrail(dynamo(), env("AUDIT_TABLE"))
export const auditChanges = () => dynamoAuditChanges(dynamo(), env("AUDIT_TABLE"))
export const checkpoints = () => s3Checkpoints(s3(), env("CHECKPOINTS_BUCKET"))
export const indexEntries = () => dynamoIndexEntries(dynamo(), env("HRI_TABLE"))

const bucketNames = (buckets: readonly Bucket[]): BucketNames => ({
  ...(buckets.includes("records") ? { records: env("RECORDS_BUCKET") } : {}),
  ...(buckets.includes("pending") ? { pending: env("PENDING_BUCKET") } : {}),
})

export const objectStore = (...buckets: Bucket[]) => s3ObjectStore(s3(), bucketNames(buckets))

export const signedUrls = (...buckets: Bucket[]) =>
  s3SignedUrls(
    {
      region: env("AWS_REGION"),
      credentials: {
        accessKeyId: env("AWS_ACCESS_KEY_ID"),
        secretAccessKey: env("AWS_SECRET_ACCESS_KEY"),
        ...(process.env["AWS_SESSION_TOKEN"] ? { sessionToken: process.env["AWS_SESSION_TOKEN"] } : {}),
      },
      endpoint: process.env["AWS_ENDPOINT_URL"],
    },
    bucketNames(buckets),
  )

export const patientAccounts = () =>
  cognitoPatientAccounts(cognito(), {
    poolId: env("PATIENT_POOL_ID"),
    clientId: env("PATIENT_CLIENT_ID"),
  })

export const notices = () =>
  sesNotices({ cognito: cognito(), ses: ses() }, { poolId: env("PATIENT_POOL_ID"), sender: env("NOTICE_SENDER") })

/** 256 random bits, and one character of each class a pool may ask for. */
const newPassword = () => `${toBase64url(randomBytes(32))}aA1!`

export const memberAccounts = () =>
  cognitoPatientAccounts(cognito(), {
    poolId: env("MEMBER_POOL_ID"),
    clientId: env("MEMBER_CLIENT_ID"),
  })
export const hcpAccounts = () =>
  cognitoHcpAccounts(cognito(), { poolId: env("HCP_POOL_ID"), clientId: env("HCP_CLIENT_ID") }, newPassword)

export const provider = () => kmsProvider(kms(), env("PROVIDER_KEY_ID"))

export const cloudIdentity = (): CloudIdentity => ({ cloudId: env("CLOUD_ID"), title: env("CLOUD_TITLE") })
