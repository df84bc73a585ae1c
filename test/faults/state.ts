import { createHash } from "node:crypto"
import { unmarshall } from "@aws-sdk/util-dynamodb"
import * as z from "zod/mini"
import { type AuditEvent, auditEvent } from "../../contract/audit.ts"
import { checkpointClaims } from "../../protocol/checkpoint.ts"
import { readStatement } from "../../protocol/statement.ts"
import type { MemoryAws } from "../kit/aws.ts"
import type { Attributes } from "../kit/partition.ts"

/** What stands in the cloud: by name, what it is. */
export type Facts = ReadonlyMap<string, string>

/** Fields in one order, whoever wrote them. */
const json = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )

/** What is stored is never changed in place: what was read of it once holds. */
const remembered = <K extends object, V>(read: (key: K) => V) => {
  const known = new WeakMap<K, V>()
  return (key: K): V => {
    const value = known.has(key) ? (known.get(key) as V) : read(key)
    known.set(key, value)
    return value
  }
}

/**
 * How often something was changed, and when what is forgotten goes, are no part of what it says; nor where its event stands, which is later once there was
 * another (`eventsNamed`).
 */
const itemFact = remembered((attributes: Attributes): [string, string] => {
  const { pk, sk = "", revision: _revision, ttl: _ttl, event: _event, ...item } = unmarshall(attributes)
  return [`item ${pk} ${sk}`, json(item)]
})

const itemFacts = (aws: MemoryAws): [string, string][] =>
  ["main-table", "hri-table"]
    .flatMap((table) => aws.dynamo.items(table).map(itemFact))
    // What counts how often somebody asked goes on counting.
    .filter(([name]) => !name.startsWith("item RATE#"))

const hashOf = remembered((bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex"))

const objectFacts = (aws: MemoryAws): [string, string][] =>
  [...aws.s3.objects()].flatMap(([name, bytes]): [string, string][] =>
    name.startsWith("checkpoints-bucket/") ? [] : [[`object ${name}`, hashOf(bytes)]],
  )

/** What the newest checkpoint seals; how many it took to get there says nothing. */
const sealFacts = (aws: MemoryAws): [string, string][] => {
  const [newest] = [...aws.s3.objects()]
    .filter(([name]) => name.startsWith("checkpoints-bucket/checkpoints/"))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  if (newest === undefined) return []
  const { root, size } = z.parse(checkpointClaims, readStatement(Buffer.from(newest[1]).toString("utf8")).payload)
  return [["covered", json({ root, size })]]
}

const userFacts = (aws: MemoryAws): [string, string][] =>
  [...aws.cognito.users()].map(([name, { enabled, confirmed, email }]) => [
    `user ${name}`,
    json({ enabled, confirmed, email }),
  ])

export const factsOf = (aws: MemoryAws): Facts =>
  new Map([
    ...itemFacts(aws),
    ...objectFacts(aws),
    ...[...aws.s3.uploading()].map((name): [string, string] => [`uploading ${name}`, ""]),
    ...sealFacts(aws),
    ...userFacts(aws),
    ...aws.ses.sent().map((sent): [string, string] => [`sent ${sent.to}`, sent.subject]),
  ])

const storedEvent = z.object({ event: auditEvent })
const eventOf = remembered((attributes: Attributes) => z.parse(storedEvent, unmarshall(attributes)).event)

const namesEvent = z.object({ pk: z.string(), event: z.object({ seq: z.number(), hash: z.string() }) })

/** The events that items say they were made by, each with its partition. */
export const eventsNamed = (aws: MemoryAws) =>
  aws.dynamo.items("main-table").flatMap((attributes) => {
    const named = z.safeParse(namesEvent, unmarshall(attributes))
    return named.success ? [named.data] : []
  })

/** Every chain of the audit trail, by its partition, in order. */
export const chainsOf = (aws: MemoryAws): ReadonlyMap<string, readonly AuditEvent[]> => {
  const chains = new Map<string, AuditEvent[]>()
  for (const attributes of aws.dynamo.items("audit-table")) {
    const pk = attributes["pk"]?.S ?? ""
    const chain = chains.get(pk) ?? []
    chain.push(eventOf(attributes))
    chains.set(pk, chain)
  }
  for (const chain of chains.values()) chain.sort((a, b) => a.seq - b.seq)
  return chains
}

/** Random values and hashes, and times. */
const token = /[A-Za-z0-9_-]{20,}/g
const time = /\d{4}-\d\d-\d\dT[\d:.]+Z/g
const signature = /[?&]X-Amz-[^"]*/g

/**
 * Texts, with whatever was not there before, and nobody sent, taken for the same: of two runs each has its own identifiers, keys, times and
 * signatures.
 */
export const normalizer = (...known: readonly string[]) => {
  const tokens = new Set(known.flatMap((text) => text.match(token) ?? []))
  const times = new Set(known.flatMap((text) => text.match(time) ?? []))
  const made = new Map<string, string>()
  return (text: string): string => {
    const before = made.get(text)
    if (before !== undefined) return before
    const normal = text
      .replaceAll(signature, "?signed")
      .replaceAll(time, (found) => (times.has(found) ? found : "@"))
      .replaceAll(token, (found) => (tokens.has(found) ? found : "*"))
    made.set(text, normal)
    return normal
  }
}
export type Normalize = ReturnType<typeof normalizer>

/** What an event says, wherever it stands in its chain. */
export const saidBy = remembered(({ action, outcome, actor, subject }: AuditEvent) =>
  json({ action, outcome, actor, subject }),
)
