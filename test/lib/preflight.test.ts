import { describe, expect, test } from "vitest"
import { reservedAtOnce } from "../../lib/cloud-use-cases.ts"
import { type AwsAccount, type Deployment, preflight } from "../../lib/preflight.ts"
import { account, bareAccount } from "./accounts.ts"

const cloud = {
  sender: "notices@example.org",
  retain: true,
  checkpointRetentionDays: 3650,
  ehrDomain: "ehr.example.org",
  hcpDomain: "hcp.example.org",
  practiceDomain: "practice.example.org",
  cardDomain: "card.example.org",
  appCertificate: "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000",
}
const deployment: Deployment = { target: "123456789012/eu-central-1", bootstrapVersion: 6, cloud }

/** What isn't well, by what it is of, and whether it stops. */
const found = async (changed: Partial<AwsAccount>, of: Deployment = deployment) =>
  (await preflight(account(changed), of)).flatMap((check) =>
    check.todo === undefined ? [] : [`${check.stops ? "stops" : "note"} ${check.of}: ${check.found}`],
  )

describe("before a deployment", () => {
  test("an account with everything in place passes", async () => {
    expect(await found({})).toEqual([])
    expect(await preflight(account(), deployment)).toHaveLength(7)
  })

  test("a bare account lacks everything, each with what to do", async () => {
    const checks = await preflight(bareAccount(), deployment)
    expect(checks.map(({ of, stops }) => [of, stops])).toEqual([
      ["CDK bootstrap", true],
      ["Lambda: functions at once", true],
      ["Cognito: UserCreation a second", false],
      ["Cognito: UserAuthentication a second", false],
      ["SES: sender notices@example.org", true],
      ["SES: sending", true],
      ["Certificate of the apps", true],
    ])
    for (const { todo } of checks) expect(todo).toMatch(/^(npx|Service Quotas|SES|ACM)/)
  })

  test("a bootstrap that is older than the stacks ask for stops it", async () => {
    expect(await found({ bootstrapVersion: async () => 5 })).toEqual(["stops CDK bootstrap: version 5, below 6"])
  })

  test("too few functions at once stop it where AWS would refuse the reservations, and are told where a surge would wait", async () => {
    const least = reservedAtOnce + 100
    expect(await found({ functionsAtOnce: async () => least - 1 })).toEqual([
      `stops Lambda: functions at once: ${least - 1}; ${reservedAtOnce} are reserved, and AWS keeps 100 unreserved`,
    ])
    expect(await found({ functionsAtOnce: async () => least })).toEqual([
      `note Lambda: functions at once: ${least}: too few for 1000 professionals at once`,
    ])
    const trial = { ...deployment, cloud: { ...cloud, retain: false } }
    expect(await found({ functionsAtOnce: async () => 10 }, trial)).toEqual([
      "note Lambda: functions at once: 10: too few for 1000 professionals at once",
    ])
  })

  test("the sender's domain must be verified, or in a trial its address", async () => {
    const trial = { ...deployment, cloud: { ...cloud, retain: false } }
    const only = (known: Record<string, "verified" | "unverified">) => ({
      emailIdentity: async (name: string) => known[name],
    })
    expect(await found(only({ "notices@example.org": "verified" }))).toEqual([
      "stops SES: sender notices@example.org: unknown",
    ])
    expect(await found(only({ "notices@example.org": "verified" }), trial)).toEqual([])
    expect(await found(only({ "example.org": "verified" }))).toEqual([])
    expect(await found(only({ "example.org": "unverified" }))).toEqual([
      "stops SES: sender notices@example.org: not verified yet",
    ])
  })

  test("mails that reach nobody stop it, but for a trial, whose people verified their own addresses", async () => {
    const sandbox = { emailSending: async () => ({ production: false, enabled: true }) }
    const told = "SES: sending: in the sandbox: only verified addresses are written to"
    expect(await found(sandbox)).toEqual([`stops ${told}`])
    expect(await found(sandbox, { ...deployment, cloud: { ...cloud, retain: false } })).toEqual([`note ${told}`])
    expect(await found({ emailSending: async () => ({ production: true, enabled: false }) })).toEqual([
      "stops SES: sending: paused",
    ])
  })

  test("the apps' certificate must be issued, for each of their names", async () => {
    const certificate = (issued: boolean, ...names: string[]) => ({ certificate: async () => ({ issued, names }) })
    const four = ["ehr.example.org", "hcp.example.org", "practice.example.org", "card.example.org"]
    expect(await found(certificate(true, ...four))).toEqual([])
    expect(await found(certificate(true, "*.example.org"))).toEqual([])
    expect(await found(certificate(false, ...four))).toEqual(["stops Certificate of the apps: not issued yet"])
    expect(await found(certificate(true, "example.org", "*.org", "ehr.example.org"))).toEqual([
      "stops Certificate of the apps: not for hcp.example.org, practice.example.org, card.example.org",
    ])
  })

  test("a restored table must have all that AWS leaves behind", async () => {
    const arn = "arn:aws:dynamodb:eu-central-1:123456789012:table"
    const restored = { mainTable: `${arn}/Main2/stream/2026-11-30T00:00:00.000`, auditTable: `${arn}/Audit2` }
    const deployed = { ...deployment, cloud: { ...cloud, ...restored } }
    expect(await found({}, deployed)).toEqual([])
    const whole = { active: true, recovery: true, deletionProtection: true, timeToLive: true, policy: true }
    const bare = { active: true, recovery: false, deletionProtection: false, timeToLive: false, policy: false }
    expect(await found({ table: async () => bare }, deployed)).toEqual([
      "stops Restored table Main2: without point-in-time recovery, deletion protection, time to live",
      "stops Restored table Audit2: without point-in-time recovery, deletion protection, the policy by which events stay",
    ])
    expect(await found({ table: async () => undefined }, deployed)).toEqual([
      "stops Restored table Main2: none",
      "stops Restored table Audit2: none",
    ])
    expect(await found({ table: async () => ({ ...whole, active: false }) }, deployed)).toHaveLength(2)
    const trial = { ...deployed, cloud: { ...deployed.cloud, retain: false } }
    expect(await found({ table: async () => ({ ...whole, deletionProtection: false }) }, trial)).toEqual([])
  })

  test("what AWS won't tell stops it: nobody knows that it is well", async () => {
    const denied = async () => {
      throw Object.assign(new Error("words of AWS"), { name: "AccessDeniedException" })
    }
    expect(await found({ bootstrapVersion: denied, emailSending: denied })).toEqual([
      "stops AWS: it could not be asked everything (AccessDeniedException)",
    ])
  })

  test("of the index alone nothing is asked that it doesn't use", async () => {
    const index = { target: deployment.target, bootstrapVersion: 6 }
    expect((await preflight(bareAccount(), index)).map(({ of }) => of)).toEqual([
      "CDK bootstrap",
      "Lambda: functions at once",
    ])
  })
})
