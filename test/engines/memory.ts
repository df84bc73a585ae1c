import type { CognitoIdentityProviderClient } from "@aws-sdk/client-cognito-identity-provider"
import type { KMSClient } from "@aws-sdk/client-kms"
import { type S3Client, S3ServiceException } from "@aws-sdk/client-s3"
import type { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2"
import { confirmationCode } from "../fakes/accounts.ts"
import { newId } from "../fakes/call.ts"
import { memorySes } from "../fakes/ses.ts"
import { memoryAws } from "../kit/aws.ts"
import { memoryDynamo } from "../kit/dynamo.ts"
import type { Cloud } from "./cloud.ts"

/** AWS in memory, as the other tests use it. Nothing in it reads a signed URL. */
export const inMemory = (): Omit<Cloud, "S3 signed URLs"> => {
  const aws = memoryAws()
  const sender = "notices@example.org"
  const ses = memorySes(sender)
  const client = {
    send: async ({ constructor, input }: { constructor: { name: string }; input: object }) =>
      aws.answer(constructor.name, input),
  } as unknown
  const status = (attempt: () => unknown): number => {
    try {
      return attempt() === false ? 404 : 200
    } catch (error) {
      if (error instanceof S3ServiceException) return error.$metadata.httpStatusCode ?? 500
      throw error
    }
  }
  const sesClient = {
    send: async ({ input }: SendEmailCommand) => ses.operations.SendEmailCommand(input),
  } as unknown as SESv2Client
  const pools = {
    client: client as CognitoIdentityProviderClient,
    patients: { poolId: "patients", clientId: "patients" },
    hcps: { poolId: "hcps", clientId: "hcps" },
    confirmationCode: async () => confirmationCode,
  }
  return {
    S3: {
      client: client as S3Client,
      names: { records: "records", pending: "pending" },
      lockedBucket: async () => `locked-${newId()}`,
      put: async (bucket, key, bytes) => status(() => aws.s3.put(bucket, key, bytes)),
      putPart: async ({ bucket, key, uploadId }, number, bytes) =>
        status(() => aws.s3.putPart(bucket, key, uploadId, number, bytes)),
    },
    KMS: { client: client as KMSClient, keyId: "key" },
    DynamoDB: { client: memoryDynamo().client, main: "Main", audit: "Audit", index: "Index" },
    Cognito: pools,
    SES: { ...pools, ses: sesClient, sender },
  }
}
