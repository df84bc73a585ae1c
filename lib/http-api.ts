import { CfnOutput, Duration, NestedStack, Stack } from "aws-cdk-lib"
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway"
import {
  ApiMapping,
  CfnStage,
  CorsHttpMethod,
  DomainName,
  HttpApi,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
  SecurityPolicy,
} from "aws-cdk-lib/aws-apigatewayv2"
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations"
import { Certificate } from "aws-cdk-lib/aws-certificatemanager"
import { Alarm, ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch"
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs"
import { Bucket } from "aws-cdk-lib/aws-s3"
import { Construct } from "constructs"
import { type Actor, type Method, type RouteName, routes } from "../contract/routes.ts"
import type { CodeOf } from "./bundles.ts"
import type { Config, Front } from "./config.ts"
import type { DataKey } from "./data-key.ts"
import { removalPolicy } from "./removal-policy.ts"
import { actorOf, UseCaseFunction } from "./use-case-function.ts"

interface ApiProps {
  readonly dataKey: DataKey
  readonly config: Config
  readonly code: CodeOf
  /** What stands before it. */
  readonly front?: Front | undefined
  /** Who vouches for each actor; an index knows nobody. */
  readonly authorizers: Partial<Record<Actor, IHttpRouteAuthorizer>>
}

const methods: Record<Method, HttpMethod> = {
  GET: HttpMethod.GET,
  POST: HttpMethod.POST,
  PUT: HttpMethod.PUT,
  DELETE: HttpMethod.DELETE,
}

/**
 * A disaster with 1,000 professionals: all scan in the same second, and each then makes about five requests while the next
 * come. A burst of 4,000 lets that first minute through beside the patients; 2,000/s is four times what follows.
 * An account's own limits (10,000/s; 1,000 functions at once, to be raised) stay above.
 */
export const throttle = { burstLimit: 4000, rateLimit: 2000 }

type PublicRoute = { [N in RouteName]: (typeof routes)[N]["actor"] extends "nobody" ? N : never }[RouteName]

/**
 * Routes that ask for no token have throttles of their own, so that a flood of one leaves room for the others. Per API, not per caller:
 * an address is not kept, and may be a whole hospital's.
 */
export const publicThrottles: Record<PublicRoute, { readonly burstLimit: number; readonly rateLimit: number }> = {
  // Each app asks once at its start, on its way to any other route.
  "system/well-known": { burstLimit: 2000, rateLimit: 1000 },
  // Whoever watches asks once a minute, and a few times more after a pause.
  "system/get-checkpoint": { burstLimit: 100, rateLimit: 50 },
  // Each sends an e-mail. A thousand new patients in two minutes; Cognito signs up 50/s.
  "patient/register": { burstLimit: 50, rateLimit: 10 },
  // As often as accounts are opened, and mistyped codes.
  "patient/confirm": { burstLimit: 50, rateLimit: 20 },
  // The bound of guessing one password on many accounts. Cognito takes 120 sign-ins/s, of patients and professionals together:
  // the other 80 are the professionals'.
  "patient/sign-in": { burstLimit: 100, rateLimit: 40 },
  // 1,000 professionals in the same second, and again where a scan is repeated.
  "hcp/emergency-access": { burstLimit: 2000, rateLimit: 1000 },
  // The same 1,000 a moment later. Cognito makes 50 accounts/s: whoever is told `busy` asks again.
  "hcp/session": { burstLimit: 1000, rateLimit: 200 },
  // Each of these accesses ends once.
  "hcp/end-access": { burstLimit: 1000, rateLimit: 200 },
  // A stranger's phone, once for each card that is found.
  "card/read-open-part": { burstLimit: 500, rateLimit: 200 },
  // As a patient's, and far fewer of them.
  "practice/register": { burstLimit: 20, rateLimit: 5 },
  "practice/confirm": { burstLimit: 20, rateLimit: 10 },
  // Each invitation is read a few times and joined once.
  "practice/get-invitation": { burstLimit: 20, rateLimit: 10 },
  "practice/join": { burstLimit: 20, rateLimit: 5 },
  // 500 practices begin at nine o'clock; beside the patients', within Cognito's 120 a second.
  "practice/sign-in": { burstLimit: 100, rateLimit: 40 },
  "hri/well-known": { burstLimit: 2000, rateLimit: 1000 },
  // Before each emergency access, of every cloud that uses the index.
  "hri/look-up": { burstLimit: 4000, rateLimit: 2000 },
  // One for each card with each change of a record: nobody waits for it, and it is repeated.
  "hri/put-entry": { burstLimit: 1000, rateLimit: 200 },
  "hri/remove-entry": { burstLimit: 100, rateLimit: 50 },
}
const isPublic = (name: RouteName): name is PublicRoute => Object.hasOwn(publicThrottles, name)

/** An allow-list. No path and no query (they name patients), no address, no agent. */
export const accessLog = {
  requestId: "$context.requestId",
  routeKey: "$context.routeKey",
  status: "$context.status",
  latency: "$context.responseLatency",
}

/** An HTTP API that serves routes of the contract, each by a function of its own. */
export class Api extends Construct {
  readonly id: string
  /** Where it answers. */
  readonly address: string
  readonly #api: HttpApi
  readonly #stage: CfnStage
  readonly #props: ApiProps

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id)
    this.#props = props
    const { allowedOrigins, retain } = props.config
    this.#api = new HttpApi(this, "Api", {
      apiName: Stack.of(this).stackName,
      createDefaultStage: false,
      disableExecuteApiEndpoint: props.front !== undefined,
      ...(allowedOrigins.length > 0 && {
        corsPreflight: {
          allowOrigins: allowedOrigins,
          allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.PUT, CorsHttpMethod.DELETE],
          allowHeaders: ["authorization", "content-type"],
          maxAge: Duration.hours(2),
        },
      }),
    })
    this.id = this.#api.apiId
    this.address = props.front === undefined ? this.#api.apiEndpoint : `https://${props.front.domain}`
    const logGroup = new LogGroup(this, "AccessLog", {
      // Under this prefix AWS adds no line for it to the account's one policy of log groups, which is full at 5,120 characters. The API's id is of
      // this API alone, so that no log of one before it is in the way. Source: Amazon CloudWatch Logs User Guide, "Enable logging from AWS services".
      logGroupName: `/aws/vendedlogs/${this.id}`,
      retention: RetentionDays.THREE_MONTHS,
      encryptionKey: props.dataKey.key,
      removalPolicy: removalPolicy(retain),
    })
    const stage = new HttpStage(this, "Stage", {
      httpApi: this.#api,
      stageName: "$default",
      autoDeploy: true,
      throttle,
      accessLogSettings: {
        destination: new LogGroupLogDestination(logGroup),
        format: AccessLogFormat.custom(JSON.stringify(accessLog)),
      },
    })
    if (!(stage.node.defaultChild instanceof CfnStage)) throw new Error("the API's stage has no resource")
    this.#stage = stage.node.defaultChild
    if (props.front !== undefined) this.#behind(props.front, stage)
    // A surprise is answered, so Lambda counts no error: only here does it show. The logs name the use-case.
    new Alarm(this, "Alarm", {
      alarmDescription:
        "requests are answered by a failure of ours; for people it means what the use-case's own alarm says",
      metric: stage.metricServerError({ period: Duration.minutes(5) }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    })
    new CfnOutput(scope, "ApiId", { value: this.id })
    new CfnOutput(scope, "Url", { value: this.address })
  }

  /** Makes a route of the contract, behind the authorizer of whom it is for, and its function, each in a nested stack. */
  serve(name: RouteName, { timeout, atMost }: { timeout?: Duration; atMost?: number } = {}): UseCaseFunction {
    const { actor, method, path, impact } = routes[name]
    const { authorizers, dataKey, code, config } = this.#props
    const authorizer = actor === "nobody" ? new HttpNoneAuthorizer() : authorizers[actor]
    if (authorizer === undefined) throw new Error(`${name} is for a ${actor}, whom this API can't tell`)
    const fn = new UseCaseFunction(this.#nested(actorOf(name)), {
      name,
      impact,
      code: code(name),
      dataKey,
      retain: config.retain,
      ...(timeout && { timeout }),
      // A new account may have fewer than would be set apart: a cloud for trial does without.
      ...(atMost !== undefined && config.retain && { atMost }),
    })
    const route = new HttpRoute(this.#nested("routes"), fn.node.id, {
      httpApi: this.#api,
      routeKey: HttpRouteKey.with(path, methods[method]),
      integration: new HttpLambdaIntegration("Integration", fn.lambda),
      authorizer,
    })
    if (isPublic(name)) this.#throttle(route, `${method} ${path}`, publicThrottles[name])
    return fn
  }

  /** Has the API answer CloudFront alone. Source: Amazon API Gateway Developer Guide, "Mutual TLS authentication for HTTP APIs". */
  #behind({ origin, originCertificate, clientAuthority }: Front, stage: HttpStage) {
    const certificate = Certificate.fromCertificateArn(this, "OriginCertificate", originCertificate)
    const [bucket = "", ...key] = clientAuthority.slice("s3://".length).split("/")
    const domain = new DomainName(this, "Origin", {
      domainName: origin,
      certificate,
      securityPolicy: SecurityPolicy.TLS_1_2,
      mtls: { bucket: Bucket.fromBucketName(this, "ClientAuthority", bucket), key: key.join("/") },
    })
    new ApiMapping(this, "Mapping", { api: this.#api, domainName: domain, stage })
    new CfnOutput(Stack.of(this), "OriginTarget", { value: domain.regionalDomainName })
  }

  /** The nested stack of an actor's functions, or of the routes, made with the first of them (docs/adr/0012-nested-stacks.md). */
  #nested(name: string): Construct {
    const stack = Stack.of(this)
    return stack.node.tryFindChild(name) ?? new NestedStack(stack, name)
  }

  #throttle(route: HttpRoute, key: string, { burstLimit, rateLimit }: { burstLimit: number; rateLimit: number }) {
    this.#stage.addPropertyOverride(`RouteSettings.${key.replaceAll(".", "\\.")}`, {
      ThrottlingBurstLimit: burstLimit,
      ThrottlingRateLimit: rateLimit,
    })
    // API Gateway knows no settings of a route that isn't there yet.
    this.#stage.node.addDependency(route)
  }
}
