import { ResourceNotFoundException } from "@aws-sdk/client-acm"
import { NotFoundException } from "@aws-sdk/client-sesv2"
import { ParameterNotFound } from "@aws-sdk/client-ssm"
import { expect, test } from "vitest"
import { type AccountClients, awsAccount } from "../../bin/aws-account.ts"
import { sentCommands } from "../fakes/sent-commands.ts"

const given = { message: "", $metadata: {} }

/** An account of which one service gives these answers; `sent` is what it was asked. */
const answering = (service: keyof AccountClients, ...answers: (object | Error)[]) => {
  const { client, sent } = sentCommands<AccountClients[typeof service]>(...answers)
  const none = sentCommands<never>(...Array.from({ length: 9 }, () => new Error("nobody asks this service"))).client
  const clients = { acm: none, dynamo: none, lambda: none, quotas: none, ses: none, ssm: none, [service]: client }
  return { account: awsAccount(clients), sent }
}

test("the version of the bootstrap is its parameter's, and undefined where there is none", async () => {
  const { account, sent } = answering("ssm", { Parameter: { Value: "28" } }, new ParameterNotFound(given))
  expect(await account.bootstrapVersion()).toBe(28)
  expect(await account.bootstrapVersion()).toBeUndefined()
  expect(sent[0]?.input).toEqual({ Name: "/cdk-bootstrap/hnb659fds/version" })
})

test("an identity may send, may not yet, or isn't known to SES", async () => {
  const unknown = new NotFoundException(given)
  const { account } = answering("ses", { VerifiedForSendingStatus: true }, { VerifiedForSendingStatus: false }, unknown)
  const told = [await account.emailIdentity("a"), await account.emailIdentity("b"), await account.emailIdentity("c")]
  expect(told).toEqual(["verified", "unverified", undefined])
})

test("what SES doesn't say of its sending isn't so", async () => {
  const { account } = answering("ses", { ProductionAccessEnabled: true, SendingEnabled: true }, {})
  expect(await account.emailSending()).toEqual({ production: true, enabled: true })
  expect(await account.emailSending()).toEqual({ production: false, enabled: false })
})

test("the limit of functions at once is the account's, and an answer without one is none", async () => {
  const { account } = answering("lambda", { AccountLimit: { ConcurrentExecutions: 1000 } }, {})
  expect(await account.functionsAtOnce()).toBe(1000)
  await expect(account.functionsAtOnce()).rejects.toThrow("no limit")
})

test("rates of Cognito are listed once, to the end", async () => {
  const first = { Quotas: [{ QuotaName: "Rate of UserCreation requests", Value: 50 }], NextToken: "more" }
  const second = { Quotas: [{ QuotaName: "Rate of UserAuthentication requests", Value: 120 }] }
  const { account, sent } = answering("quotas", first, second)
  expect(await account.identityRate("UserCreation")).toBe(50)
  expect(await account.identityRate("UserAuthentication")).toBe(120)
  expect(await account.identityRate("Other")).toBeUndefined()
  expect(sent.map(({ input }) => input)).toEqual([
    { ServiceCode: "cognito-idp" },
    { ServiceCode: "cognito-idp", NextToken: "more" },
  ])
})

test("a certificate is issued for its names, or isn't there", async () => {
  const issued = { Certificate: { Status: "ISSUED", SubjectAlternativeNames: ["ehr.example.org"] } }
  const pending = { Certificate: { Status: "PENDING_VALIDATION" } }
  const { account } = answering("acm", issued, pending, new ResourceNotFoundException(given))
  expect(await account.certificate("arn")).toEqual({ issued: true, names: ["ehr.example.org"] })
  expect(await account.certificate("arn")).toEqual({ issued: false, names: [] })
  expect(await account.certificate("arn")).toBeUndefined()
})

test("what AWS refuses to tell is thrown", async () => {
  const refused = new Error("AccessDenied")
  for (const service of ["ssm", "ses", "lambda", "quotas", "acm"] as const) {
    const { account } = answering(service, refused)
    const asked = {
      ssm: () => account.bootstrapVersion(),
      ses: () => account.emailIdentity("a"),
      lambda: () => account.functionsAtOnce(),
      quotas: () => account.identityRate("UserCreation"),
      acm: () => account.certificate("arn"),
    }[service]
    await expect(asked()).rejects.toBe(refused)
  }
})
