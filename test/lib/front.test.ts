import { Template } from "aws-cdk-lib/assertions"
import { describe, expect, test } from "vitest"
import { routeNames, routes } from "../../contract/routes.ts"
import { perAddress } from "../../lib/front-stack.ts"
import { publicThrottles, throttle } from "../../lib/http-api.ts"
import { build, certificateIn, frontOf, frontStacks, fronts, functionsOf, resourcesOf, synthesize } from "./stacks.ts"

const fronted = synthesize(fronts)
const [ofCloud, ofIndex] = frontStacks(fronts).map((stack) => Template.fromStack(stack))
if (ofCloud === undefined || ofIndex === undefined) throw new Error("there are two fronts")
const templates = { cloud: ofCloud, index: ofIndex }
const plain = synthesize()

const apis = [
  ["the EHR cloud", "cloud"],
  ["the index", "index"],
] as const

describe.each(apis)("the front of %s", (_, name) => {
  const front = templates[name]
  const [distribution] = resourcesOf(front, "AWS::CloudFront::Distribution")
  const config = distribution?.Properties["DistributionConfig"]

  test("is under the public name, by TLS 1.2 or later, and nothing else", () => {
    expect(config).toMatchObject({
      Aliases: [`${name}.example.org`],
      ViewerCertificate: { MinimumProtocolVersion: "TLSv1.2_2021" },
      DefaultCacheBehavior: { ViewerProtocolPolicy: "https-only" },
    })
    expect(config.Logging).toBeUndefined()
  })

  test("shows the API its certificate, and the API answers nobody who shows none", () => {
    expect(config.Origins).toMatchObject([
      {
        DomainName: `${name}-origin.example.org`,
        CustomOriginConfig: {
          OriginProtocolPolicy: "https-only",
          OriginSSLProtocols: ["TLSv1.2"],
          OriginMtlsConfig: { ClientCertificateArn: certificateIn("us-east-1") },
        },
      },
    ])
    const [domain, ...others] = resourcesOf(fronted[name], "AWS::ApiGatewayV2::DomainName")
    expect(others).toEqual([])
    expect(domain?.Properties).toMatchObject({
      DomainName: `${name}-origin.example.org`,
      MutualTlsAuthentication: { TruststoreUri: "s3://authority/client.pem" },
      DomainNameConfigurations: [{ EndpointType: "REGIONAL", SecurityPolicy: "TLS_1_2" }],
    })
    const [api] = resourcesOf(fronted[name], "AWS::ApiGatewayV2::Api")
    expect(api?.Properties["DisableExecuteApiEndpoint"]).toBe(true)
    expect(resourcesOf(fronted[name], "AWS::ApiGatewayV2::ApiMapping")).toHaveLength(1)
  })

  test("keeps no answer, but for a minute what everybody is told alike", () => {
    // AWS's own policy that caches nothing.
    expect(config.DefaultCacheBehavior.CachePolicyId).toBe("4135ea2d-6df8-44a3-9df3-4b5a84be39ad")
    const paths = config.CacheBehaviors.map(({ PathPattern }: { PathPattern: string }) => PathPattern)
    expect(paths.sort()).toEqual(["/.well-known/ehr-cloud", "/.well-known/health-record-index"])
    const [policy] = resourcesOf(front, "AWS::CloudFront::CachePolicy")
    expect(policy?.Properties["CachePolicyConfig"]).toMatchObject({
      MinTTL: 60,
      MaxTTL: 60,
      ParametersInCacheKeyAndForwardedToOrigin: {
        HeadersConfig: { HeaderBehavior: "whitelist", Headers: ["origin"] },
        CookiesConfig: { CookieBehavior: "none" },
        QueryStringsConfig: { QueryStringBehavior: "none" },
      },
    })
    for (const route of routeNames.filter((each) => paths.includes(routes[each].path)))
      expect([routes[route].actor, routes[route].method]).toEqual(["nobody", "GET"])
  })

  test("counts each address by rules of its own, and keeps none", () => {
    const [acl] = resourcesOf(front, "AWS::WAFv2::WebACL")
    expect(config.WebACLId).toEqual({ "Fn::GetAtt": [acl?.id, "Arn"] })
    expect(acl?.Properties).toMatchObject({ Scope: "CLOUDFRONT", DefaultAction: { Allow: {} } })
    const rules = acl?.Properties["Rules"]
    expect(rules).toHaveLength(Object.keys(perAddress).length)
    for (const rule of [acl?.Properties, ...rules])
      expect(rule.VisibilityConfig).toMatchObject({ SampledRequestsEnabled: false })
    for (const rule of rules) {
      expect(rule.Action.Block.CustomResponse.ResponseCode).toBe(429)
      expect(rule.Statement.RateBasedStatement).toMatchObject({
        AggregateKeyType: "IP",
        EvaluationWindowSec: 60,
        Limit: perAddress[rule.Name]?.atMost,
      })
    }
    expect(resourcesOf(front, "AWS::WAFv2::LoggingConfiguration")).toEqual([])
  })

  test("tells of costs by e-mail, at half of what a month may cost, at all of it, and where that is foreseen", () => {
    const [budget] = resourcesOf(front, "AWS::Budgets::Budget")
    expect(budget?.Properties["Budget"]).toMatchObject({
      TimeUnit: "MONTHLY",
      BudgetLimit: { Amount: 500, Unit: "USD" },
    })
    const told = budget?.Properties["NotificationsWithSubscribers"].map(
      ({ Notification }: { Notification: { NotificationType: string; Threshold: number } }) =>
        `${Notification.NotificationType} ${Notification.Threshold}`,
    )
    expect(told).toEqual(["ACTUAL 50", "ACTUAL 100", "FORECASTED 100"])
  })

  test("is the address that the stack and its apps know", () => {
    const { Url } = fronted[name].toJSON()["Outputs"]
    expect(Url.Value).toBe(`https://${name}.example.org`)
  })
})

describe("what one address may ask for", () => {
  test("is a hospital's thousand professionals in one minute, and at most a fifth of what the API takes of all", () => {
    const [all = 0, accesses = 0] = [perAddress["All"]?.atMost, perAddress["EmergencyAccesses"]?.atMost]
    expect(accesses).toBeGreaterThanOrEqual(2 * 1000)
    expect(all).toBeGreaterThanOrEqual(6 * 1000)
    expect(all / 60).toBeLessThanOrEqual(throttle.rateLimit / 5)
    expect(accesses / 60).toBeLessThanOrEqual(publicThrottles["hcp/emergency-access"].rateLimit / 5)
  })

  test("is told by the whole path of public routes, each of one rule", () => {
    const named = Object.values(perAddress).flatMap(({ routes: names = [] }) => names)
    expect(new Set(named).size).toBe(named.length)
    for (const name of named) {
      expect(routes[name].actor).toBe("nobody")
      expect(routes[name].path).not.toContain("{")
    }
  })
})

test("without a front an API answers by its own address, as before", () => {
  for (const template of [plain.cloud, plain.index]) {
    expect(resourcesOf(template, "AWS::ApiGatewayV2::DomainName")).toEqual([])
    const [api] = resourcesOf(template, "AWS::ApiGatewayV2::Api")
    expect(api?.Properties["DisableExecuteApiEndpoint"]).not.toBe(true)
  }
  expect(functionsOf(fronted.cloud).length).toBe(functionsOf(plain.cloud).length)
})

test.for([
  ["a certificate of another region than CloudFront's", { certificate: certificateIn("eu-central-1") }],
  ["the same name for both sides", { origin: "cloud.example.org" }],
  ["a name that isn't one", { domain: "cloud" }],
  ["an authority that lies nowhere", { clientAuthority: "client.pem" }],
])("a front isn't built with %s", ([, changed]) => {
  expect(() => build({ front: { ...frontOf("cloud"), ...(changed as object) } })).toThrow("-c front")
})
