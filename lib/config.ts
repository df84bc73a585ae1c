import { readFileSync } from "node:fs"
import type { Node } from "constructs"
import * as z from "zod/mini"
import { publicOrigin } from "../apps/shared/health-cards/configured.ts"
import { serviceAddress } from "../protocol/address.ts"
import { maxPageLength } from "../protocol/card-front.ts"

/** `-c name=true` arrives as text, a value in cdk.json as itself. */
const flag = z.pipe(
  z.union([z.boolean(), z.stringbool({ truthy: ["true"], falsy: ["false"], case: "sensitive" })]),
  z.boolean(),
)
const origins = z.pipe(
  z.string(),
  z.transform((text: string) =>
    text
      .split(",")
      .map((origin) => origin.trim())
      .filter((origin) => origin !== ""),
  ),
)

const days = z.coerce.number().check(z.int(), z.positive(), z.maximum(36_500))

const hostName = z.regex(/^(?:[a-z0-9-]{1,63}\.)+[a-z]{2,}$/, "a host name, in lower case")
const domain = z.optional(z.string().check(hostName))

const arnOfCertificate = (region: string) =>
  z
    .string()
    .check(
      z.regex(
        new RegExp(`^arn:aws:acm:${region}:\\d{12}:certificate/[0-9a-f-]{36}$`),
        `a certificate's ARN${region === "us-east-1" ? " in us-east-1" : ""}`,
      ),
    )

/** What stands before an API: CloudFront, with a share of each kind of request for each address (docs/adr/0016-front.md). */
const front = z
  .strictObject({
    /** Under which apps and cards know the API. */
    domain: z.string().check(hostName),
    /** Under which CloudFront alone asks it. */
    origin: z.string().check(hostName),
    /** Of `domain`. */
    certificate: arnOfCertificate("us-east-1"),
    /** Of `origin`, in the stack's region. */
    originCertificate: arnOfCertificate("[a-z0-9-]+"),
    /** That CloudFront shows the API. */
    clientCertificate: arnOfCertificate("us-east-1"),
    /** The authority of that one, PEM, in a bucket: the API takes whatever it vouches for, so that it vouches for nothing else. */
    clientAuthority: z.string().check(z.regex(/^s3:\/\/[a-z0-9.-]{3,63}\/.{1,1024}$/, "an s3:// address")),
    /** What a month may cost in the whole account, and who is told. */
    budget: z.optional(z.strictObject({ usd: z.number().check(z.positive()), mail: z.email() })),
  })
  .check(z.refine(({ domain: name, origin }) => name !== origin, "domain and origin are two names"))
export type Front = z.infer<typeof front>

/** The path of its file, or in cdk.json the thing itself. */
const frontOrFile = z.union([
  z.pipe(
    z.pipe(
      z.string().check(z.minLength(1)),
      z.transform((file: string): unknown => JSON.parse(readFileSync(file, "utf8"))),
    ),
    front,
  ),
  front,
])

const config = z.object({
  /** Names the EHR cloud's stack; a second cloud is deployed beside the first under another name. */
  cloud: z.string().check(
    z.regex(/^[A-Za-z][A-Za-z0-9-]{0,63}$/, "letters, digits and hyphens, beginning with a letter"),
    z.refine((name) => name !== "HealthRecordIndex", "HealthRecordIndex is the name of the index's stack"),
  ),
  /** The provider's name, for people; it stands in the consents they sign. */
  title: z.string().check(z.minLength(1), z.maxLength(200)),
  /** Path of the trust policy: which certification authorities the EHR cloud relies on. The index has none. */
  trustPolicy: z.optional(z.string().check(z.minLength(1))),
  /** Data outlives its stack and can't be deleted by mistake. Only a cloud for trial says false. */
  retain: flag,
  /** ARN of the one role that may end the keys which everything is encrypted under or known by; without it, nobody may. */
  breakGlass: z.optional(
    z.string().check(z.regex(/^arn:aws:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/, "the ARN of an IAM role")),
  ),
  /** Comma-separated origins of the web apps that may call, or `*` for any. Apps outside a browser need none. */
  allowedOrigins: origins,
  /** How long a signed checkpoint of the audit trail can't be deleted; with `retain`, by nobody at all. */
  checkpointRetentionDays: days,
  /** From whose address patients are told of emergency accesses; SES must know it, or its domain, as verified. The index has none. */
  sender: z.optional(z.email().check(z.maxLength(254), z.toLowerCase())),
  /** Where the web apps are to be: all six, or none of the apps. */
  ehrDomain: domain,
  hcpDomain: domain,
  practiceDomain: domain,
  /** Of the page that the front of a card opens: short, since the card's code holds its address. */
  cardDomain: z.optional(z.string().check(hostName, z.maxLength(maxPageLength - "https:///#".length))),
  /** ARN, in us-east-1, of a certificate for all four. */
  appCertificate: z.optional(
    z
      .string()
      .check(z.regex(/^arn:aws:acm:us-east-1:\d{12}:certificate\/[0-9a-f-]{36}$/, "a certificate's ARN in us-east-1")),
  ),
  /** Comma-separated origins of servers of SMART Health Links that the patient's app may ask; none unless they are named. */
  healthLinks: z.pipe(origins, z.array(publicOrigin)),
  /** The address of the index that new cards name. */
  hri: z.optional(
    z
      .string()
      .check(z.refine((told) => serviceAddress(told, { local: false }) !== undefined, "a public https address")),
  ),
  /** What stands before the EHR cloud's API, and before the index's. Without one, an API answers by its own address. */
  front: z.optional(frontOrFile),
  hriFront: z.optional(frontOrFile),
  /** ARN of the stream of a table that was restored from the main table's past: it takes its place (`npm run restore:aws`). */
  mainTable: z.optional(
    z
      .string()
      .check(
        z.regex(
          /^arn:aws:dynamodb:[a-z0-9-]+:\d{12}:table\/[\w.-]{3,255}\/stream\/[\dT:.-]+$/,
          "the ARN of a table's stream",
        ),
      ),
  ),
  /** ARN of a table that was restored from the audit trail's past. */
  auditTable: z.optional(
    z.string().check(z.regex(/^arn:aws:dynamodb:[a-z0-9-]+:\d{12}:table\/[\w.-]{3,255}$/, "the ARN of a table")),
  ),
  /** Hold the stacks against the rules of cdk-nag. Only a local cloud, which is deployed at each start, says false. */
  nag: flag,
})
export type Config = z.infer<typeof config>

/** Where a synthesis leaves what it was configured with, for who deploys it. */
export const configurationFile = "configuration.json"
/** Of that, what a deployment asks of its account. */
export const deployedConfiguration = z.pick(config, {
  cloud: true,
  sender: true,
  retain: true,
  checkpointRetentionDays: true,
  ehrDomain: true,
  hcpDomain: true,
  practiceDomain: true,
  cardDomain: true,
  appCertificate: true,
  mainTable: true,
  auditTable: true,
})
export type DeployedConfiguration = z.infer<typeof deployedConfiguration>

const defaults = {
  cloud: "EhrCloud",
  title: "EHR Cloud",
  retain: true,
  allowedOrigins: "",
  healthLinks: "",
  checkpointRetentionDays: 3650,
  nag: true,
}

/** The only reader of CDK context (`-c name=value`, or `context` in cdk.json). Throws, naming what is wrong. */
export const readConfig = (node: Node): Config => {
  const given = Object.keys(config.shape).flatMap((name): [string, unknown][] => {
    const value: unknown = node.tryGetContext(name)
    return value === undefined ? [] : [[name, value]]
  })
  const parsed = z.safeParse(config, { ...defaults, ...Object.fromEntries(given) })
  if (parsed.success) {
    const { ehrDomain, hcpDomain, practiceDomain, cardDomain, allowedOrigins } = parsed.data
    const apps = [ehrDomain, hcpDomain, practiceDomain, cardDomain].flatMap((name) =>
      name === undefined ? [] : [`https://${name}`],
    )
    return { ...parsed.data, allowedOrigins: [...new Set([...allowedOrigins, ...apps])] }
  }
  const faults = parsed.error.issues.map((issue) => `-c ${issue.path.join(".")}: ${issue.message}`)
  throw new Error(`the configuration is not valid: ${faults.join("; ")}`)
}
