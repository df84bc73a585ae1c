import { AsyncLocalStorage } from "node:async_hooks"
import { readdirSync, writeFileSync } from "node:fs"
import path from "node:path"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { StandardRetryStrategy } from "@smithy/core/retry"
import { vi } from "vitest"
import { environmentNames } from "../../contract/environment.ts"
import { thumbprint } from "../../protocol/keys.ts"
import { cloudIdOf } from "../../protocol/provider-keys.ts"
import type { MemoryAws } from "../kit/aws.ts"

/** One call of AWS, as it stands where the SDK would put it on the wire. */
export interface AwsCall {
  /** The function that makes it. */
  readonly fn: string
  /** The class of the client. */
  readonly client: string
  readonly command: string
  readonly input: object
}
/** Stands between the SDK and AWS: answers, or throws what the SDK would; `answer` has the effect. */
export type Between = (call: AwsCall, answer: (input: object) => object) => object | Promise<object>

type Context = { readonly clientName?: string; readonly commandName?: string }
type Args = { readonly input: object; readonly request?: { readonly body?: unknown } }
type Middleware = (next: unknown, context: Context) => (args: Args) => Promise<unknown>
interface Client {
  readonly config: { retryStrategy: () => Promise<unknown>; cacheMiddleware: boolean }
  readonly middlewareStack: { add(middleware: Middleware, options: object): void }
}

/** The token by which DynamoDB knows a transaction that is sent again: the SDK writes it into what it serialises, once for all attempts. */
const tokenIn = ({ request }: Args): object => {
  const body: unknown = request?.body
  if (typeof body !== "string" && !(body instanceof Uint8Array)) return {}
  const text = typeof body === "string" ? body : new TextDecoder().decode(body)
  const { ClientRequestToken } = text.startsWith("{") ? (JSON.parse(text) as { ClientRequestToken?: string }) : {}
  return ClientRequestToken === undefined ? {} : { ClientRequestToken }
}

const noWait = { setDelayBase: () => {}, computeNextBackoffDelay: () => 0 }

const functionsDirectory = path.join(import.meta.dirname, "../../functions")
/** Every function there is, by its file. */
export const functionNames = ["patient", "card", "hcp", "hri", "practice", "system"].flatMap((folder) =>
  readdirSync(path.join(functionsDirectory, folder)).map((file) => `${folder}/${path.basename(file, ".ts")}`),
)

export type Handler = (event: object, context: object) => Promise<unknown>

/**
 * Every function as it is deployed, with the clients it makes itself, over AWS in memory. The clients are the SDK's own, to where a request
 * is serialised and signed; behind that, inside of the SDK's retries, one middleware answers from memory. `taskRoot`: the folder that the trust policy is in, and the provider's keys are put.
 */
export const loadFunctions = async (aws: MemoryAws, taskRoot: string) => {
  for (const name of environmentNames) vi.stubEnv(name, name.toLowerCase().replaceAll("_", "-"))
  // The pools' clients are named as the pools are.
  for (const [client, pool] of [
    ["PATIENT_CLIENT_ID", "patients"],
    ["HCP_CLIENT_ID", "hcps"],
    ["MEMBER_CLIENT_ID", "members"],
  ] as const) {
    vi.stubEnv(client, pool)
    vi.stubEnv(client.replace("CLIENT", "POOL"), pool)
  }
  vi.stubEnv("AWS_REGION", "eu-central-1")
  vi.stubEnv("AWS_ACCESS_KEY_ID", "id")
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret")
  vi.stubEnv("AWS_SESSION_TOKEN", "")
  vi.stubEnv("AWS_ENDPOINT_URL", undefined)
  vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "function")
  vi.stubEnv("LAMBDA_TASK_ROOT", taskRoot)
  const first = aws.providerKey
  writeFileSync(path.join(taskRoot, "provider-keys.json"), JSON.stringify({ first, successors: [] }))
  vi.stubEnv("CLOUD_ID", await cloudIdOf(first))
  vi.stubEnv("PROVIDER_KID", await thumbprint(first))

  const wire = { attempts: 1, waits: false, between: ((call, answer) => answer(call.input)) as Between }
  const running = new AsyncLocalStorage<string>()
  const memory: Middleware =
    (_, { clientName = "", commandName = "" }) =>
    async (args) => {
      const answer = (input: object) => aws.answer(commandName, { ...input, ...tokenIn(args) })
      const call = { fn: running.getStore() ?? "", client: clientName, command: commandName, input: args.input }
      const output = await wire.between(call, answer)
      return { response: {}, output: { $metadata: {}, ...output } }
    }
  /** All clients inherit it, and a client is met at its first command. */
  const sdk = Object.getPrototypeOf(DynamoDBClient.prototype) as { send: (...args: unknown[]) => unknown }
  const { send } = sdk
  const met = new WeakSet<object>()
  vi.spyOn(sdk, "send").mockImplementation(function (this: Client, ...args) {
    if (!met.has(this)) {
      met.add(this)
      this.middlewareStack.add(memory, { name: "memory", step: "finalizeRequest", priority: "low" })
      // The stack is put together once for each command; thousands of calls follow.
      this.config.cacheMiddleware = true
      this.config.retryStrategy = async () =>
        new StandardRetryStrategy({ maxAttempts: wire.attempts, ...(wire.waits ? {} : { backoff: noWait }) })
    }
    return Reflect.apply(send, this, args)
  })

  const handlers = new Map<string, Handler>()
  for (const name of functionNames) {
    const { handler }: { handler: Handler } = await import(path.join(functionsDirectory, `${name}.ts`))
    handlers.set(name, handler)
  }
  return {
    /** What is between, how often the SDK tries, and whether it waits before it tries again. */
    wire,
    handlerOf: (name: string): Handler => {
      const handler = handlers.get(name)
      if (handler === undefined) throw new Error(`there is no function ${name}`)
      return (event, context) => running.run(name, () => handler(event, context))
    },
  }
}
export type Functions = Awaited<ReturnType<typeof loadFunctions>>
