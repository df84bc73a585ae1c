import { createHash } from "node:crypto"
import { copyFileSync, readdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import { format } from "node:util"
import {
  CodeMismatchException,
  CognitoIdentityProviderClient,
  NotAuthorizedException,
  TooManyRequestsException,
  UsernameExistsException,
} from "@aws-sdk/client-cognito-identity-provider"
import { ConditionalCheckFailedException, DynamoDBClient, TransactionCanceledException } from "@aws-sdk/client-dynamodb"
import { KMSClient } from "@aws-sdk/client-kms"
import { NoSuchKey, NoSuchUpload, S3Client } from "@aws-sdk/client-s3"
import { marshall, unmarshall } from "@aws-sdk/util-dynamodb"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest"
import { auditEvent } from "../../contract/audit.ts"
import { environmentNames } from "../../contract/environment.ts"
import { hriItem, type ItemKind, itemFormat, itemKeys, itemSchemas } from "../../contract/items.ts"
import { pathParameters, type RouteName, routeNames, routes } from "../../contract/routes.ts"
import { signStatement } from "../../protocol/statement.ts"
import { newProvider } from "../kit/provider.ts"
import { temporaryFolder } from "../kit/temporary-folder.ts"
import type { Json } from "../lib/stacks.ts"
import { canariesIn, canaryOf } from "./canary-values.ts"

/**
 * Every function there is, with a canary in all that anybody could send it and all that AWS could answer it: none of them is in what it
 * logs, throws or answers as an error. A function that is added is driven without a line here.
 */
const folders = ["patient", "card", "hcp", "hri", "practice", "system"]
const functionsDirectory = path.join(import.meta.dirname, "../../functions")
const files = folders.flatMap((folder) =>
  readdirSync(path.join(functionsDirectory, folder)).map((file) => `${folder}/${path.basename(file, ".ts")}`),
)
const isRoute = (name: string): name is RouteName => routeNames.some((route) => route === name)
const unattended = files.filter((name) => !isRoute(name))

type Handler = (event: object, context: object) => Promise<unknown>
const handlers = new Map<string, Handler>()
const logged: string[] = []

const identity: Record<string, unknown> = new Proxy({}, { get: (_, name) => (name === "toString" ? undefined : 1) })
const beginning = (key: string) => key.split("#")[0]
const keyOf = (kind: ItemKind) => (itemKeys[kind] as (of: unknown) => { pk: string; sk: string })(identity)
const kinds = Object.keys(itemSchemas) as ItemKind[]
const hashOf = (key: string) => createHash("sha256").update(Buffer.from(key, "base64url")).digest("base64url")
/** A stored item for a key, full of canaries; it lets pass who comes with the same ones. */
const itemAt = (pk: string, sk: string, fields: "all" | "required") => {
  const kind = kinds.find((kind) => {
    const key = keyOf(kind)
    return beginning(key.pk) === beginning(pk) && beginning(key.sk) === beginning(sk)
  })
  const item = kind === undefined ? { CANARY: "CANARY" } : canaryOf(itemSchemas[kind], fields)
  return {
    ...item,
    ...("ticketHash" in item && { ticketHash: hashOf("CANARY".padEnd(43, "A")) }),
    pk,
    sk,
    format: itemFormat,
  }
}

const base64url = (text: string) => Buffer.from(text).toString("base64url")
const accessToken = `${base64url('{"alg":"none"}')}.${base64url(`{"username":"${"CANARY".padEnd(22, "A")}"}`)}.CANARY`
type Sent = { constructor: { name: string }; input: Record<string, Json> }

const ChecksumSHA256 = Buffer.from("CANARY".padEnd(32, "A")).toString("base64")

/** Each of AWS's answers, as a thief of our logs would want them. */
const answerOf = ({ constructor: { name }, input }: Sent, fields: "all" | "required" = "all"): object => {
  if (name === "BatchGetItemCommand") {
    const [[table, { Keys }]]: Json = Object.entries(input["RequestItems"])
    return { Responses: { [table]: Keys.map(({ pk, sk }: Json) => marshall(itemAt(pk.S, sk.S, fields))) } }
  }
  if (name === "GetItemCommand") return { Item: marshall({ ...canaryOf(hriItem), format: itemFormat }) }
  if (name === "QueryCommand") {
    const values = unmarshall(input["ExpressionAttributeValues"])
    if (typeof values[":prefix"] === "string")
      return { Items: [marshall(itemAt(values[":pk"], values[":prefix"], fields))] }
    return { Items: [marshall({ pk: "CANARY", sk: 1, event: canaryOf(auditEvent) })] }
  }
  const user = { Username: "ca".repeat(32), Enabled: true }
  return {
    AuthenticationResult: { AccessToken: accessToken, ExpiresIn: 3600 },
    Users: [user],
    UserAttributes: [{ Name: "email", Value: "canary@canary.example" }],
    Signature: Buffer.from("CANARY"),
    PublicKey: Buffer.from("CANARY"),
    ContentLength: 7,
    ChecksumSHA256,
    UploadId: "CANARY",
    Parts: [{ PartNumber: 1, Size: 7, ETag: "CANARY", ChecksumSHA256 }],
    Uploads: [{ Key: "CANARY", UploadId: "CANARY" }],
    Versions: [{ Key: "CANARY", VersionId: "CANARY" }],
    Contents: [{ Key: "CANARY" }],
    Errors: [],
    Body: { transformToString: async () => '{"CANARY":"CANARY"}' },
  }
}

const message = "CANARY said AWS of 731946"
const $metadata = { httpStatusCode: 400 }
const surprise = new Error(message, { cause: new Error("the cause of CANARY", { cause: { secret: "CANARY" } }) })
const cancelled = (Code: string) =>
  new TransactionCanceledException({
    message,
    $metadata,
    CancellationReasons: [{ Code, Message: message, Item: { pk: { S: "CANARY" } } }],
  })
const throwing = (error: Error) => () => {
  throw error
}

/** What may come from AWS. */
const worlds: Record<string, (sent: Sent) => object> = {
  "answers in full": (sent) => answerOf(sent),
  "answers with what must be there": (sent) => answerOf(sent, "required"),
  "answers with nothing": () => ({}),
  "answers with items of another form": (sent) => {
    const table = Object.keys(sent.input["RequestItems"] ?? { CANARY: 0 })[0] ?? ""
    const item = (key: object) => ({ ...key, kind: { S: "CANARY" }, CANARY: { S: "CANARY" }, event: { S: "CANARY" } })
    const keys: object[] = sent.input["RequestItems"]?.[table]?.Keys ?? [{ pk: { S: "CANARY" } }]
    return { Responses: { [table]: keys.map(item) }, Items: keys.map(item), Item: item({}), PublicKey: "CANARY" }
  },
  "fails by surprise": throwing(surprise),
  "throws what is no error": () => {
    // oxlint-disable-next-line typescript/only-throw-error -- a library might
    throw { CANARY: message }
  },
  "refuses a password or a code": throwing(new NotAuthorizedException({ message, $metadata })),
  "refuses a code": throwing(new CodeMismatchException({ message, $metadata })),
  "knows the user": throwing(new UsernameExistsException({ message, $metadata })),
  "is busy": throwing(new TooManyRequestsException({ message, $metadata })),
  "holds another item": throwing(
    new ConditionalCheckFailedException({ message, $metadata, Item: { pk: { S: "CANARY" } } }),
  ),
  "holds other items": throwing(cancelled("ConditionalCheckFailed")),
  "holds items that others change": throwing(cancelled("TransactionConflict")),
  "cancels for another reason": throwing(cancelled("ValidationError")),
  "has no such object": throwing(new NoSuchKey({ message, $metadata: { httpStatusCode: 404 } })),
  "has no such upload": throwing(new NoSuchUpload({ message, $metadata: { httpStatusCode: 404 } })),
}

let statement: string
const { folder: taskRoot, remove } = temporaryFolder()
afterAll(remove)

beforeAll(async () => {
  for (const name of environmentNames) vi.stubEnv(name, `told-${name.toLowerCase()}`)
  vi.stubEnv("AWS_REGION", "eu-central-1")
  vi.stubEnv("AWS_ACCESS_KEY_ID", "CANARY-KEY")
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "CANARY-SECRET")
  vi.stubEnv("AWS_SESSION_TOKEN", "CANARY-TOKEN")
  vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "function")
  const { cloudId, keys } = await newProvider()
  vi.stubEnv("CLOUD_ID", cloudId)
  const policy = path.join(import.meta.dirname, "../lib/trust-policy.json")
  copyFileSync(policy, path.join(taskRoot, path.basename(policy)))
  writeFileSync(path.join(taskRoot, "provider-keys.json"), JSON.stringify(keys.list))
  vi.stubEnv("LAMBDA_TASK_ROOT", taskRoot)
  for (const name of files) {
    const { handler }: { handler: Handler } = await import(path.join(functionsDirectory, `${name}.ts`))
    handlers.set(name, handler)
  }
  const { privateKey } = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign"])
  statement = await signStatement({
    typ: "CANARY",
    alg: "ES256",
    privateKey,
    x5c: [new Uint8Array(Buffer.from("CANARY"))],
    payload: { aud: "CANARY", iat: 1, jti: "CANARY".padEnd(22, "A"), patientId: "CANARY".padEnd(22, "A") },
  })
})
afterAll(() => vi.unstubAllEnvs())

beforeEach(() => {
  const keep = (...args: unknown[]) => void logged.push(format(...args))
  for (const level of ["log", "info", "warn", "error", "debug", "trace", "dir"] as const)
    vi.spyOn(console, level).mockImplementation(keep)
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, "write").mockImplementation((text) => logged.push(String(text)) > 0)
  vi.stubGlobal("fetch", async () => {
    throw new Error("CANARY was not to be reached", { cause: surprise })
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
  logged.length = 0
})

/** All clients inherit it; a client of another make would go past it, and fail for want of a network. */
const sdk = Object.getPrototypeOf(DynamoDBClient.prototype) as { send: (sent: Sent) => Promise<object> }

const eventOf = (name: RouteName, request: Record<string, unknown>, body?: string) => {
  const { path, method, actor } = routes[name]
  const named = pathParameters(path)
  const sent = Object.fromEntries(Object.entries(request).filter(([field]) => !named.includes(field)))
  const username = actor === "hcp" ? "ca".repeat(32) : "CANARY".padEnd(22, "A")
  return {
    rawPath: "/CANARY",
    rawQueryString: "CANARY=CANARY",
    cookies: ["CANARY"],
    headers: { authorization: `Bearer ${accessToken}`, "user-agent": "CANARY", "x-forwarded-for": "CANARY" },
    requestContext: {
      requestId: "request-1",
      http: { path: "/CANARY", sourceIp: "CANARY", userAgent: "CANARY" },
      authorizer: { jwt: { claims: { token_use: "access", username, iat: "1", email: "CANARY" }, scopes: ["CANARY"] } },
    },
    pathParameters: Object.fromEntries(named.map((parameter) => [parameter, String(request[parameter])])),
    ...(method === "GET" ? { queryStringParameters: sent } : { body: body ?? JSON.stringify(sent) }),
    isBase64Encoded: false,
  }
}

const byClock = { detail: { CANARY: "CANARY" }, resources: ["CANARY"] }
const streamed = { pk: { S: `PATIENT#${"CANARY".padEnd(22, "A")}` }, sk: { S: "GRANT#CANARY" } }
const byStream = {
  Records: [{ eventName: "INSERT", dynamodb: { ApproximateCreationDateTime: 1, Keys: streamed, NewImage: streamed } }],
}

/** What is listed page by page, or destroyed until nothing is left, comes to an end. */
const enough = 12
let sends = 0

const lambda = { awsRequestId: "request-1", getRemainingTimeInMillis: () => 60_000 }

/** What came out of a function and stays, whoever may read it: the log, the error that the runtime logs, the answer that refuses. */
const tracesOf = async (name: string, event: object): Promise<string> => {
  logged.length = 0
  sends = 0
  const handler = handlers.get(name)
  if (handler === undefined) throw new Error(`${name} was not loaded`)
  const answered = await handler(event, lambda).then(
    (answer) => {
      // The identity manager gets back what it told itself, and nothing is refused.
      if (name === "system/limit-token") return ""
      const { statusCode } = (answer ?? {}) as { statusCode?: number }
      return statusCode === undefined || statusCode >= 400 ? JSON.stringify(answer) : ""
    },
    (error: unknown) => format("%o %s", error, error instanceof Error ? error.stack : ""),
  )
  expect(logged).not.toEqual([])
  return [answered, ...logged].join("\n")
}

test("every function has its file, and every client of AWS goes by the same send", () => {
  expect(files.filter(isRoute).sort()).toEqual([...routeNames].sort())
  expect(unattended).toContain("system/sweep-accounts")
  for (const client of [S3Client, KMSClient, CognitoIdentityProviderClient])
    expect(Object.getPrototypeOf(client.prototype)).toBe(sdk)
})

describe.each(Object.keys(worlds))("where AWS %s", (world) => {
  beforeEach(() => {
    vi.spyOn(sdk, "send").mockImplementation(async (sent) => (++sends > enough ? {} : worlds[world]!(sent)))
  })

  test.each(files.filter(isRoute))("%s keeps to itself what it was sent and answered", async (name) => {
    const request = canaryOf(routes[name].request)
    const signed = {
      ...request,
      ...("statement" in request && { statement }),
      ...("manifest" in request && { manifest: statement }),
    }
    for (const event of [eventOf(name, request), eventOf(name, signed)])
      expect(canariesIn(await tracesOf(name, event))).toEqual([])
  })

  test.each(unattended)("%s keeps to itself what it was answered", async (name) => {
    expect(canariesIn(await tracesOf(name, { ...byClock, ...byStream }))).toEqual([])
    expect(canariesIn(await tracesOf(name, { ...byClock, Records: [{ CANARY: "CANARY" }] }))).toEqual([])
  })
})

describe("a request of no form that the contract knows", () => {
  const malformed: Record<string, (name: RouteName) => object> = {
    "with fields nobody asked for": (name) => eventOf(name, { ...canaryOf(routes[name].request), CANARY: "CANARY" }),
    "with values of another type": (name) => eventOf(name, { statement: ["CANARY"], email: { CANARY: 1 }, CANARY: [] }),
    "that is no JSON": (name) => eventOf(name, {}, '{"CANARY": CANARY'),
    "with a name twice": (name) => eventOf(name, {}, '{"CANARY": 1, "CANARY": 2}'),
    "that is too large": (name) => eventOf(name, {}, JSON.stringify({ CANARY: "CANARY".repeat(100_000) })),
    "of somebody whose token is not one of ours": (name) => ({
      ...eventOf(name, canaryOf(routes[name].request)),
      requestContext: {
        requestId: "request-1",
        authorizer: { jwt: { claims: { username: "CANARY", CANARY: "CANARY" } } },
      },
    }),
  }

  test.each(Object.entries(malformed))("%s leaves no trace", async (_, made) => {
    vi.spyOn(sdk, "send").mockImplementation(async (sent) => (++sends > enough ? {} : answerOf(sent)))
    for (const name of routeNames)
      expect({ name, found: canariesIn(await tracesOf(name, made(name))) }).toEqual({ name, found: [] })
  })
})

test("a canary is found in whatever encoding it hides", () => {
  for (const encoding of ["base64", "base64url", "hex"] as const)
    for (const before of ["", "x", "xy", "xyz"])
      expect(canariesIn(`told: ${Buffer.from(`${before}CANARY and more`).toString(encoding)}`)).not.toEqual([])
  expect(canariesIn("told: CANARY")).not.toEqual([])
  expect(canariesIn("nothing to see")).toEqual([])
})
