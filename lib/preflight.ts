import { reservedAtOnce } from "./cloud-use-cases.ts"
import type { DeployedConfiguration } from "./config.ts"

/** What an account answers before anything in it is changed. Every method throws where it may not be asked. */
export interface AwsAccount {
  /** Version of the stack that `cdk bootstrap` makes; undefined where there is none. */
  bootstrapVersion(): Promise<number | undefined>
  /** What SES knows of an address or a domain. */
  emailIdentity(name: string): Promise<"verified" | "unverified" | undefined>
  /** `production`: it may write to anybody, and not only to verified addresses. */
  emailSending(): Promise<{ readonly production: boolean; readonly enabled: boolean }>
  /** How many functions may run at once, all of the account's in the region together. */
  functionsAtOnce(): Promise<number>
  /** Calls a second of a category of Cognito's API; undefined where AWS has no such quota. */
  identityRate(category: string): Promise<number | undefined>
  /** A certificate for domains: whether it is issued, and for which names. */
  certificate(arn: string): Promise<{ readonly issued: boolean; readonly names: readonly string[] } | undefined>
  /** A table by its name; undefined where there is none. */
  table(name: string): Promise<TableState | undefined>
}

/** What a restored table lacks at first. */
export interface TableState {
  readonly active: boolean
  /** Point-in-time recovery. */
  readonly recovery: boolean
  readonly deletionProtection: boolean
  readonly timeToLive: boolean
  /** A resource policy of its own. */
  readonly policy: boolean
}

/** What is to be deployed, and where. */
export interface Deployment {
  /** ACCOUNT/REGION */
  readonly target: string
  /** The bootstrap stack that the synthesized stacks ask for. */
  readonly bootstrapVersion: number
  /** Of the EHR cloud; undefined where the index alone is deployed. */
  readonly cloud?: Omit<DeployedConfiguration, "cloud">
}

/** One thing that was looked at. */
export interface Check {
  readonly of: string
  readonly found: string
  /** What a person does about it; absent where all is well. */
  readonly todo?: string
  /** What is deployed so would break, or break somebody's record. */
  readonly stops: boolean
}

const well = (of: string, found: string): Check => ({ of, found, stops: false })
const advised = (of: string, found: string, todo: string): Check => ({ of, found, todo, stops: false })
const wrong = (of: string, found: string, todo: string): Check => ({ of, found, todo, stops: true })

const bootstrap = async (account: AwsAccount, { target, bootstrapVersion: needed }: Deployment): Promise<Check> => {
  const of = "CDK bootstrap"
  const version = await account.bootstrapVersion()
  const todo = `npx cdk bootstrap aws://${target}`
  if (version === undefined) return wrong(of, "none", todo)
  return version < needed ? wrong(of, `version ${version}, below ${needed}`, todo) : well(of, `version ${version}`)
}

/** Lambda leaves at least this many of an account's to functions without a reservation. Source: AWS Lambda Developer Guide, "Configuring reserved concurrency". */
const unreserved = 100
/** Professionals who come at once, of whom each has one function at work. */
const surge = 1000

const concurrency = async (account: AwsAccount, { cloud }: Deployment): Promise<Check> => {
  const reserved = cloud?.retain === true ? reservedAtOnce : 0
  const of = "Lambda: functions at once"
  const most = await account.functionsAtOnce()
  const wanted = reserved + surge
  const todo = `Service Quotas, AWS Lambda, "Concurrent executions": ask for ${wanted} or more`
  if (reserved > 0 && most < reserved + unreserved)
    return wrong(of, `${most}; ${reserved} are reserved, and AWS keeps ${unreserved} unreserved`, todo)
  return most < wanted
    ? advised(of, `${most}: too few for ${surge} professionals at once`, todo)
    : well(of, String(most))
}

/** Calls a second that the throttles of `lib/http-api.ts` let through to Cognito, by its category. */
const identityRates: Readonly<Record<string, number>> = {
  // Patients' sign-ups, and a professional's first session.
  UserCreation: 50,
  // Patients' sign-ins, and professionals' sessions.
  UserAuthentication: 120,
}

const identity = (account: AwsAccount): Promise<Check>[] =>
  Object.entries(identityRates).map(async ([category, wanted]) => {
    const of = `Cognito: ${category} a second`
    const rate = await account.identityRate(category)
    if (rate !== undefined && rate >= wanted) return well(of, String(rate))
    return advised(
      of,
      rate === undefined ? "unknown" : `${rate}, below ${wanted}`,
      `Service Quotas, Amazon Cognito User Pools: ask for ${wanted} or more`,
    )
  })

/** Notices go out where SES knows the address, or else its domain, as verified; the pools name the domain, but in a trial. */
const senderIdentity = async (account: AwsAccount, sender: string, retain: boolean): Promise<Check> => {
  const of = `SES: sender ${sender}`
  const domain = sender.slice(sender.lastIndexOf("@") + 1)
  const known = await Promise.all((retain ? [domain] : [sender, domain]).map((name) => account.emailIdentity(name)))
  if (known.includes("verified")) return well(of, "verified")
  return wrong(
    of,
    known.includes("unverified") ? "not verified yet" : "unknown",
    `SES, Identities: verify ${domain} by its DNS records${retain ? "" : ", or the address alone"}; until then nobody can sign up, and no patient is told of an access`,
  )
}

const emailSending = async (account: AwsAccount, retain: boolean): Promise<Check> => {
  const of = "SES: sending"
  const { production, enabled } = await account.emailSending()
  if (!enabled)
    return wrong(of, "paused", "SES, Account dashboard: find out why sending is paused, and have it resumed")
  if (production) return well(of, "to anybody")
  const todo = "SES, Account dashboard: request production access"
  const found = "in the sandbox: only verified addresses are written to"
  // Whoever tries a cloud out has verified their own address.
  return retain ? wrong(of, found, todo) : advised(of, found, todo)
}

/** Whether a certificate's name, which may begin with a wildcard for one label, is for the host. */
const isFor = (name: string, host: string) =>
  name === host || (name.startsWith("*.") && host.replace(/^[^.]+/, "*") === name)

const certificate = async (account: AwsAccount, arn: string, hosts: readonly string[]): Promise<Check> => {
  const of = "Certificate of the apps"
  const found = await account.certificate(arn)
  if (found === undefined) return wrong(of, "none", `ACM in us-east-1: request one for ${hosts.join(", ")}`)
  if (!found.issued) return wrong(of, "not issued yet", "ACM in us-east-1: put its DNS records in place")
  const missing = hosts.filter((host) => !found.names.some((name) => isFor(name, host)))
  return missing.length > 0
    ? wrong(of, `not for ${missing.join(", ")}`, `ACM in us-east-1: request one for ${hosts.join(", ")}`)
    : well(of, `issued for ${hosts.join(", ")}`)
}

/** A table that was restored: CloudFormation sees to nothing of it. */
const restored = async (
  account: AwsAccount,
  arn: string,
  needed: Partial<Record<keyof TableState, string>>,
): Promise<Check> => {
  const name = /:table\/([^/]+)/.exec(arn)?.[1] ?? arn
  const of = `Restored table ${name}`
  const table = await account.table(name)
  if (table === undefined) return wrong(of, "none", "give the ARN that `npm run restore:aws` said")
  const missing = Object.entries(needed).flatMap(([state, words]) =>
    Object.entries(table).some(([each, is]) => each === state && is) ? [] : [words],
  )
  return missing.length > 0
    ? wrong(of, `without ${missing.join(", ")}`, "npm run restore:aws, once more as before: it does what is missing")
    : well(of, "as the one whose place it takes")
}

const restoredTables = (
  account: AwsAccount,
  { mainTable, auditTable, retain }: Omit<DeployedConfiguration, "cloud">,
): Promise<Check>[] => {
  const each = {
    active: "an end of its restore",
    recovery: "point-in-time recovery",
    ...(retain && { deletionProtection: "deletion protection" }),
  }
  return [
    ...(mainTable === undefined ? [] : [restored(account, mainTable, { ...each, timeToLive: "time to live" })]),
    ...(auditTable === undefined
      ? []
      : [restored(account, auditTable, { ...each, policy: "the policy by which events stay" })]),
  ]
}

const ofCloud = (account: AwsAccount, { cloud }: Deployment): Promise<Check>[] => {
  if (cloud === undefined) return []
  const { sender, retain, ehrDomain, hcpDomain, practiceDomain, cardDomain, appCertificate } = cloud
  const hosts = [ehrDomain, hcpDomain, practiceDomain, cardDomain].filter((host) => host !== undefined)
  return [
    ...identity(account),
    ...restoredTables(account, cloud),
    ...(sender === undefined ? [] : [senderIdentity(account, sender, retain), emailSending(account, retain)]),
    ...(appCertificate === undefined ? [] : [certificate(account, appCertificate, hosts)]),
  ]
}

/** What can't be asked isn't known to be well. */
const orWrong = async (check: Promise<Check>): Promise<Check> => {
  try {
    return await check
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown"
    return wrong(
      "AWS",
      `it could not be asked everything (${name})`,
      "sign in by a role that may read what is checked, and try again",
    )
  }
}

/**
 * Looks at everything in the account that a deployment stands on and can't make itself. Nothing is changed. What AWS refuses to tell counts as missing: a
 * deployment that nobody could look at may break as well as one that was seen to.
 */
export const preflight = async (account: AwsAccount, deployment: Deployment): Promise<Check[]> => {
  const checks = [bootstrap(account, deployment), concurrency(account, deployment), ...ofCloud(account, deployment)]
  const done = await Promise.all(checks.map(orWrong))
  return [...new Map(done.map((check) => [JSON.stringify(check), check])).values()]
}

/** A line for a person. */
export const inWords = ({ of, found, todo, stops }: Check): string =>
  `${todo === undefined ? "  ok  " : stops ? " STOP " : " note "} ${of}: ${found}${todo === undefined ? "" : `\n         ${todo}`}`
