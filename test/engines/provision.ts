import { createHash, randomUUID } from "node:crypto"
import {
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from "@aws-sdk/client-cognito-identity-provider"
import { CreateTableCommand, DynamoDBClient, type KeySchemaElement } from "@aws-sdk/client-dynamodb"
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms"
import {
  CreateBucketCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from "@aws-sdk/client-s3"
import { CreateEmailIdentityCommand, SESv2Client } from "@aws-sdk/client-sesv2"
import { auditChangesIndex } from "../../contract/audit.ts"
import { s3SignedUrls } from "../../functions/adapters/signed-urls.s3.ts"
import { region } from "../../local/environment.ts"
import type { Cloud, S3, Service, Signing } from "./cloud.ts"

/** An engine that answers. */
export interface Running {
  readonly name: string
  readonly version: string
  readonly endpoint: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly services: readonly Service[]
  confirmationCode?(email: string): Promise<string>
  stop(): Promise<void>
}

const described = (bytes: Uint8Array) => ({
  size: bytes.length,
  sha256: createHash("sha256").update(bytes).digest("base64url"),
})

const bucketsOn = async (signing: Signing): Promise<S3 & { signing: Signing }> => {
  // As the functions make theirs.
  const client = new S3Client({ ...signing, forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" })
  const create = async (locked: boolean) => {
    const Bucket = `bucket-${randomUUID()}`
    await client.send(
      new CreateBucketCommand({
        Bucket,
        ObjectLockEnabledForBucket: locked,
        CreateBucketConfiguration: { LocationConstraint: region },
      }),
    )
    return Bucket
  }
  const versioned = async () => {
    const Bucket = await create(false)
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: "Enabled" } }))
    return Bucket
  }
  const names = { records: await versioned(), pending: await versioned() }
  const urls = s3SignedUrls(signing, names)
  const put = async ({ url, headers }: { url: string; headers: Record<string, string> }, body: BodyInit) =>
    (await fetch(url, { method: "PUT", headers, body })).status
  return {
    client,
    signing,
    names,
    lockedBucket: async () => {
      const Bucket = await create(true)
      const Rule = { DefaultRetention: { Mode: "COMPLIANCE", Days: 1 } } as const
      const ObjectLockConfiguration = { ObjectLockEnabled: "Enabled", Rule } as const
      await client.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }))
      return Bucket
    },
    put: async (bucket, key, bytes) => put(await urls.uploadUrl(bucket, key, described(bytes), new Date()), bytes),
    putPart: async (upload, number, bytes) =>
      put(await urls.partUrl(upload, { number, ...described(bytes) }, new Date()), bytes),
  }
}

const keyOn = async (signing: Signing): Promise<Cloud["KMS"]> => {
  const client = new KMSClient(signing)
  const key = { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" } as const
  const { KeyMetadata } = await client.send(new CreateKeyCommand(key))
  if (KeyMetadata?.KeyId === undefined) throw new Error("the engine made no key")
  return { client, keyId: KeyMetadata.KeyId }
}

const keySchema = (...names: readonly string[]): KeySchemaElement[] =>
  names.map((AttributeName, i) => ({ AttributeName, KeyType: i === 0 ? "HASH" : "RANGE" }))

/** The three tables of the stacks: their keys and the index of changes. */
const tablesOn = async (signing: Signing): Promise<Cloud["DynamoDB"]> => {
  const client = new DynamoDBClient(signing)
  const BillingMode = "PAY_PER_REQUEST"
  const text = (AttributeName: string) => ({ AttributeName, AttributeType: "S" }) as const
  await client.send(
    new CreateTableCommand({
      TableName: "Main",
      BillingMode,
      AttributeDefinitions: [text("pk"), text("sk")],
      KeySchema: keySchema("pk", "sk"),
    }),
  )
  await client.send(
    new CreateTableCommand({
      TableName: "Audit",
      BillingMode,
      AttributeDefinitions: [text("pk"), { AttributeName: "sk", AttributeType: "N" }, text("lane"), text("at")],
      KeySchema: keySchema("pk", "sk"),
      GlobalSecondaryIndexes: [
        {
          IndexName: auditChangesIndex,
          KeySchema: keySchema("lane", "at"),
          Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["hash"] },
        },
      ],
    }),
  )
  await client.send(
    new CreateTableCommand({
      TableName: "Index",
      BillingMode,
      AttributeDefinitions: [text("pk")],
      KeySchema: keySchema("pk"),
    }),
  )
  return { client, main: "Main", audit: "Audit", index: "Index" }
}

/** The pools of patients and of professionals, as `lib/identity-manager.ts` has them. */
const poolsOn = async (signing: Signing, { confirmationCode }: Running): Promise<Cloud["Cognito"]> => {
  const client = new CognitoIdentityProviderClient(signing)
  const make = async (PoolName: string, people: boolean) => {
    const { UserPool } = await client.send(
      new CreateUserPoolCommand({
        PoolName,
        Policies: { PasswordPolicy: { MinimumLength: 12 } },
        UsernameConfiguration: { CaseSensitive: true },
        ...(people && {
          AliasAttributes: ["email"],
          AutoVerifiedAttributes: ["email"],
          Schema: [{ Name: "email", Required: true, Mutable: true }],
        }),
      }),
    )
    const poolId = UserPool?.Id ?? ""
    const { UserPoolClient } = await client.send(
      new CreateUserPoolClientCommand({
        UserPoolId: poolId,
        ClientName: PoolName,
        GenerateSecret: people,
        ExplicitAuthFlows: ["ALLOW_ADMIN_USER_PASSWORD_AUTH"],
        PreventUserExistenceErrors: "ENABLED",
      }),
    )
    return { poolId, clientId: UserPoolClient?.ClientId ?? "" }
  }
  return {
    client,
    patients: await make("patients", true),
    hcps: await make("hcps", false),
    confirmationCode: async (email) => (await confirmationCode?.(email)) ?? "000000",
  }
}

/** What the contracts are held against, on an engine that has nothing in it yet. */
export const provision = async (engine: Running): Promise<Partial<Cloud>> => {
  const { endpoint, credentials, services } = engine
  const signing: Signing = { region, credentials, endpoint }
  const has = (service: Service) => services.includes(service)
  const buckets = has("S3") ? await bucketsOn(signing) : undefined
  const pools = has("Cognito") ? await poolsOn(signing, engine) : undefined
  const ses = new SESv2Client(signing)
  const sender = "notices@example.org"
  if (has("SES")) await ses.send(new CreateEmailIdentityCommand({ EmailIdentity: sender }))
  return {
    ...(buckets && { S3: buckets, "S3 signed URLs": buckets }),
    ...(has("KMS") && { KMS: await keyOn(signing) }),
    ...(has("DynamoDB") && { DynamoDB: await tablesOn(signing) }),
    ...(pools && { Cognito: pools }),
    ...(pools && has("SES") && { SES: { ...pools, ses, sender } }),
  }
}
