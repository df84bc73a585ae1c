import { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider"
import { type AttributeValue, DynamoDBClient, paginateQuery, UpdateItemCommand } from "@aws-sdk/client-dynamodb"
import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3"
import { unmarshall } from "@aws-sdk/util-dynamodb"
import type { AuditEvent } from "../../contract/audit.ts"
import { itemKeys, objectKey } from "../../contract/items.ts"
import { credentials, region } from "../../local/environment.ts"
import type { LocalEhrCloud } from "../../local/local-cloud.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { cloud, type Session } from "./people.ts"

const client = { endpoint: cloud.endpoint, region, credentials }
export const dynamo = new DynamoDBClient(client)
const s3 = new S3Client({ ...client, forcePathStyle: true })
/** The identity manager itself, past our API. */
export const cognito = new CognitoIdentityProviderClient(client)

/** The EHR cloud a session is of; one that is reached through a proxy is the first. */
export const cloudOf = (session: Session): LocalEhrCloud => {
  const found = cloud.clouds.find(({ address }) => address === session.cloud.api.address) ?? cloud.clouds[0]
  if (found === undefined) throw new Error("there is no EHR cloud")
  return found
}

export const outputOf = (session: Session, name: string): string => {
  const value = cloudOf(session).outputs[name]
  if (value === undefined) throw new Error(`the deployment gave no ${name}`)
  return value
}

const partitionOf = async (table: string, patientId: string) => {
  const { pk } = itemKeys.patient({ patientId })
  const values: Record<string, AttributeValue> = { ":pk": { S: pk } }
  const items: Record<string, unknown>[] = []
  for await (const { Items } of paginateQuery(
    { client: dynamo },
    { TableName: table, KeyConditionExpression: "pk = :pk", ExpressionAttributeValues: values, ConsistentRead: true },
  ))
    items.push(...(Items ?? []).map((item) => unmarshall(item)))
  return items
}

/** Every item of a patient, as it lies in the main table. */
export const itemsOf = (session: Session) => partitionOf(outputOf(session, "MainTable"), session.patientId)

/** The audit trail of a patient, as it lies in its table. */
export const trailOf = async (session: Session): Promise<AuditEvent[]> => {
  const rows = await partitionOf(outputOf(session, "AuditTable"), session.patientId)
  return rows.map(({ event }) => event as AuditEvent)
}

export interface StoredVersion {
  readonly key: string
  readonly versionId: string
  readonly latest: boolean
  readonly hidden: boolean
}

/** Every version of every object of a patient in one of the buckets, delete markers included. */
export const objectsOf = async (session: Session, bucket: "records" | "pending"): Promise<StoredVersion[]> => {
  const found = await s3.send(
    new ListObjectVersionsCommand({
      Bucket: outputOf(session, bucket === "records" ? "RecordsBucket" : "PendingBucket"),
      Prefix: `${session.patientId}/`,
    }),
  )
  const version = (hidden: boolean) => (of: { Key?: string; VersionId?: string; IsLatest?: boolean }) => ({
    key: of.Key ?? "",
    versionId: of.VersionId ?? "",
    latest: of.IsLatest ?? false,
    hidden,
  })
  return [...(found.Versions ?? []).map(version(false)), ...(found.DeleteMarkers ?? []).map(version(true))]
}

/** The keys of what is being uploaded in parts. */
export const uploadsOf = async (session: Session, bucket: "records" | "pending"): Promise<string[]> => {
  const { Uploads = [] } = await s3.send(
    new ListMultipartUploadsCommand({
      Bucket: outputOf(session, bucket === "records" ? "RecordsBucket" : "PendingBucket"),
      Prefix: `${session.patientId}/`,
    }),
  )
  return Uploads.map(({ Key }) => Key ?? "")
}

/** The keys of the objects that can be read. */
export const visibleObjects = async (session: Session, bucket: "records" | "pending"): Promise<string[]> =>
  (await objectsOf(session, bucket)).filter(({ latest, hidden }) => latest && !hidden).map(({ key }) => key)

/** Everything the cloud keeps of a patient but the audit trail. */
export const stateOf = async (session: Session) => ({
  items: await itemsOf(session),
  records: await objectsOf(session, "records"),
  pending: await objectsOf(session, "pending"),
  uploads: [await uploadsOf(session, "records"), await uploadsOf(session, "pending")],
})

/** As only the operator could: puts other bytes where a record's are. */
export const overwriteObject = async (
  session: Session,
  descriptor: Descriptor,
  change: (bytes: Uint8Array) => Uint8Array,
): Promise<void> => {
  const Bucket = outputOf(session, "RecordsBucket")
  const Key = objectKey(session.patientId, descriptor)
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
  if (Body === undefined) throw new Error("there is no such object")
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: change(await Body.transformToByteArray()) }))
}

/** Lets an hour pass for one emergency access. */
export const expireGrant = async (session: Session, grantId: string): Promise<void> => {
  const { pk, sk } = itemKeys.grant({ patientId: session.patientId, grantId })
  await dynamo.send(
    new UpdateItemCommand({
      TableName: outputOf(session, "MainTable"),
      Key: { pk: { S: pk }, sk: { S: sk } },
      UpdateExpression: "SET expiresAt = :past",
      ConditionExpression: "attribute_exists(pk)",
      ExpressionAttributeValues: { ":past": { S: new Date(Date.now() - 1000).toISOString() } },
    }),
  )
}
