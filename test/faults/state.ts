import { unmarshall } from "@aws-sdk/util-dynamodb"
import * as z from "zod/mini"
import { type AuditEvent, auditEvent } from "../../contract/audit.ts"
import { checkpointClaims } from "../../contract/checkpoint.ts"
import { readStatement } from "../../sdk/crypto/statement.ts"
import type { MemoryAws } from "../fakes/aws.ts"

/** What stands in the cloud: by name, what it is. */
export type Facts = ReadonlyMap<string, string>

const json = (value: unknown) => JSON.stringify(value)

/** How often something was changed, and when what is forgotten goes, are no part of what it says. */
const itemFacts = (aws: MemoryAws): [string, string][] =>
  ["main-table", "hri-table"].flatMap((table) =>
    aws.dynamo.items(table).flatMap((attributes): [string, string][] => {
      const { pk, sk = "", revision: _revision, ttl: _ttl, ...item } = unmarshall(attributes)
      // What counts how often somebody asked goes on counting.
      return String(pk).startsWith("RATE#") ? [] : [[`item ${pk} ${sk}`, json(item)]]
    }),
  )

const objectFacts = (aws: MemoryAws): [string, string][] =>
  [...aws.s3.objects()].flatMap(([name, bytes]): [string, string][] =>
    name.startsWith("seals-bucket/") ? [] : [[`object ${name}`, Buffer.from(bytes).toString("hex").slice(0, 64)]],
  )

/** What the newest checkpoint seals; how many it took to get there says nothing. */
const sealFacts = (aws: MemoryAws): [string, string][] => {
  const [newest] = [...aws.s3.objects()].filter(([name]) => name.startsWith("seals-bucket/checkpoints/")).sort()
  if (newest === undefined) return []
  const { root, size } = z.parse(checkpointClaims, readStatement(Buffer.from(newest[1]).toString("utf8")).payload)
  return [["sealed", json({ root, size })]]
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
    ...sealFacts(aws),
    ...userFacts(aws),
    ...aws.ses.sent().map((sent): [string, string] => [`sent ${sent.to}`, sent.subject]),
  ])

const storedEvent = z.object({ event: auditEvent })

/** Every chain of the audit trail, by its partition, in order. */
export const chainsOf = (aws: MemoryAws): ReadonlyMap<string, readonly AuditEvent[]> => {
  const chains = new Map<string, AuditEvent[]>()
  for (const attributes of aws.dynamo.items("audit-table")) {
    const pk = attributes["pk"]?.S ?? ""
    chains.set(pk, [...(chains.get(pk) ?? []), z.parse(storedEvent, unmarshall(attributes)).event])
  }
  for (const chain of chains.values()) chain.sort((a, b) => a.seq - b.seq)
  return chains
}

/** Random values and hashes, and times. */
const token = /[A-Za-z0-9_-]{20,}/g
const time = /\d{4}-\d\d-\d\dT[\d:.]+Z/g
const signature = /\?X-Amz-[^"]*/g

/**
 * Texts, with whatever was not there before, and nobody sent, taken for the same: of two runs each has its own identifiers, keys, times and
 * signatures.
 */
export const normalizer = (...known: readonly string[]) => {
  const tokens = new Set(known.flatMap((text) => text.match(token) ?? []))
  const times = new Set(known.flatMap((text) => text.match(time) ?? []))
  return (text: string): string =>
    text
      .replaceAll(signature, "?signed")
      .replaceAll(time, (found) => (times.has(found) ? found : "@"))
      .replaceAll(token, (found) => (tokens.has(found) ? found : "*"))
}
export type Normalize = ReturnType<typeof normalizer>

/** What an event says, wherever it stands in its chain. */
export const saidBy = ({ action, outcome, actor, subject }: AuditEvent): string =>
  json({ action, outcome, actor, subject })
