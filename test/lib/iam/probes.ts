import { rewriting } from "../../../lib/audit-trail.ts"
import { endingKey } from "../../../lib/lasting-key.ts"
import type { IamRequest } from "./actions.ts"
import type { Deployed } from "./deployed.ts"
import { longestSignatureAge } from "./recorded.ts"

/** What nobody may do, though their role allows everything. */
export interface Probe extends IamRequest {
  readonly name: string
}

const plain = { "aws:SecureTransport": "false" }
const tls = { "s3:TlsVersion": "1.2" }
const object = (bucket: string) => `${bucket}/object`
const tooOld = { ...tls, "s3:authType": "REST-QUERY-STRING", "s3:signatureAge": String(longestSignatureAge + 1) }

const ofEveryBucket = (bucket: string): Probe[] => [
  { name: "list over plain HTTP", action: "s3:ListBucket", resource: bucket, context: plain },
  { name: "read over plain HTTP", action: "s3:GetObject", resource: object(bucket), context: plain },
  { name: "list over TLS 1.1", action: "s3:ListBucket", resource: bucket, context: { "s3:TlsVersion": "1.1" } },
  { name: "read over TLS 1.1", action: "s3:GetObject", resource: object(bucket), context: { "s3:TlsVersion": "1.1" } },
]

const overwrite = (bucket: string): Probe => ({
  name: "put where something may be",
  action: "s3:PutObject",
  resource: object(bucket),
  context: { ...tls, "s3:ObjectCreationOperation": "true" },
})

const ofRecords = (bucket: string): Probe[] => [
  overwrite(bucket),
  { name: "read by an old signature", action: "s3:GetObject", resource: object(bucket), context: tooOld },
  {
    name: "put by an old signature",
    action: "s3:PutObject",
    resource: object(bucket),
    context: { ...tooOld, "s3:ObjectCreationOperation": "true", "s3:if-none-match": "*" },
  },
  {
    name: "put a part by an old signature",
    action: "s3:PutObject",
    resource: object(bucket),
    context: { ...tooOld, "s3:ObjectCreationOperation": "false" },
  },
]

const ofCheckpoints = (bucket: string): Probe[] => [
  overwrite(bucket),
  { name: "hide a checkpoint", action: "s3:DeleteObject", resource: object(bucket), context: tls },
]

const endKey = (key: string): Probe[] =>
  endingKey.map((action) => ({ name: "end a key", action, resource: key, context: {} }))

/** Probes by what stands at the beginning of the logical id of what they are about. */
const byName: Readonly<Record<string, (arn: string) => Probe[]>> = {
  auditcheckpoints: ofCheckpoints,
  objectstorepending: ofRecords,
  objectstorerecords: ofRecords,
  audittrail: (table) =>
    rewriting.map((action) => ({ name: "rewrite an event", action, resource: table, context: {} })),
  noticeslost: (queue) => [{ name: "over plain HTTP", action: "sqs:SendMessage", resource: queue, context: plain }],
  datakey: endKey,
  providerkey: endKey,
  alarmtopic: (topic) => [{ name: "over plain HTTP", action: "sns:Publish", resource: topic, context: plain }],
}

const probesOf = (arn: string): Probe[] => {
  const name =
    arn
      .split(/[:/]/)
      .at(-1)
      ?.replace(/^[^-]+-/, "") ?? ""
  const own = Object.entries(byName).find(([beginning]) => name.startsWith(beginning))?.[1](arn) ?? []
  return [...(arn.startsWith("arn:aws:s3:") ? ofEveryBucket(arn) : []), ...own]
}

/** Of everything that has a policy. */
export const probesFor = ({ resourcePolicies }: Deployed): Probe[] => [...resourcePolicies.keys()].flatMap(probesOf)
