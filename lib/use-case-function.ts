import { Duration } from "aws-cdk-lib"
import { Alarm, ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch"
import { type Conditions, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam"
import { Architecture, type Code, Function as LambdaFunction, LoggingFormat, Runtime } from "aws-cdk-lib/aws-lambda"
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs"
import { Construct } from "constructs"
import type { EnvironmentName } from "../contract/environment.ts"
import type { RouteName } from "../contract/routes.ts"
import type { DataKey } from "./data-key.ts"
import { removalPolicy } from "./removal-policy.ts"

/** Functions that run on a schedule. */
const scheduledFunctions = ["system/sweep-accounts", "system/sign-checkpoint", "system/deactivate"] as const
/** Functions that a stream calls. */
const streamedFunctions = ["system/notify-patient"] as const
/** Functions that the identity manager calls. */
const triggeredFunctions = ["system/limit-token"] as const
/** Every function that is no route's. */
export const unroutedFunctions = [...scheduledFunctions, ...streamedFunctions, ...triggeredFunctions] as const
/** A route's function, or one that no client calls; the path of its file below `functions/`. */
export type FunctionName = RouteName | (typeof unroutedFunctions)[number]

/** Whose use-case it is: the first word of its name. */
export const actorOf = (name: FunctionName): string => name.slice(0, name.indexOf("/"))

interface UseCaseFunctionProps {
  readonly name: FunctionName
  /** What its failure means to people; it stands in the alarm. */
  readonly impact: string
  readonly code: Code
  readonly dataKey: DataKey
  readonly retain: boolean
  /** 10 s unless said otherwise. */
  readonly timeout?: Duration
  /** How many run at once; as many are set apart of what the account may run. Without it, as many as there is room for. */
  readonly atMost?: number
}

/** One Lambda for one use-case, with a role of its own that can write its own log, and nothing else until a capability grants it. */
export class UseCaseFunction extends Construct {
  readonly lambda: LambdaFunction
  readonly #role: Role
  readonly #permissions = new PolicyDocument()

  constructor(scope: Construct, { name, impact, code, dataKey, retain, timeout, atMost }: UseCaseFunctionProps) {
    super(scope, name.replace("/", "-"))
    const logGroup = new LogGroup(this, "Log", {
      retention: RetentionDays.THREE_MONTHS,
      encryptionKey: dataKey.key,
      removalPolicy: removalPolicy(retain),
    })
    // Within the role: a policy beside it would be one more resource of each function (docs/adr/0012-nested-stacks.md).
    this.#role = new Role(this, "Role", {
      assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
      inlinePolicies: { UseCase: this.#permissions },
    })
    this.allow(["logs:CreateLogStream", "logs:PutLogEvents"], [logGroup.logGroupArn])
    this.lambda = new LambdaFunction(this, "Function", {
      description: name,
      code,
      handler: "index.handler",
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      role: this.#role,
      logGroup,
      // The handlers write JSON of an allow-list themselves.
      loggingFormat: LoggingFormat.TEXT,
      // CPU comes with memory; parsing and signature checks gain from it up to about here.
      memorySize: 1024,
      timeout: timeout ?? Duration.seconds(10),
      ...(atMost !== undefined && { reservedConcurrentExecutions: atMost }),
    })
    new Alarm(this, "Alarm", {
      alarmDescription: impact,
      metric: this.lambda.metricErrors({ period: Duration.minutes(5) }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    })
  }

  /** Adds to the function's own role. */
  allow(actions: string[], resources: string[], conditions?: Conditions) {
    this.#permissions.addStatements(new PolicyStatement({ actions, resources, ...(conditions && { conditions }) }))
  }

  /** Names something to the function. */
  tell(name: EnvironmentName, value: string) {
    this.lambda.addEnvironment(name, value)
  }

  /** The resource policies of others name a function by its role. */
  get roleArn() {
    return this.#role.roleArn
  }
}
