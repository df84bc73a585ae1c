import { runInNewContext } from "node:vm"
import { Annotations, Match } from "aws-cdk-lib/assertions"
import { AwsSolutionsChecks, HIPAASecurityChecks } from "cdk-nag"
import { describe, expect, test } from "vitest"
import { cacheControl, contentType } from "../../apps/policy.ts"
import { headerDifferences } from "../../bin/verify-apps/headers.ts"
import { screensToPage } from "../../lib/app-site.ts"
import { type Json, referred, resourcesOf, synthesize } from "./stacks.ts"

const context = {
  ehrDomain: "ehr.example.org",
  hcpDomain: "hcp.example.org",
  practiceDomain: "practice.example.org",
  cardDomain: "card.example.org",
  appCertificate: "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000",
  hri: "https://index.example.org/",
}
const { cloud, index, stacks } = synthesize(context)
const buckets = resourcesOf(cloud, "AWS::S3::Bucket").filter(({ id }) =>
  /^(?:(?:Ehr|Hcp|Practice)App|CardPage)/.test(id),
)
const distributions = resourcesOf(cloud, "AWS::CloudFront::Distribution")
const headers = resourcesOf(cloud, "AWS::CloudFront::ResponseHeadersPolicy")

/** A token of the template as the id it refers to. */
const written = (value: Json): string =>
  typeof value === "string"
    ? value
    : "Fn::Join" in value
      ? value["Fn::Join"][1].map(written).join("")
      : `<${referred(value)}>`

describe("a hosted app", () => {
  test("is there only where the configuration says where", () => {
    expect(resourcesOf(synthesize().cloud, "AWS::CloudFront::Distribution")).toEqual([])
    expect(distributions).toHaveLength(4)
    expect(resourcesOf(index, "AWS::CloudFront::Distribution")).toEqual([])
  })

  test.each(Object.keys(context))("is refused without %s", (missing) => {
    const partial = Object.fromEntries(Object.entries(context).filter(([name]) => name !== missing))
    const built = synthesize(partial)
    Annotations.fromStack(built.stacks.cloud).hasError("*", Match.stringLikeRegexp("all of"))
  })

  test("lies in a private bucket that its distribution alone reads, over TLS", () => {
    expect(buckets).toHaveLength(4)
    for (const { id, Properties } of buckets) {
      expect(Properties["PublicAccessBlockConfiguration"]).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      })
      const policies = resourcesOf(cloud, "AWS::S3::BucketPolicy").filter(
        ({ Properties }) => referred(Properties["Bucket"]) === id,
      )
      const statements: Json[] = policies.flatMap(({ Properties }) => Properties["PolicyDocument"].Statement)
      const allowing = statements.filter(({ Effect }) => Effect === "Allow")
      expect(allowing).toHaveLength(1)
      expect(allowing[0]).toMatchObject({
        Action: "s3:GetObject",
        Principal: { Service: "cloudfront.amazonaws.com" },
        Condition: { StringEquals: { "AWS:SourceArn": expect.anything() } },
      })
      expect(statements).toContainEqual(
        expect.objectContaining({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
      )
    }
    for (const { Properties } of distributions) {
      const { Origins, ViewerCertificate, DefaultCacheBehavior } = Properties["DistributionConfig"]
      expect(Origins).toHaveLength(1)
      expect(Origins[0].OriginAccessControlId).toBeDefined()
      expect(ViewerCertificate).toMatchObject({ MinimumProtocolVersion: "TLSv1.2_2021" })
      expect(DefaultCacheBehavior.ViewerProtocolPolicy).toBe("redirect-to-https")
      expect(DefaultCacheBehavior.AllowedMethods).toEqual(["GET", "HEAD"])
    }
  })

  test("runs its own scripts alone, makes no markup of strings, and tells nobody where it comes from", () => {
    expect(headers).toHaveLength(4)
    for (const { Properties } of headers) {
      const { SecurityHeadersConfig, CustomHeadersConfig } = Properties["ResponseHeadersPolicyConfig"]
      const policy = written(SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy)
      expect(policy).toContain("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'")
      expect(policy).toContain("require-trusted-types-for 'script'; trusted-types ehr-cloud dompurify")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|\*/)
      expect(SecurityHeadersConfig).toMatchObject({
        ContentTypeOptions: { Override: true },
        ReferrerPolicy: { ReferrerPolicy: "no-referrer", Override: true },
        StrictTransportSecurity: { AccessControlMaxAgeSec: 63_072_000, IncludeSubdomains: true, Override: true },
        FrameOptions: { FrameOption: "DENY", Override: true },
      })
      expect(CustomHeadersConfig.Items).toContainEqual({
        Header: "permissions-policy",
        Value: expect.stringContaining("camera=(self)"),
        Override: true,
      })
    }
  })

  test("sends the headers that npm run verify:apps looks for, and no others", () => {
    for (const { Properties } of headers) {
      const { SecurityHeadersConfig, CustomHeadersConfig } = Properties["ResponseHeadersPolicyConfig"]
      const { StrictTransportSecurity: transport, ReferrerPolicy, FrameOptions } = SecurityHeadersConfig
      const custom: Json[] = CustomHeadersConfig.Items
      const sent = new Headers(custom.map(({ Header, Value }): [string, string] => [Header, Value]))
      sent.set("content-security-policy", written(SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy))
      sent.set("strict-transport-security", `max-age=${transport.AccessControlMaxAgeSec}; includeSubDomains`)
      sent.set("referrer-policy", ReferrerPolicy.ReferrerPolicy)
      sent.set("x-frame-options", FrameOptions.FrameOption)
      sent.set("x-content-type-options", "nosniff")
      sent.set("content-type", contentType("/index.html"))
      sent.set("cache-control", cacheControl("/index.html"))
      expect(headerDifferences("/index.html", sent, { local: false })).toEqual([])
    }
  })

  test("of patients calls its own cloud, its buckets and its index, and nobody else", () => {
    const [ehr] = headers.filter(({ id }) => id.startsWith("EhrApp"))
    const policy = written(
      ehr?.Properties["ResponseHeadersPolicyConfig"].SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy,
    )
    const connect = /connect-src ([^;]*);/.exec(policy)?.[1]?.replaceAll(/<([A-Za-z]+?)[0-9A-F]{8}>/g, "<$1>")
    expect(connect).toMatchInlineSnapshot(
      `"'self' <HttpApi> https://<ObjectStoreRecords> https://<ObjectStorePending> https://index.example.org"`,
    )
  })

  test("may be read by pages of the app's own address at the API and the buckets", () => {
    const origins = [
      "https://ehr.example.org",
      "https://hcp.example.org",
      "https://practice.example.org",
      "https://card.example.org",
    ]
    cloud.hasResourceProperties("AWS::ApiGatewayV2::Api", { CorsConfiguration: { AllowOrigins: origins } })
    cloud.hasResourceProperties("AWS::S3::Bucket", {
      CorsConfiguration: { CorsRules: [Match.objectLike({ AllowedOrigins: origins })] },
    })
  })

  test("shows its page for every screen, and files for what they are", () => {
    const uriOf = (uri: string): string =>
      runInNewContext(`${screensToPage}; handler({ request: { uri } }).uri`, { uri })
    expect(uriOf("/record/open")).toBe("/index.html")
    expect(uriOf("/assets/index-1.js")).toBe("/assets/index-1.js")
    expect(uriOf("/config.json")).toBe("/config.json")
  })

  test("has no finding of cdk-nag that is not acknowledged", () => {
    const found = [new AwsSolutionsChecks(), new HIPAASecurityChecks()].flatMap((pack) =>
      pack
        .validateScope(stacks.cloud)
        .violations.flatMap(({ ruleName, violatingResources }) =>
          violatingResources.map(({ constructPath }) => `${ruleName} on ${constructPath}`),
        ),
    )
    expect(found).toEqual([])
  })
})
