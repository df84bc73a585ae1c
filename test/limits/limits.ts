import { TooManyRequestsException } from "@aws-sdk/client-cognito-identity-provider"
import { TransactionCanceledException } from "@aws-sdk/client-dynamodb"
import { TooManyRequestsException as TooManyEmails } from "@aws-sdk/client-sesv2"
import { ServiceException } from "@smithy/core/client"
import type { AwsCall } from "../faults/functions.ts"
import { cognitoRates } from "../kit/cognito-rates.ts"
import { type Bucket, bucketOf, type Rate } from "../kit/token-bucket.ts"
import { type Consumed, consumedBy, isReading } from "./consumed.ts"

/** What AWS lets an account do, each with where AWS says so. */
export const limits = {
  /**
   * Units a second of a new on-demand table, unless it is warmed. Source: Amazon DynamoDB Developer Guide, "DynamoDB on-demand capacity mode", initial
   * throughput.
   */
  newTable: { reads: 12_000, writes: 4000 },
  /** Units a second that a table may take at most in an account that has asked for no more. Source: Amazon DynamoDB Developer Guide, "Quotas in Amazon DynamoDB". */
  table: { reads: 40_000, writes: 40_000 },
  /** Units a second of one partition key. Source: Amazon DynamoDB Developer Guide, "Best practices for designing and using partition keys effectively". */
  partition: { reads: 3000, writes: 1000 },
  /** Messages a second in the sandbox, and after production access was given. Source: Amazon SES Developer Guide, "Managing your Amazon SES sending limits". */
  ses: { sandbox: 1, production: 14 },
  /** Functions at once in an account and region. Source: AWS Lambda Developer Guide, "Lambda quotas". */
  functionsAtOnce: 1000,
} as const

const told = { message: "simulated", $metadata: { httpStatusCode: 400 } }

export interface Capacity {
  /** Units a second that a table takes at once, where it isn't a new one's. */
  readonly warm?: Readonly<Record<string, { readonly reads: number; readonly writes: number }>>
  /** Of Cognito's rates, how much. */
  readonly cognito?: number
  readonly ses?: keyof typeof limits.ses
}

const tooMuch = (client: string): Error => {
  if (client === "CognitoIdentityProviderClient") return new TooManyRequestsException(told)
  if (client === "SESv2Client") return new TooManyEmails(told)
  return new ServiceException({ name: "ThrottlingException", $fault: "client", ...told })
}

type Asked = readonly { readonly bucket: Bucket; readonly units: number }[]
/** Several things may be asked of the same bucket. */
const fits = (asked: Asked): boolean => {
  const sums = new Map<Bucket, number>()
  for (const { bucket, units } of asked) sums.set(bucket, (sums.get(bucket) ?? 0) + units)
  return [...sums].every(([bucket, units]) => bucket.has(units))
}

/** AWS as it throttles an account: stands between the functions and AWS in memory, by the clock (milliseconds). */
export const simulatedLimits = (now: () => number, { warm = {}, cognito = 1, ses = "sandbox" }: Capacity = {}) => {
  const buckets = new Map<string, Bucket>()
  const bucket = (name: string, rate: Rate): Bucket => {
    const there = buckets.get(name) ?? bucketOf(rate, now)
    buckets.set(name, there)
    return there
  }
  const ofTable = ({ table, key, kind, units }: Consumed): Asked => [
    { bucket: bucket(`${table} ${kind}`, { perSecond: (warm[table] ?? limits.newTable)[kind] }), units },
    { bucket: bucket(`${table} ${key} ${kind}`, { perSecond: limits.partition[kind] }), units },
  ]
  const ofCognito = (command: string): Asked => {
    const operation = command.replace(/Command$/, "")
    const found = Object.entries(cognitoRates).find(([, { operations }]) =>
      operations.some((each) => each === operation),
    )
    if (found === undefined) throw new Error(`nobody knows how often ${command} may be`)
    const [category, { perSecond }] = found
    return [{ bucket: bucket(category, { perSecond: perSecond * cognito }), units: 1 }]
  }
  const askedOf = ({ client, command }: AwsCall, consumed: readonly Consumed[]): Asked => {
    if (client === "DynamoDBClient") return consumed.flatMap(ofTable)
    if (client === "CognitoIdentityProviderClient") return ofCognito(command)
    return client === "SESv2Client" ? [{ bucket: bucket("SES", { perSecond: limits.ses[ses] }), units: 1 }] : []
  }
  const calls = new Map<string, { passed: number; throttled: number }>()
  const count = (client: string, outcome: "passed" | "throttled") => {
    const counted = calls.get(client) ?? { passed: 0, throttled: 0 }
    calls.set(client, { ...counted, [outcome]: counted[outcome] + 1 })
  }
  /** Units by table and kind. */
  const taken = new Map<string, number>()
  const between = (call: AwsCall, answer: (input: object) => object): object => {
    const { client, command, input } = call
    // What only reads has no effect: what it finds says what it takes.
    const found = isReading(command) ? answer(input) : undefined
    const consumed = client === "DynamoDBClient" ? consumedBy(command, input, found) : []
    const asked = askedOf(call, consumed)
    if (!fits(asked)) {
      count(client, "throttled")
      if (command !== "TransactWriteItemsCommand") throw tooMuch(client)
      const CancellationReasons = consumed.map((_, i) => ({
        Code: fits(consumed.slice(0, i + 1).flatMap(ofTable)) ? "None" : "ThrottlingError",
      }))
      throw new TransactionCanceledException({ ...told, CancellationReasons })
    }
    for (const each of asked) each.bucket.take(each.units)
    count(client, "passed")
    for (const { table, kind, units } of consumed)
      taken.set(`${table} ${kind}`, (taken.get(`${table} ${kind}`) ?? 0) + units)
    return found ?? answer(input)
  }
  return {
    between,
    /** Of each client, by its class. */
    counts: (client: string) => calls.get(client) ?? { passed: 0, throttled: 0 },
    taken: (table: string, kind: "reads" | "writes") => taken.get(`${table} ${kind}`) ?? 0,
  }
}
