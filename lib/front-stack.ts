import { CfnOutput, Duration, Fn, Stack, type StackProps } from "aws-cdk-lib"
import { CfnBudget } from "aws-cdk-lib/aws-budgets"
import { Certificate } from "aws-cdk-lib/aws-certificatemanager"
import {
  AllowedMethods,
  CacheCookieBehavior,
  CacheHeaderBehavior,
  CachePolicy,
  CacheQueryStringBehavior,
  CfnDistribution,
  Distribution,
  HttpVersion,
  OriginProtocolPolicy,
  OriginRequestPolicy,
  OriginSslPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront"
import { HttpOrigin } from "aws-cdk-lib/aws-cloudfront-origins"
import { CfnWebACL } from "aws-cdk-lib/aws-wafv2"
import type { Construct } from "constructs"
import { type RouteName, routes } from "../contract/routes.ts"
import type { Config, Front } from "./config.ts"
import { acknowledgeFrontFindings } from "./nag-acknowledgements.ts"

/**
 * What one address may ask for in a minute. An address may be a whole hospital's, whose thousand professionals come in the same minute and make about six
 * requests each: it gets that far. Whoever floods from one address gets no farther, which is a sixth of what the API takes of all (`lib/http-api.ts`).
 */
export const perAddress: Readonly<Record<string, { readonly atMost: number; readonly routes?: readonly RouteName[] }>> =
  {
    // Each sends an e-mail and makes a user that is paid for.
    SignUps: { atMost: 60, routes: ["patient/register", "practice/register", "practice/join"] },
    // A hospital's Monday morning; guesses at passwords from one address.
    SignIns: { atMost: 600, routes: ["patient/sign-in", "practice/sign-in", "patient/confirm", "practice/confirm"] },
    // Each professional once, and again where a scan is repeated.
    EmergencyAccesses: { atMost: 3_000, routes: ["hcp/emergency-access"] },
    All: { atMost: 20_000 },
  }

/** A public route has no parameter in its path, so that its path is told by its whole. */
const isPath = (name: RouteName): CfnWebACL.StatementProperty => ({
  byteMatchStatement: {
    fieldToMatch: { uriPath: {} },
    positionalConstraint: "EXACTLY",
    searchString: routes[name].path,
    textTransformations: [{ priority: 0, type: "NONE" }],
  },
})
const ofRoutes = (names: readonly RouteName[]): CfnWebACL.StatementProperty => {
  const [first, ...others] = names.map(isPath)
  if (first === undefined) throw new Error("a rule of no route")
  return others.length === 0 ? first : { orStatement: { statements: [first, ...others] } }
}

/** Counted, and no request is kept: addresses of callers are nobody's business. */
const seen = (metricName: string) => ({
  cloudWatchMetricsEnabled: true,
  metricName,
  sampledRequestsEnabled: false,
})

/**
 * One address's share of each kind of request. WAF blocks what is above it until the address asks for less, and forgets it. Source: AWS WAF Developer Guide,
 * "Using rate-based rule statements".
 */
const webAcl = (scope: Construct): CfnWebACL =>
  new CfnWebACL(scope, "WebAcl", {
    scope: "CLOUDFRONT",
    defaultAction: { allow: {} },
    visibilityConfig: seen("Front"),
    rules: Object.entries(perAddress).map(([name, { atMost, routes: names }], priority) => ({
      name,
      priority,
      // As API Gateway answers where a route is throttled, and so that a page may see it: apps know it, and say to come back.
      action: {
        block: {
          customResponse: {
            responseCode: 429,
            responseHeaders: [
              { name: "retry-after", value: "60" },
              { name: "access-control-allow-origin", value: "*" },
            ],
          },
        },
      },
      visibilityConfig: seen(name),
      statement: {
        rateBasedStatement: {
          aggregateKeyType: "IP",
          evaluationWindowSec: 60,
          limit: atMost,
          ...(names && { scopeDownStatement: ofRoutes(names) }),
        },
      },
    })),
  })

/** What everybody is told alike: for a minute, whatever its function says, one question of each origin of a page reaches it. */
const alike = (scope: Construct): CachePolicy =>
  new CachePolicy(scope, "Alike", {
    minTtl: Duration.minutes(1),
    defaultTtl: Duration.minutes(1),
    maxTtl: Duration.minutes(1),
    // The answer names the origin that may read it.
    headerBehavior: CacheHeaderBehavior.allowList("origin"),
    cookieBehavior: CacheCookieBehavior.none(),
    queryStringBehavior: CacheQueryStringBehavior.none(),
    enableAcceptEncodingGzip: true,
    enableAcceptEncodingBrotli: true,
  })
const cached: readonly RouteName[] = ["system/well-known", "hri/well-known"]

/** Tells of the account's costs when half, and when all, of what a month may cost is reached or foreseen. */
const budget = (scope: Construct, { usd, mail }: { usd: number; mail: string }): CfnBudget => {
  const told = (notificationType: string, threshold: number) => ({
    notification: { comparisonOperator: "GREATER_THAN", notificationType, threshold, thresholdType: "PERCENTAGE" },
    subscribers: [{ subscriptionType: "EMAIL", address: mail }],
  })
  return new CfnBudget(scope, "Budget", {
    budget: { budgetType: "COST", timeUnit: "MONTHLY", budgetLimit: { amount: usd, unit: "USD" } },
    notificationsWithSubscribers: [told("ACTUAL", 50), told("ACTUAL", 100), told("FORECASTED", 100)],
  })
}

/**
 * What stands before an API: CloudFront with the rules above, in us-east-1, where CloudFront looks for them, wherever the API is. The API itself answers
 * CloudFront alone, which it knows by its certificate (docs/adr/0016-front.md).
 */
export class FrontStack extends Stack {
  constructor(scope: Construct, { front, of, ...props }: StackProps & { front: Front; of: string }) {
    super(scope, `${of}Front`, props)
    const { domain, origin, certificate, clientCertificate } = front
    const api = new HttpOrigin(origin, {
      protocolPolicy: OriginProtocolPolicy.HTTPS_ONLY,
      originSslProtocols: [OriginSslPolicy.TLS_V1_2],
      // A function of ours may take 29 s.
      readTimeout: Duration.seconds(30),
    })
    const asked = {
      origin: api,
      viewerProtocolPolicy: ViewerProtocolPolicy.HTTPS_ONLY,
      // All that apps send but the host, by which API Gateway finds its API.
      originRequestPolicy: OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
    }
    const policy = alike(this)
    const acl = webAcl(this)
    const distribution = new Distribution(this, "Distribution", {
      comment: `${of}: the API`,
      domainNames: [domain],
      certificate: Certificate.fromCertificateArn(this, "Certificate", certificate),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      httpVersion: HttpVersion.HTTP2_AND_3,
      webAclId: acl.attrArn,
      defaultBehavior: {
        ...asked,
        allowedMethods: AllowedMethods.ALLOW_ALL,
        cachePolicy: CachePolicy.CACHING_DISABLED,
      },
      additionalBehaviors: Object.fromEntries(
        cached.map((name) => [
          routes[name].path,
          { ...asked, allowedMethods: AllowedMethods.ALLOW_GET_HEAD_OPTIONS, cachePolicy: policy },
        ]),
      ),
    })
    const { defaultChild } = distribution.node
    if (!(defaultChild instanceof CfnDistribution)) throw new Error("the distribution has no resource")
    // By it the API knows CloudFront, and answers nobody else.
    defaultChild.addPropertyOverride("DistributionConfig.Origins.0.CustomOriginConfig.OriginMtlsConfig", {
      ClientCertificateArn: clientCertificate,
    })
    if (front.budget !== undefined) budget(this, front.budget)
    new CfnOutput(this, "FrontTarget", { value: Fn.getAtt(this.getLogicalId(defaultChild), "DomainName").toString() })
    acknowledgeFrontFindings(this)
  }
}

/** The fronts that are configured, each a stack in us-east-1. */
export const frontsOf = (
  scope: Construct,
  { front, hriFront, cloud }: Pick<Config, "front" | "hriFront" | "cloud">,
  account: string | undefined,
): FrontStack[] => {
  const env = { region: "us-east-1", ...(account !== undefined && { account }) }
  return [
    ...(front === undefined ? [] : [new FrontStack(scope, { front, of: cloud, env })]),
    ...(hriFront === undefined ? [] : [new FrontStack(scope, { front: hriFront, of: "HealthRecordIndex", env })]),
  ]
}
