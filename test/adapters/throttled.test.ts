import { CognitoIdentityProviderClient, ListUsersCommand } from "@aws-sdk/client-cognito-identity-provider"
import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  TransactionCanceledException,
} from "@aws-sdk/client-dynamodb"
import { GetPublicKeyCommand, KMSClient } from "@aws-sdk/client-kms"
import { HeadObjectCommand, S3Client } from "@aws-sdk/client-s3"
import { SESv2Client, SendEmailCommand } from "@aws-sdk/client-sesv2"
import { ServiceException } from "@smithy/core/client"
import { expect, test } from "vitest"
import { busyWhereThrottled } from "../../functions/adapters/throttled.ts"
import { refusalOf } from "../fakes/cloud.ts"

const options = {
  region: "eu-central-1",
  maxAttempts: 1,
  credentials: { accessKeyId: "id", secretAccessKey: "secret" },
}
interface AnyClient {
  middlewareStack: { add(middleware: () => () => Promise<never>, options: object): void }
}
/** The client, whose every request AWS answers by this error. */
const answeredBy = <C extends AnyClient>(client: C, error: Error): C => {
  const failing = () => () => Promise.reject(error)
  client.middlewareStack.add(failing, { step: "finalizeRequest", priority: "low" })
  return client
}
const said = (name: string, httpStatusCode = 400) =>
  new ServiceException({ name, $fault: "client", message: "", $metadata: { httpStatusCode } })
const item = () => new GetItemCommand({ TableName: "Main", Key: { pk: { S: "a" } } })
const dynamo = (error: Error) => answeredBy(busyWhereThrottled(new DynamoDBClient(options)), error).send(item())
const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({
    message: "",
    $metadata: { httpStatusCode: 400 },
    CancellationReasons: codes.map((Code) => ({ Code })),
  })

test("what any service of AWS throttles is busy, in whatever words it says so", async () => {
  const s3 = answeredBy(busyWhereThrottled(new S3Client(options)), said("SlowDown", 503))
  const kms = answeredBy(busyWhereThrottled(new KMSClient(options)), said("ThrottlingException"))
  const ses = answeredBy(busyWhereThrottled(new SESv2Client(options)), said("TooManyRequestsException", 429))
  const cognito = answeredBy(
    busyWhereThrottled(new CognitoIdentityProviderClient(options)),
    said("LimitExceededException"),
  )
  for (const attempt of [
    s3.send(new HeadObjectCommand({ Bucket: "b", Key: "k" })),
    kms.send(new GetPublicKeyCommand({ KeyId: "k" })),
    ses.send(new SendEmailCommand({ Content: undefined })),
    cognito.send(new ListUsersCommand({ UserPoolId: "p_1" })),
    dynamo(said("ProvisionedThroughputExceededException")),
    dynamo(said("RequestLimitExceeded")),
    dynamo(said("ThrottlingException")),
    dynamo(cancelled("None", "ThrottlingError")),
    dynamo(cancelled("TransactionConflict", "ProvisionedThroughputExceeded")),
  ])
    expect(await refusalOf(attempt)).toBe("busy")
})

test("what AWS refuses or fails at otherwise stays what it was", async () => {
  for (const error of [
    cancelled("TransactionConflict"),
    cancelled("ConditionalCheckFailed", "ThrottlingError"),
    cancelled(),
    new ConditionalCheckFailedException({ message: "", $metadata: {} }),
    said("ValidationException"),
    said("InternalServerError", 500),
    new Error("ThrottlingException"),
  ])
    await expect(dynamo(error)).rejects.toBe(error)
})
