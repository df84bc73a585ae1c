import { TooManyRequestsException } from "@aws-sdk/client-cognito-identity-provider"
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DuplicateItemException,
  TransactionCanceledException,
} from "@aws-sdk/client-dynamodb"
import { S3ServiceException } from "@aws-sdk/client-s3"
import { TooManyRequestsException as TooManyEmails } from "@aws-sdk/client-sesv2"
import { ServiceException } from "@smithy/core/client"
import type { ProblemCode } from "../../contract/errors.ts"
import type { AwsCall } from "./functions.ts"
import { malformedOf } from "./malformed.ts"

/** What goes wrong at one call; `answer` has the effect. */
export interface Fault {
  readonly name: string
  /** The SDK asks again by itself, where it may. */
  readonly passing: boolean
  /** What whoever asked is told, where this is what ends the request. */
  readonly told?: ProblemCode
  /** Nobody knows whether it had its effect. */
  readonly timesOut?: true
  strike(input: object, answer: (input: object) => object): object
}

/** A call as it was made and answered where nothing went wrong. */
export interface Answered extends AwsCall {
  readonly answer: object
}

const message = "injected"
const told = (httpStatusCode: number) => ({ message, $metadata: { httpStatusCode } })

/** How each service says that it is too much. */
const throttling: Record<string, () => Error> = {
  DynamoDBClient: () => new ServiceException({ name: "ThrottlingException", $fault: "client", ...told(400) }),
  KMSClient: () => new ServiceException({ name: "ThrottlingException", $fault: "client", ...told(400) }),
  S3Client: () => new S3ServiceException({ name: "SlowDown", $fault: "server", ...told(503) }),
  CognitoIdentityProviderClient: () => new TooManyRequestsException(told(400)),
  SESv2Client: () => new TooManyEmails(told(429)),
}

const failing = (
  name: string,
  passing: boolean,
  error: () => Error,
  before?: (answer: () => object) => void,
): Fault => ({
  name,
  passing,
  strike: (input, answer) => {
    before?.(() => answer(input))
    throw error()
  },
})

/** Half-way, or refused by one part: what only this command can answer. */
const partial: Record<string, (call: Answered) => Fault[]> = {
  BatchGetItemCommand: ({ input, answer }) => {
    const { RequestItems } = input as { RequestItems: Record<string, { Keys: Record<string, AttributeValue>[] }> }
    const { Responses } = answer as { Responses: Record<string, Record<string, AttributeValue>[]> }
    const [[table, wanted] = ["", { Keys: [] }]] = Object.entries(RequestItems)
    const same = (a: Record<string, AttributeValue>, b: Record<string, AttributeValue>) =>
      a["pk"]?.S === b["pk"]?.S && a["sk"]?.S === b["sk"]?.S
    return wanted.Keys.map((key, i) => ({
      name: `answered without key ${i}`,
      passing: false,
      strike: () => ({
        Responses: { [table]: (Responses[table] ?? []).filter((item) => !same(item, key)) },
        UnprocessedKeys: { [table]: { Keys: [key], ConsistentRead: true } },
      }),
    }))
  },
  TransactWriteItemsCommand: ({ input }) => {
    const { TransactItems } = input as { TransactItems: object[] }
    const cancelled = (codes: readonly string[]) => () =>
      new TransactionCanceledException({ ...told(400), CancellationReasons: codes.map((Code) => ({ Code })) })
    const at = (i: number, code: string) => TransactItems.map((_, j) => (i === j ? code : "None"))
    // One without a condition can't be lost.
    const conditioned = TransactItems.flatMap((change, i) =>
      Object.values(change).some((part: object) => "ConditionExpression" in part) ? [i] : [],
    )
    return [
      ...conditioned.map((i) => failing(`lost at change ${i}`, false, cancelled(at(i, "ConditionalCheckFailed")))),
      failing("met by another transaction", false, cancelled(at(0, "TransactionConflict"))),
      {
        ...failing("throttled in one change", false, cancelled(at(TransactItems.length - 1, "ThrottlingError"))),
        told: "busy",
      },
      {
        ...failing(
          "cancelled for two reasons",
          false,
          cancelled(["TransactionConflict", ...at(0, "None").slice(2), "ProvisionedThroughputExceeded"]),
        ),
        told: "busy",
      },
      failing("cancelled for no reason", false, () => new TransactionCanceledException(told(400))),
    ]
  },
  ExecuteStatementCommand: () => [
    failing("taken by another", false, () => new DuplicateItemException(told(400))),
    failing(
      "refused as a statement",
      false,
      () => new ServiceException({ name: "ValidationException", $fault: "client", ...told(400) }),
    ),
  ],
  PutItemCommand: () => [failing("lost to another", false, () => new ConditionalCheckFailedException(told(400)))],
  UpdateItemCommand: () => [failing("lost to another", false, () => new ConditionalCheckFailedException(told(400)))],
  QueryCommand: ({ answer }) => {
    const { Items } = answer as { Items: Record<string, AttributeValue>[] }
    return Array.from({ length: Math.min(Items.length - 1, 3) }, (_, i) => ({
      name: `answered by ${i + 1} of ${Items.length}`,
      passing: false,
      strike: () => ({
        Items: Items.slice(0, i + 1),
        LastEvaluatedKey: { pk: Items[i]?.["pk"], sk: Items[i]?.["sk"] },
      }),
    }))
  },
  DeleteObjectsCommand: ({ input }) => {
    const { Delete } = input as { Delete: { Objects: { Key: string }[] } }
    const [kept, ...others] = Delete.Objects
    return [
      {
        name: "done but for one",
        passing: false,
        strike: (_, answer) => {
          answer({ ...input, Delete: { ...Delete, Objects: others } })
          return { Errors: [{ Key: kept?.Key, Code: "InternalError" }] }
        },
      },
    ]
  },
  ListObjectVersionsCommand: ({ answer }) => {
    const { Versions = [] } = answer as { Versions?: object[] }
    const page = (name: string, shown: object[]): Fault => ({
      name,
      passing: false,
      strike: () => ({ IsTruncated: true, Versions: shown.length === 0 ? undefined : shown }),
    })
    return Versions.length === 0
      ? []
      : [page("answered by one", Versions.slice(0, 1)), page("answered by none yet", [])]
  },
  ListUsersCommand: ({ answer }) => {
    const { Users } = answer as { Users: { Username: string }[] }
    const [first] = Users
    return first === undefined || Users.length < 2
      ? []
      : [
          {
            name: "answered by one",
            passing: false,
            strike: () => ({ Users: [first], PaginationToken: first.Username }),
          },
        ]
  },
  SignCommand: ({ input }) => [
    {
      name: "answered by a signature of something else",
      passing: false,
      strike: (_, answer) => answer({ ...input, Message: new Uint8Array(3) }),
    },
  ],
  AdminInitiateAuthCommand: () => [
    {
      name: "answered by a further step",
      passing: false,
      strike: (input, answer) => {
        answer(input)
        return { ChallengeName: "NEW_PASSWORD_REQUIRED", Session: "session" }
      },
    },
  ],
}

/** Everything that is made to go wrong at one call. */
export const faultsAt = (call: Answered): Fault[] => [
  {
    ...failing(
      "throttled",
      true,
      throttling[call.client] ?? (() => new Error(`nobody knows how ${call.client} throttles`)),
    ),
    told: "busy",
  },
  {
    ...failing("timed out before the effect", true, () => Object.assign(new Error(message), { name: "TimeoutError" })),
    timesOut: true,
  },
  {
    ...failing(
      "lost after the effect",
      true,
      () => Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }),
      (answer) => answer(),
    ),
    timesOut: true,
  },
  failing(
    "failed on AWS's side",
    true,
    () => new ServiceException({ name: "InternalServerError", $fault: "server", ...told(500) }),
  ),
  failing("denied", false, () =>
    call.client === "S3Client"
      ? new S3ServiceException({ name: "AccessDenied", $fault: "client", ...told(403) })
      : new ServiceException({ name: "AccessDeniedException", $fault: "client", ...told(400) }),
  ),
  failing(
    "answered by what is no answer",
    false,
    // As the SDK throws it for a body that is cut or another's.
    () => Object.assign(new SyntaxError("Unexpected end of JSON input"), { $metadata: { httpStatusCode: 200 } }),
    (answer) => answer(),
  ),
  ...(partial[call.command]?.(call) ?? []),
  ...malformedOf(call.command, call.answer).map(
    ([what, answer]): Fault => ({
      name: `answered ${what}`,
      passing: false,
      strike: (input, effect) => {
        const [, broken] = malformedOf(call.command, effect(input)).find(([name]) => name === what) ?? []
        // Where the answer has another form by now, it is at least as malformed as it was.
        return broken ?? answer
      },
    }),
  ),
]
