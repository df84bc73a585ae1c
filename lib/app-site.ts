import { Annotations, CfnOutput, Duration, Stack } from "aws-cdk-lib"
import { Certificate } from "aws-cdk-lib/aws-certificatemanager"
import {
  AllowedMethods,
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from "aws-cdk-lib/aws-cloudfront"
import { S3BucketOrigin } from "aws-cdk-lib/aws-cloudfront-origins"
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from "aws-cdk-lib/aws-s3"
import { Construct } from "constructs"
import { type AppName, contentSecurityPolicy, fixedHeaders } from "../apps/policy.ts"
import type { Config } from "./config.ts"
import { removalPolicy } from "./removal-policy.ts"

interface AppSiteProps {
  readonly app: AppName
  readonly domain: string
  /** ARN of a certificate for the domain, in us-east-1, where CloudFront looks for it. */
  readonly certificate: string
  /** What the page may call beside its own origin. */
  readonly connect: readonly string[]
  readonly accessLogs: Bucket
  readonly retain: boolean
}

/** The apps, where the configuration says where: a cloud may also be used by apps that are hosted elsewhere, or by none. */
export const hostApps = (
  scope: Construct,
  { config, accessLogs, connect }: { config: Config; accessLogs: Bucket; connect: readonly string[] },
): void => {
  const {
    ehrDomain,
    hcpDomain,
    practiceDomain,
    cardDomain,
    appCertificate: certificate,
    hri,
    healthLinks,
    retain,
  } = config
  const given = [ehrDomain, hcpDomain, practiceDomain, cardDomain, certificate, hri]
  if (given.every((value) => value === undefined)) return
  if (
    ehrDomain === undefined ||
    hcpDomain === undefined ||
    practiceDomain === undefined ||
    cardDomain === undefined ||
    certificate === undefined ||
    hri === undefined
  ) {
    Annotations.of(scope).addError(
      "The apps need all of -c ehrDomain=HOST, -c hcpDomain=HOST, -c practiceDomain=HOST, -c cardDomain=HOST, -c appCertificate=ARN and -c hri=ADDRESS, or none.",
    )
    return
  }
  const common = { certificate, accessLogs, retain }
  new AppSite(scope, "EhrApp", {
    ...common,
    app: "ehr",
    domain: ehrDomain,
    connect: [...connect, new URL(hri).origin, ...healthLinks],
  })
  new AppSite(scope, "PracticeApp", { ...common, app: "practice", domain: practiceDomain, connect })
  // A card names its index, and the index the cloud: which ones there are, nobody knows beforehand.
  new AppSite(scope, "HcpApp", { ...common, app: "hcp", domain: hcpDomain, connect: ["https:"] })
  new AppSite(scope, "CardPage", { ...common, app: "card", domain: cardDomain, connect: ["https:"] })
  new CfnOutput(scope, "AppIndex", { value: hri })
}

const outputNames = { ehr: "Ehr", hcp: "Hcp", practice: "Practice", card: "Card" } as const satisfies Record<
  AppName,
  string
>

/** What CloudFront takes by names of its own. */
const ownBehaviour = ["x-content-type-options", "referrer-policy", "x-frame-options"]

/** Every path without a dot is a screen of the app, which its one page shows. The runtime knows ES 5.1. */
export const screensToPage = `function handler(event) {
  var request = event.request
  if (request.uri.indexOf(".") < 0) request.uri = "/index.html"
  return request
}`

/**
 * A web app: a private bucket, read by its distribution alone, and the headers that hold the page to what it may do. Its files are put there by
 * `npm run deploy:apps`; they are public code, and hold no secret and no record.
 */
class AppSite extends Construct {
  constructor(scope: Construct, id: string, props: AppSiteProps) {
    super(scope, id)
    const { app, domain, certificate, connect, accessLogs, retain } = props
    const bucket = new Bucket(this, "Files", {
      versioned: true,
      // The distribution has no key of ours, and what is here is for everybody.
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      serverAccessLogsBucket: accessLogs,
      serverAccessLogsPrefix: `${app}-app/`,
      removalPolicy: removalPolicy(retain),
      lifecycleRules: [
        { noncurrentVersionExpiration: Duration.days(30), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    })
    const distribution = new Distribution(this, "Distribution", {
      comment: `${Stack.of(this).stackName} ${app} app`,
      domainNames: [domain],
      certificate: Certificate.fromCertificateArn(this, "Certificate", certificate),
      minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      httpVersion: HttpVersion.HTTP2_AND_3,
      defaultRootObject: "index.html",
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(bucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowedMethods: AllowedMethods.ALLOW_GET_HEAD,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        compress: true,
        responseHeadersPolicy: this.#headers(contentSecurityPolicy(connect)),
        functionAssociations: [
          {
            eventType: FunctionEventType.VIEWER_REQUEST,
            function: new EdgeFunction(this, "ScreensToPage", {
              code: FunctionCode.fromInline(screensToPage),
              runtime: FunctionRuntime.JS_2_0,
            }),
          },
        ],
      },
    })
    const name = outputNames[app]
    new CfnOutput(scope, `${name}AppBucket`, { value: bucket.bucketName })
    new CfnOutput(scope, `${name}AppTarget`, { value: distribution.distributionDomainName })
  }

  #headers(policy: string): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, "Headers", {
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy: policy, override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: {
          accessControlMaxAge: Duration.days(730),
          includeSubdomains: true,
          preload: true,
          override: true,
        },
      },
      customHeadersBehavior: {
        customHeaders: Object.entries(fixedHeaders)
          .filter(([header]) => !ownBehaviour.includes(header))
          .map(([header, value]) => ({ header, value, override: true })),
      },
    })
  }
}
