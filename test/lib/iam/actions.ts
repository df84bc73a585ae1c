import { accountId, type Deployed, type DeployedFunction, region } from "./deployed.ts"

/** One question that AWS asks IAM: may this role do this to that. */
export interface IamRequest {
  readonly action: string
  readonly resource: string
  /** Condition keys and their values. */
  readonly context: Readonly<Record<string, string>>
}

/** What stands in a command, as the functions send it. */
export interface Input {
  readonly Bucket?: string
  readonly Key?: string
  readonly CopySource?: string
  readonly IfNoneMatch?: string
  readonly Delete?: { readonly Objects: readonly { readonly Key: string; readonly VersionId?: string }[] }
  readonly TableName?: string
  readonly IndexName?: string
  readonly RequestItems?: Readonly<Record<string, unknown>>
  readonly TransactItems?: readonly Readonly<Record<string, { readonly TableName: string }>>[]
  readonly Statement?: string
  readonly UserPoolId?: string
  readonly KeyId?: string
  readonly FromEmailAddress?: string
  readonly ConfigurationSetName?: string
}

/** The names that the tests give what a function is told of, by the variable that tells of it. */
const told: Readonly<Record<string, string>> = {
  patients: "PATIENT_POOL_ID",
  members: "MEMBER_POOL_ID",
  hcps: "HCP_POOL_ID",
}

const required = (value: string | undefined): string => {
  if (value === undefined) throw new Error("the command lacks what its actions depend on")
  return value
}

/** A function names what nothing told it of: it would not even start. */
export class UntoldError extends Error {}

/** A function's place in a deployment: what its commands name, as ARNs, and the keys behind them. */
class Place {
  readonly #deployed: Deployed
  readonly #fn: DeployedFunction

  constructor(deployed: Deployed, fn: DeployedFunction) {
    this.#deployed = deployed
    this.#fn = fn
  }

  /** What the deployment calls what the tests call so. Throws where the function was never told of it. */
  name(inTests: string | undefined): string {
    const variable = told[required(inTests)] ?? required(inTests).toUpperCase().replaceAll("-", "_")
    const name = this.#fn.environment[variable]
    if (name === undefined) throw new UntoldError(`${this.#fn.name} is not told ${variable}`)
    return name
  }

  bucket(inTests: string | undefined): string {
    return `arn:aws:s3:::${this.name(inTests)}`
  }

  table(inTests: string | undefined): string {
    return `arn:aws:dynamodb:${region}:${accountId}:table/${this.name(inTests)}`
  }

  /** What a service asks of the key that a bucket or table is encrypted under, in the caller's name; of AWS's own keys, nothing. */
  key(arn: string, service: "s3" | "dynamodb", action: "Decrypt" | "GenerateDataKey"): IamRequest[] {
    const key = this.#deployed.keys.get(arn)
    const context = { "kms:ViaService": `${service}.${region}.amazonaws.com`, "kms:CallerAccount": accountId }
    return key === undefined ? [] : [{ action: `kms:${action}`, resource: key, context }]
  }
}

const onTable = (place: Place, action: string, table: string | undefined, below = ""): IamRequest[] => {
  const arn = place.table(table)
  return [
    { action: `dynamodb:${action}`, resource: `${arn}${below}`, context: {} },
    ...place.key(arn, "dynamodb", "Decrypt"),
  ]
}

const onBucket = (place: Place, action: string, { Bucket }: Input): IamRequest[] => [
  { action: `s3:${action}`, resource: place.bucket(Bucket), context: {} },
]

const onObject = (
  place: Place,
  action: string,
  { Bucket, Key, IfNoneMatch }: Input,
  { creates, key }: { creates?: boolean; key?: "Decrypt" | "GenerateDataKey" } = {},
): IamRequest[] => [
  {
    action: `s3:${action}`,
    resource: `${place.bucket(Bucket)}/${required(Key)}`,
    context: {
      ...(creates === undefined ? {} : { "s3:ObjectCreationOperation": String(creates) }),
      ...(IfNoneMatch === undefined ? {} : { "s3:if-none-match": IfNoneMatch }),
    },
  },
  ...(key === undefined ? [] : place.key(place.bucket(Bucket), "s3", key)),
]

const copied = (place: Place, { CopySource }: Input): IamRequest[] => {
  const [, Bucket, Key] = /^([^/]+)\/(.+)$/.exec(required(CopySource)) ?? []
  return onObject(place, "GetObject", { Bucket: required(Bucket), Key: required(Key) }, { key: "Decrypt" })
}

const deleted = (place: Place, { Bucket, Delete }: Input): IamRequest[] =>
  (Delete?.Objects ?? []).flatMap(({ Key, VersionId }) =>
    onObject(place, VersionId === undefined ? "DeleteObject" : "DeleteObjectVersion", {
      Bucket: required(Bucket),
      Key,
    }),
  )

const transacted: Readonly<Record<string, string>> = {
  ConditionCheck: "ConditionCheckItem",
  Delete: "DeleteItem",
  Put: "PutItem",
  Update: "UpdateItem",
}
const partiql: Readonly<Record<string, string>> = {
  DELETE: "PartiQLDelete",
  INSERT: "PartiQLInsert",
  SELECT: "PartiQLSelect",
  UPDATE: "PartiQLUpdate",
}

const ofStatement = (place: Place, { Statement }: Input): IamRequest[] => {
  const [, verb = "", table] = /^(\w+)[^"]*"([^"]+)"/.exec(required(Statement)) ?? []
  return onTable(place, required(partiql[verb]), required(table))
}

const onPool =
  (action: string) =>
  (place: Place, { UserPoolId }: Input): IamRequest[] => [
    {
      action: `cognito-idp:${action}`,
      resource: `arn:aws:cognito-idp:${region}:${accountId}:userpool/${place.name(UserPoolId)}`,
      context: {},
    },
  ]

/** By a key's ARN. */
const onKey =
  (action: string) =>
  (place: Place, { KeyId }: Input): IamRequest[] => [
    { action: `kms:${action}`, resource: place.name(KeyId), context: { "kms:CallerAccount": accountId } },
  ]

/** The identity that SES finds verified may be the address or its domain: either must do. */
const sent = (place: Place, { FromEmailAddress, ConfigurationSetName }: Input): IamRequest[] => {
  const from = place.name(FromEmailAddress)
  const ses = (resource: string): IamRequest => ({
    action: "ses:SendEmail",
    resource: `arn:aws:ses:${region}:${accountId}:${resource}`,
    context: { "ses:FromAddress": from, "ses:ApiVersion": "2" },
  })
  return [
    ses(`identity/${from}`),
    ses(`identity/${from.slice(from.lastIndexOf("@") + 1)}`),
    ...(ConfigurationSetName === undefined ? [] : [ses(`configuration-set/${place.name(ConfigurationSetName)}`)]),
  ]
}

interface Row {
  /** Where AWS says so. */
  readonly source: string
  readonly requests: (place: Place, input: Input) => IamRequest[]
}

const s3Permissions = "Amazon S3 User Guide, Required permissions for Amazon S3 API operations"
const s3Multipart = "Amazon S3 User Guide, Multipart upload API and permissions"
const dynamoKey =
  "Amazon DynamoDB Developer Guide, DynamoDB encryption at rest: usage notes (kms:Decrypt in the caller's name)"
const cognito = "Service Authorization Reference, Actions defined by Amazon Cognito User Pools"
const dynamo = (action: string) =>
  `Service Authorization Reference, Actions defined by Amazon DynamoDB: ${action}; ${dynamoKey}`
const pool = (action: string): Row => ({ source: `${cognito}: ${action}`, requests: onPool(action) })

/** Which IAM actions a call comes to, by the SDK's command; `UploadPart` is sent by presigned URL alone. */
export const rows: Readonly<Record<string, Row>> = {
  BatchGetItemCommand: {
    source: dynamo("BatchGetItem"),
    requests: (place, { RequestItems = {} }) =>
      Object.keys(RequestItems).flatMap((table) => onTable(place, "BatchGetItem", table)),
  },
  GetItemCommand: {
    source: dynamo("GetItem"),
    requests: (place, { TableName }) => onTable(place, "GetItem", TableName),
  },
  UpdateItemCommand: {
    source: dynamo("UpdateItem"),
    requests: (place, { TableName }) => onTable(place, "UpdateItem", TableName),
  },
  QueryCommand: {
    source: dynamo("Query (of a table or of an index)"),
    requests: (place, { TableName, IndexName }) =>
      onTable(place, "Query", TableName, IndexName === undefined ? "" : `/index/${IndexName}`),
  },
  TransactWriteItemsCommand: {
    source: `Amazon DynamoDB Developer Guide, Using IAM with DynamoDB transactions; ${dynamoKey}`,
    requests: (place, { TransactItems = [] }) =>
      TransactItems.flatMap((item) =>
        Object.entries(item).flatMap(([kind, { TableName }]) => onTable(place, required(transacted[kind]), TableName)),
      ),
  },
  ExecuteStatementCommand: {
    source: `Amazon DynamoDB Developer Guide, IAM security policies with PartiQL for DynamoDB; ${dynamoKey}`,
    requests: ofStatement,
  },
  HeadObjectCommand: {
    source: "Amazon S3 API Reference, HeadObject: permissions (s3:GetObject, kms:Decrypt)",
    requests: (place, input) => onObject(place, "GetObject", input, { key: "Decrypt" }),
  },
  GetObjectCommand: {
    source: "Amazon S3 API Reference, GetObject: permissions (s3:GetObject, kms:Decrypt)",
    requests: (place, input) => onObject(place, "GetObject", input, { key: "Decrypt" }),
  },
  PutObjectCommand: {
    source: "Amazon S3 API Reference, PutObject: permissions (s3:PutObject, kms:GenerateDataKey)",
    requests: (place, input) => onObject(place, "PutObject", input, { creates: true, key: "GenerateDataKey" }),
  },
  CopyObjectCommand: {
    source:
      "Amazon S3 API Reference, CopyObject: permissions (s3:GetObject on the source, s3:PutObject on the destination)",
    requests: (place, input) => [
      ...copied(place, input),
      ...onObject(place, "PutObject", input, { creates: true, key: "GenerateDataKey" }),
    ],
  },
  CreateMultipartUploadCommand: {
    source: "Amazon S3 API Reference, CreateMultipartUpload: permissions (s3:PutObject, kms:GenerateDataKey)",
    requests: (place, input) => onObject(place, "PutObject", input, { creates: false, key: "GenerateDataKey" }),
  },
  UploadPart: {
    source: "Amazon S3 API Reference, UploadPart: permissions (s3:PutObject, kms:Decrypt)",
    requests: (place, input) => onObject(place, "PutObject", input, { creates: false, key: "Decrypt" }),
  },
  UploadPartCopyCommand: {
    source:
      "Amazon S3 API Reference, UploadPartCopy: permissions (s3:GetObject on the source, s3:PutObject, kms:Decrypt)",
    requests: (place, input) => [
      ...copied(place, input),
      ...onObject(place, "PutObject", input, { creates: false, key: "Decrypt" }),
    ],
  },
  CompleteMultipartUploadCommand: {
    source: "Amazon S3 API Reference, CompleteMultipartUpload: permissions (s3:PutObject, kms:Decrypt)",
    requests: (place, input) => onObject(place, "PutObject", input, { creates: true, key: "Decrypt" }),
  },
  ListPartsCommand: {
    source: "Amazon S3 API Reference, ListParts: permissions (s3:ListMultipartUploadParts, kms:Decrypt)",
    requests: (place, input) => onObject(place, "ListMultipartUploadParts", input, { key: "Decrypt" }),
  },
  AbortMultipartUploadCommand: {
    source: s3Multipart,
    requests: (place, input) => onObject(place, "AbortMultipartUpload", input),
  },
  ListMultipartUploadsCommand: {
    source: s3Multipart,
    requests: (place, input) => onBucket(place, "ListBucketMultipartUploads", input),
  },
  ListObjectVersionsCommand: {
    source: s3Permissions,
    requests: (place, input) => onBucket(place, "ListBucketVersions", input),
  },
  ListObjectsV2Command: { source: s3Permissions, requests: (place, input) => onBucket(place, "ListBucket", input) },
  DeleteObjectsCommand: {
    source:
      "Amazon S3 API Reference, DeleteObjects: permissions (s3:DeleteObject, with a version s3:DeleteObjectVersion)",
    requests: deleted,
  },
  SignCommand: { source: "AWS KMS Developer Guide, AWS KMS permissions: Sign", requests: onKey("Sign") },
  SendEmailCommand: {
    source: "Service Authorization Reference, Actions defined by Amazon Simple Email Service v2: SendEmail",
    requests: sent,
  },
  SignUpCommand: {
    source: "Amazon Cognito Developer Guide, User pools API authentication: unauthenticated operations, without IAM",
    requests: () => [],
  },
  ConfirmSignUpCommand: {
    source: "Amazon Cognito Developer Guide, User pools API authentication: unauthenticated operations, without IAM",
    requests: () => [],
  },
  DescribeUserPoolClientCommand: pool("DescribeUserPoolClient"),
  AdminCreateUserCommand: pool("AdminCreateUser"),
  AdminDeleteUserCommand: pool("AdminDeleteUser"),
  AdminDisableUserCommand: pool("AdminDisableUser"),
  AdminEnableUserCommand: pool("AdminEnableUser"),
  AdminGetUserCommand: pool("AdminGetUser"),
  AdminInitiateAuthCommand: pool("AdminInitiateAuth"),
  AdminSetUserPasswordCommand: pool("AdminSetUserPassword"),
  ListUsersCommand: pool("ListUsers"),
}

/** What a function's command asks of IAM. Throws for a command without a row, and where the function wasn't told what it names. */
export const requestsOf = (deployed: Deployed, fn: DeployedFunction, command: string, input: Input): IamRequest[] => {
  const row = rows[command]
  if (row === undefined) throw new Error(`${command} has no row that says which IAM actions it comes to`)
  return row.requests(new Place(deployed, fn), input)
}

/** What Lambda does in a function's name: it writes its log, polls its stream, and leaves what was given up in a queue. */
export const byLambda = (deployed: Deployed, { logGroup, streams }: DeployedFunction): IamRequest[] => {
  const [inGroup] = [logGroup.replace(/\*$/, "log-stream:2026/01/01/[$LATEST]0123")]
  const log = ["CreateLogStream", "PutLogEvents"].map((action) => ({
    // AWS Lambda Developer Guide, "Sending Lambda function logs to CloudWatch Logs": required IAM permissions.
    action: `logs:${action}`,
    resource: inGroup,
    context: {},
  }))
  return [...log, ...streams.flatMap((mapping) => byMapping(deployed, mapping))]
}

/** Source: AWS Lambda Developer Guide, "Process DynamoDB records with Lambda": execution role permissions, and destinations of discarded records. */
const byMapping = (deployed: Deployed, { stream, lost }: DeployedFunction["streams"][number]): IamRequest[] => {
  const ask = (action: string, resource = stream): IamRequest => ({ action, resource, context: {} })
  const key = deployed.keys.get(stream.replace(/\/stream\/.*/, ""))
  const via = { "kms:ViaService": `dynamodb.${region}.amazonaws.com`, "kms:CallerAccount": accountId }
  return [
    ...["DescribeStream", "GetRecords", "GetShardIterator"].map((action) => ask(`dynamodb:${action}`)),
    // It knows no resource. Source: Service Authorization Reference, Actions defined by Amazon DynamoDB: ListStreams.
    ask("dynamodb:ListStreams", "*"),
    ...(key === undefined ? [] : [{ action: "kms:Decrypt", resource: key, context: via }]),
    ...(lost === undefined ? [] : [ask("sqs:SendMessage", lost)]),
  ]
}
