import { describe, expect, test } from "vitest"
import { type Api, routeNames, routes } from "../../contract/routes.ts"
import { accessLog, publicThrottles } from "../../lib/http-api.ts"
import { functionsOf, referred, resourcesOf, synthesize } from "./stacks.ts"

const templates = synthesize()
const byApi = { "ehr-cloud": templates.cloud, "health-record-index": templates.index }
const apis: Api[] = ["ehr-cloud", "health-record-index"]

/** `GET /path` -> who may call and which function answers. */
const served = (api: Api) => {
  const template = byApi[api]
  const functions = new Map(functionsOf(template).map(({ name, fn }) => [fn.id, name]))
  const integrations = new Map(
    resourcesOf(template, "AWS::ApiGatewayV2::Integration").map(({ id, Properties }) => [id, Properties]),
  )
  const authorizers = new Map(
    resourcesOf(template, "AWS::ApiGatewayV2::Authorizer").map(({ id, Properties }) => [id, Properties]),
  )
  return resourcesOf(template, "AWS::ApiGatewayV2::Route").map(({ Properties }) => {
    const integration = integrations.get(referred(Properties.Target["Fn::Join"][1][1]))
    const authorizer = Properties.AuthorizerId && authorizers.get(referred(Properties.AuthorizerId))
    return {
      key: String(Properties.RouteKey),
      authorization: String(Properties.AuthorizationType),
      pool: authorizer && JSON.stringify(authorizer.JwtConfiguration.Issuer),
      audience: authorizer && authorizer.JwtConfiguration.Audience.map(referred),
      fn: functions.get(referred(integration?.["IntegrationUri"])),
    }
  })
}

describe("routes", () => {
  test.each(apis)("%s serves each of its routes once, by its function, and nothing else", (api) => {
    const expected = routeNames
      .filter((name) => routes[name].api === api)
      .map((name) => ({ key: `${routes[name].method} ${routes[name].path}`, fn: name }))
    const actual = served(api).map(({ key, fn }) => ({ key, fn }))
    const byKey = (a: { key: string }, b: { key: string }) => a.key.localeCompare(b.key)
    expect(actual.sort(byKey)).toEqual(expected.sort(byKey))
  })

  test.each(routeNames)("%s asks for a token of its actor", (name) => {
    const { api, actor, method, path } = routes[name]
    const route = served(api).find(({ key }) => key === `${method} ${path}`)
    if (actor === "nobody") {
      expect(route).toMatchObject({ authorization: "NONE" })
      expect(route?.pool).toBeUndefined()
      return
    }
    const pool = { patient: "IdentityManagerPatients", hcp: "IdentityManagerHcps", member: "IdentityManagerMembers" }[
      actor
    ]
    expect(route).toMatchObject({ authorization: "JWT", audience: [expect.stringContaining(`${pool}Client`)] })
    expect(route?.pool).toContain("cognito-idp.")
    expect(route?.pool).toMatch(new RegExp(`"${pool}[0-9A-F]{8}"`))
  })

  test.each(apis)("%s lets only its own API, clock and identity manager call its functions", (api) => {
    for (const { Properties } of resourcesOf(byApi[api], "AWS::Lambda::Permission")) {
      expect(["apigateway.amazonaws.com", "cognito-idp.amazonaws.com", "events.amazonaws.com"]).toContain(
        Properties.Principal,
      )
      expect(Properties.SourceArn).toBeDefined()
    }
  })

  test.each(apis)("%s is throttled above a disaster with 1,000 professionals at once", (api) => {
    expect(resourcesOf(byApi[api], "AWS::ApiGatewayV2::Stage")).toMatchObject([
      {
        Properties: {
          StageName: "$default",
          AutoDeploy: true,
          DefaultRouteSettings: { ThrottlingBurstLimit: 4000, ThrottlingRateLimit: 2000 },
        },
      },
    ])
  })

  test.each(apis)("%s throttles each route that asks for no token by itself, once the route is there", (api) => {
    const open = routeNames.filter((name) => routes[name].api === api && routes[name].actor === "nobody")
    const [stage] = Object.values(byApi[api].findResources("AWS::ApiGatewayV2::Stage"))
    const expected = open.map((name) => {
      const { burstLimit, rateLimit } = publicThrottles[name as keyof typeof publicThrottles]
      const setting = { ThrottlingBurstLimit: burstLimit, ThrottlingRateLimit: rateLimit }
      return [`${routes[name].method} ${routes[name].path}`, setting]
    })
    expect(stage?.["Properties"].RouteSettings).toEqual(Object.fromEntries(expected))
    expect(stage?.["DependsOn"]).toEqual([expect.stringMatching(/^routesNestedStack/)])
  })

  test("1,000 professionals pass at once on the way of an emergency; guesses of passwords and codes don't", () => {
    for (const name of ["hri/look-up", "hcp/emergency-access", "hcp/session"] as const)
      expect(publicThrottles[name].burstLimit).toBeGreaterThanOrEqual(1000)
    for (const name of ["patient/register", "patient/confirm", "patient/sign-in"] as const)
      expect(publicThrottles[name].burstLimit).toBeLessThanOrEqual(100)
  })

  test.each(apis)("%s logs of a request its id, route, status and latency: no path, address or query", (api) => {
    const [stage] = resourcesOf(byApi[api], "AWS::ApiGatewayV2::Stage")
    const format: string = stage?.Properties.AccessLogSettings.Format
    expect(JSON.parse(format)).toEqual(accessLog)
    expect(Object.values(accessLog).sort()).toEqual([
      "$context.requestId",
      "$context.responseLatency",
      "$context.routeKey",
      "$context.status",
    ])
  })

  test.each(apis)("%s alarms where requests are answered by a failure", (api) => {
    byApi[api].hasResourceProperties("AWS::CloudWatch::Alarm", { Namespace: "AWS/ApiGateway", MetricName: "5xx" })
  })

  test("an API answers no other origin unless it is configured", () => {
    const [api] = resourcesOf(templates.cloud, "AWS::ApiGatewayV2::Api")
    expect(api?.Properties.CorsConfiguration).toBeUndefined()
  })

  test("an API answers the origins it is configured for", () => {
    const { cloud, index } = synthesize({ allowedOrigins: "https://ehr.example, https://hcp.example" })
    for (const template of [cloud, index]) {
      const [api] = resourcesOf(template, "AWS::ApiGatewayV2::Api")
      expect(api?.Properties.CorsConfiguration).toMatchObject({
        AllowOrigins: ["https://ehr.example", "https://hcp.example"],
        AllowHeaders: ["authorization", "content-type"],
        AllowMethods: ["GET", "POST", "PUT", "DELETE"],
      })
      expect(api?.Properties.CorsConfiguration.AllowCredentials).toBeUndefined()
    }
  })
})
