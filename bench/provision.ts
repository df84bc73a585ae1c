import { writeFileSync } from "node:fs"
import { join } from "node:path"
import {
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
} from "@aws-sdk/client-cognito-identity-provider"
import { CreateTableCommand, DynamoDBClient, type ScalarAttributeType } from "@aws-sdk/client-dynamodb"
import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms"
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3"
import { kmsKeyStore } from "../bin/kms-key-store.ts"
import type { EnvironmentName } from "../contract/environment.ts"
import { completeKeys } from "../lib/provider-keys.ts"
import { region } from "../local/environment.ts"
import { knownOf } from "../protocol/provider-keys.ts"
import type { ObjectStorage } from "./object-storage.ts"
import type { Backing } from "./stage.ts"

/**
 * What the functions need of AWS's services, and no more: tables by their keys, pools by their sign-in. The stacks of `lib/` are not
 * deployed here: what they add (permissions, encryption, alarms, the index the sealer reads) costs a request nothing on a local engine.
 */
export type Provisioned = Partial<Record<EnvironmentName, string>>

const table = async (dynamo: DynamoDBClient, name: string, sortKey?: ScalarAttributeType): Promise<string> => {
  const keys = [
    { name: "pk", type: "S" as const, key: "HASH" as const },
    ...(sortKey === undefined ? [] : [{ name: "sk", type: sortKey, key: "RANGE" as const }]),
  ]
  await dynamo.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: keys.map((each) => ({ AttributeName: each.name, AttributeType: each.type })),
      KeySchema: keys.map((each) => ({ AttributeName: each.name, KeyType: each.key })),
    }),
  )
  return name
}

export interface Tables {
  readonly main: string
  readonly audit: string
}

/** Empty tables whose names end in `suffix`. */
export const makeTables = async (dynamo: DynamoDBClient, suffix: string): Promise<Tables> => ({
  main: await table(dynamo, `bench-main-${suffix}`, "S"),
  audit: await table(dynamo, `bench-audit-${suffix}`, "N"),
})

export const dynamoOf = ({ tables, storage }: Pick<Backing, "tables" | "storage">) =>
  new DynamoDBClient({ endpoint: tables.endpoint, region, credentials: storage.credentials })

export const s3Of = ({ endpoint, credentials }: Pick<ObjectStorage, "endpoint" | "credentials">) =>
  new S3Client({ endpoint, region, credentials, forcePathStyle: true, requestChecksumCalculation: "WHEN_REQUIRED" })

export interface Pool {
  readonly poolId: string
  readonly clientId: string
}

/** A pool that signs in by password, through its administrator; patients also sign themselves up, by e-mail. */
export const makePool = async (
  cognito: CognitoIdentityProviderClient,
  name: string,
  { email }: { email: boolean },
): Promise<Pool> => {
  const { UserPool } = await cognito.send(
    new CreateUserPoolCommand({
      PoolName: name,
      ...(email ? { AliasAttributes: ["email"], AutoVerifiedAttributes: ["email"] } : {}),
    }),
  )
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId: UserPool?.Id,
      ClientName: name,
      // As `lib/identity-manager.ts` has it.
      GenerateSecret: email,
      ExplicitAuthFlows: ["ALLOW_ADMIN_USER_PASSWORD_AUTH"],
    }),
  )
  if (UserPool?.Id === undefined || UserPoolClient?.ClientId === undefined) throw new Error(`there is no pool ${name}`)
  return { poolId: UserPool.Id, clientId: UserPoolClient.ClientId }
}

/** Makes everything anew, under names that end in `suffix`; the variables by which the functions find it. */
/** `taskRoot`: where the functions look for the list of the provider's keys. */
export const provision = async (backing: Backing, suffix: string, taskRoot: string): Promise<Provisioned> => {
  const { engine, storage } = backing
  const client = { endpoint: engine.endpoint, region, credentials: storage.credentials }
  const dynamo = dynamoOf(backing)
  const { main, audit } = await makeTables(dynamo, suffix)
  const hri = await table(dynamo, `bench-hri-${suffix}`)
  const s3 = s3Of(storage)
  const [records, pending] = [`bench-records-${suffix}`, `bench-pending-${suffix}`]
  for (const Bucket of [records, pending]) await s3.send(new CreateBucketCommand({ Bucket }))
  const cognito = new CognitoIdentityProviderClient(client)
  const patients = await makePool(cognito, `bench-patients-${suffix}`, { email: true })
  const members = await makePool(cognito, `bench-members-${suffix}`, { email: true })
  const hcps = await makePool(cognito, `bench-hcps-${suffix}`, { email: false })
  const kms = new KMSClient(client)
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" }))
  const arn = KeyMetadata?.Arn ?? ""
  const { verified } = await completeKeys({ arns: [arn], deployed: 0 }, kmsKeyStore(kms), new Date())
  const { cloudId, list } = verified
  writeFileSync(join(taskRoot, "provider-keys.json"), JSON.stringify(list))
  return {
    MAIN_TABLE: main,
    AUDIT_TABLE: audit,
    HRI_TABLE: hri,
    RECORDS_BUCKET: records,
    PENDING_BUCKET: pending,
    // Of the sealer, which does not run here.
    CHECKPOINTS_BUCKET: records,
    PATIENT_POOL_ID: patients.poolId,
    PATIENT_CLIENT_ID: patients.clientId,
    MEMBER_POOL_ID: members.poolId,
    MEMBER_CLIENT_ID: members.clientId,
    HCP_POOL_ID: hcps.poolId,
    HCP_CLIENT_ID: hcps.clientId,
    PROVIDER_KEY_ID: arn,
    PROVIDER_KID: knownOf(verified).newest,
    NOTICE_SENDER: "notices@example.org",
    CLOUD_ID: cloudId,
    CLOUD_TITLE: "Bench",
    HRI_ID: "bench.index.example",
  }
}
