import { CfnResource, Names, Stack, Validations } from "aws-cdk-lib"
import { CfnFunction } from "aws-cdk-lib/aws-lambda"
import { type RouteName, routeNames, routes } from "../contract/routes.ts"
import { actorOf, type FunctionName, unroutedFunctions } from "./use-case-function.ts"

/**
 * What cdk-nag finds (AwsSolutions, HIPAA.Security) and we leave as it is, each with its reason: one rule on one resource. It stands in the
 * template's metadata too. A finding without a line here fails the synthesis, and a line without its finding fails `test/lib/nag.test.ts`.
 */
interface Acknowledgement {
  readonly rule: `AwsSolutions-${string}` | `HIPAA.Security-${string}`
  /** The resource's path below its stack. */
  readonly on: string
  readonly reason: string
}

type PublicRoute = { [N in RouteName]: (typeof routes)[N]["actor"] extends "nobody" ? N : never }[RouteName]

/** AwsSolutions-APIG4: why a route has no authorizer. */
const withoutAuthorizer: Record<PublicRoute, string> = {
  "system/well-known": "Says who the cloud is, before anybody can sign in.",
  "system/get-checkpoint": "Lets anybody follow the provider's signatures: roots of hashes, which tell of nobody.",
  "patient/register":
    "Opens the account that a token would be of; until the e-mail address is confirmed, only an account that nobody can sign in to is kept with it.",
  "patient/confirm": "Finishes opening the account: the code from the e-mail is what is checked.",
  "patient/sign-in": "Gives the token: e-mail address and password are what is checked.",
  "hcp/emergency-access":
    "The professional's signed statement, certificate and card proof are checked in the function, for each request; an account comes after it.",
  "hcp/session": "Gives the token: the ticket of a running grant is what is checked.",
  "hcp/end-access":
    "An access is ended also where no session was opened: its ticket is what is checked, and nothing comes back.",
  "card/read-open-part":
    "Whoever finds a patient has no account: the proof that the card's front is at hand is what is checked, and what comes back is sealed under it.",
  "practice/register":
    "Opens the practice that a token would be of: the certificate is what is checked, and nothing is kept until the e-mail address is confirmed.",
  "practice/confirm": "Finishes opening it: the code from the e-mail is what is checked.",
  "practice/sign-in": "Gives the token: e-mail address and password are what is checked.",
  "practice/get-invitation":
    "Whoever was invited has no account yet: they know the id from the invitation's secret, and what comes back opens by that alone.",
  "practice/join":
    "Makes the account that a token would be of: an owner lets them in only where the invitation's secret vouches for their keys.",
  "hri/well-known": "Says who the index is; the index knows no accounts.",
  "hri/put-entry": "The statement's signature by the entry's owner is what is checked; the index knows no accounts.",
  "hri/look-up": "Whoever has the card has its locator; what comes back is sealed under the card.",
  "hri/remove-entry": "The statement's signature by the entry's owner is what is checked; the index knows no accounts.",
}

type UnroutedFunction = Exclude<FunctionName, RouteName>

/** HIPAA.Security-LambdaDLQ: why nothing is lost where a function that no client waits for fails. */
const withoutDeadLetters: Record<UnroutedFunction, string> = {
  "system/sweep-accounts":
    "Its event says nothing but that it is time; the next run does what a failed one left, and the alarm tells.",
  "system/sign-checkpoint":
    "Its event says nothing but that it is time; the next run checkpoints what a failed one left, and the alarm tells.",
  "system/deactivate":
    "Its event says nothing but that it is time; the next run destroys what a failed one left, and the alarm tells.",
  "system/notify-patient":
    "The stream that calls it keeps what failed and calls again; what is given up goes to a queue that alarms (lib/notices.ts).",
  "system/limit-token":
    "The identity manager waits for its answer, and refuses the sign-in without it, which the patient's app asks for again.",
}

/** As `UseCaseFunction` and its route are called in their scopes. */
const constructId = (name: string) => name.replace("/", "-")

/** Where a function is: a route's in its actor's nested stack, what a clock or a stream calls in one of its own, what a pool calls beside the pool. */
const functionPath = (name: FunctionName) => {
  if (name === "system/limit-token") return constructId(name)
  return `${Object.hasOwn(routes, name) ? actorOf(name) : "unattended"}/${constructId(name)}`
}

const eachFunction = (name: string, on: string, withoutDeadLetters: string): Acknowledgement[] => [
  {
    rule: "HIPAA.Security-LambdaInsideVPC",
    on: `${on}/Function/Resource`,
    reason:
      "It reaches AWS's APIs by its role, and emergency access the OCSP responders of its trust policy; nothing it uses is in a VPC, which would only delay an emergency.",
  },
  { rule: "HIPAA.Security-LambdaDLQ", on: `${on}/Function/Resource`, reason: withoutDeadLetters },
  {
    rule: "HIPAA.Security-IAMNoInlinePolicy",
    on: `${on}/Role/Resource`,
    reason: `What ${name} may do belongs to its role alone, and goes with it; a managed policy could be attached to others.`,
  },
]

/** The routes that the stack serves by now. */
const served = (stack: Stack): RouteName[] => {
  const served = stack.node.findChild("routes").node
  return routeNames.filter((name) => served.tryFindChild(constructId(name)) !== undefined)
}

const isPublic = (name: RouteName): name is PublicRoute => routes[name].actor === "nobody"

/** Functions of which as many may run as there is room for. */
const withoutCeiling = (stack: Stack): Acknowledgement[] =>
  stack.node
    .findAll()
    .filter((construct) => construct instanceof CfnFunction)
    .filter(({ reservedConcurrentExecutions }) => reservedConcurrentExecutions === undefined)
    .map(({ node }) => ({
      rule: "HIPAA.Security-LambdaConcurrency",
      on: node.path.slice(stack.node.path.length + 1),
      reason:
        "A reservation is a ceiling too: 1,000 professionals may come at once. Those that take long have one, the routes are throttled, and the account's quota is looked at before a deployment (lib/preflight.ts).",
    }))

const apiOf = (stack: Stack): Acknowledgement[] =>
  served(stack).flatMap((name) => [
    ...eachFunction(
      name,
      functionPath(name),
      "A client waits for its answer, and asks again where it failed: there is no event that could be lost.",
    ),
    ...(isPublic(name)
      ? [
          {
            rule: "AwsSolutions-APIG4" as const,
            on: `routes/${constructId(name)}/Resource`,
            reason: withoutAuthorizer[name],
          },
        ]
      : []),
  ])

const table = (on: string): Acknowledgement => ({
  rule: "HIPAA.Security-DynamoDBInBackupPlan",
  on: `${on}/Table/Resource`,
  reason:
    "Every second of the last 35 days can be restored. What is kept longer would outlive a patient's right to have it destroyed, and a plan in the same account falls with it: a vault in another account is the operator's (docs/operations.md).",
})

const bucket = (on: string): Acknowledgement => ({
  rule: "HIPAA.Security-S3BucketReplicationEnabled",
  on: `${on}/Resource`,
  reason:
    "S3 keeps it in three zones, and every version for 30 days. A second region doubles the cost, and which country's law a record may come under is the operator's to decide.",
})

const pool = (on: string, mfa: string, plan: string): Acknowledgement[] => [
  { rule: "AwsSolutions-COG2", on: `${on}/Resource`, reason: mfa },
  { rule: "AwsSolutions-COG8", on: `${on}/Resource`, reason: plan },
]

/** Who writes or reads objects, whose names are random and made at run time, by bucket. */
const objectFunctions: Partial<Record<FunctionName, readonly ("Records" | "Pending")[]>> = {
  "patient/upload-url": ["Records"],
  "patient/begin-upload": ["Records"],
  "patient/part-urls": ["Records"],
  "patient/abort-upload": ["Records"],
  "patient/commit": ["Records"],
  "patient/download-url": ["Records"],
  "patient/delete-record": ["Records"],
  "patient/list-contributions": ["Pending"],
  "patient/approve-contribution": ["Records", "Pending"],
  "patient/reject-contribution": ["Records", "Pending"],
  "patient/deactivate": ["Records", "Pending"],
  "system/deactivate": ["Records", "Pending"],
  "hcp/emergency-access": ["Records"],
  "hcp/download-url": ["Records", "Pending"],
  "hcp/contribution-upload-url": ["Pending"],
  "hcp/begin-contribution-upload": ["Pending"],
  "hcp/contribution-part-urls": ["Pending"],
  "hcp/abort-contribution-upload": ["Pending"],
  "hcp/contribute": ["Pending"],
  "practice/upload-url": ["Records"],
  "practice/put-file": ["Records"],
  "practice/download-url": ["Records"],
  "practice/contribution-upload-url": ["Pending"],
  "practice/contribute": ["Pending"],
  "practice/deactivate": ["Records"],
}

/** Who reads or adds to the checkpoints, whose names are hashes and numbers. */
const checkpointFunctions = [
  functionPath("patient/get-checkpoint"),
  functionPath("practice/get-checkpoint"),
  functionPath("system/get-checkpoint"),
  functionPath("system/sign-checkpoint"),
]

/** Of the web apps, where the stack hosts them: public code, without a secret or a record. */
const appsOf = (stack: Stack): Acknowledgement[] =>
  ["EhrApp", "HcpApp", "PracticeApp", "CardPage"]
    .filter((id) => stack.node.tryFindChild(id) !== undefined)
    .flatMap((id): Acknowledgement[] => [
      {
        rule: "AwsSolutions-CFR1",
        on: `${id}/Distribution/Resource`,
        reason: "An emergency abroad is one too: the card and the app work wherever their people are.",
      },
      {
        rule: "AwsSolutions-CFR2",
        on: `${id}/Distribution/Resource`,
        reason:
          "It serves files that are the same for everybody and takes no input; what takes input is throttled at the API.",
      },
      {
        rule: "AwsSolutions-CFR3",
        on: `${id}/Distribution/Resource`,
        reason:
          "Its log would tell from which address somebody opens a health record's app; nothing there needs to be found out.",
      },
      {
        rule: "HIPAA.Security-S3BucketReplicationEnabled",
        on: `${id}/Files/Resource`,
        reason: "The app's files are built from the repository at any time; no data of anybody is among them.",
      },
      {
        rule: "HIPAA.Security-S3DefaultEncryptionKMS",
        on: `${id}/Files/Resource`,
        reason: "The files are public: S3's own keys encrypt them at rest, and the distribution needs no key of ours.",
      },
    ])

const resourceAt = (stack: Stack, path: string): CfnResource => {
  const found = stack.node.findAll().find(({ node }) => node.path === `${stack.node.path}/${path}`)
  if (!(found instanceof CfnResource))
    throw new Error(`${stack.node.path} has no resource ${path} to acknowledge a finding of`)
  return found
}

/** cdk-nag's name for whatever lies below a resource of the stack, in a policy of this role: a nested stack knows the ARN by a parameter. */
const belowArn = (stack: Stack, resource: string, below: string, role: string): Acknowledgement["rule"] => {
  const found = resourceAt(stack, resource)
  const arn =
    Stack.of(resourceAt(stack, role)) === stack
      ? `${stack.getLogicalId(found)}.Arn`
      : `referenceto${Names.nodeUniqueId(found.node)}Arn`
  return `AwsSolutions-IAM5[Resource::<${arn}>/${below}]`
}

const anyObject = (stack: Stack): Acknowledgement[] =>
  [...routeNames, ...unroutedFunctions].flatMap((name) =>
    (objectFunctions[name] ?? []).map((bucket): Acknowledgement => {
      const on = `${functionPath(name)}/Role/Resource`
      return {
        rule: belowArn(stack, `ObjectStore/${bucket}/Resource`, "*", on),
        on,
        reason:
          "Any object of one bucket: their names are made at run time. The function derives them from the identity of the caller, or of the patient whose device asked for it.",
      }
    }),
  )

const anyCheckpoint = (stack: Stack): Acknowledgement[] =>
  checkpointFunctions.map((path): Acknowledgement => {
    const on = `${path}/Role/Resource`
    return {
      rule: belowArn(stack, "AuditCheckpoints/Bucket/Resource", "*", on),
      on,
      reason:
        "Any object of one bucket: a checkpoint's name is its number or its hash. What is there can't be changed.",
    }
  })

const anyStream: Acknowledgement = {
  rule: "AwsSolutions-IAM5[Resource::*]",
  on: `${functionPath("system/notify-patient")}/Role/Resource`,
  reason:
    "To list the names of streams: Lambda asks for it of every mapping, and IAM knows no resource of it (Service Authorization Reference).",
}

/** Recorded where cdk-nag looks, and in the template as cdk-nag has always written it. */
const acknowledge = (stack: Stack, acknowledgements: readonly Acknowledgement[]) => {
  const byPath = Map.groupBy(acknowledgements, ({ on }) => on)
  for (const [path, found] of byPath) {
    const resource = resourceAt(stack, path)
    const rules = found.map(({ rule, reason }) => ({ id: rule, reason }))
    Validations.of(resource).acknowledge(...rules)
    resource.addMetadata("cdk_nag", { rules_to_suppress: rules })
  }
}

export const acknowledgeCloudFindings = (stack: Stack) =>
  acknowledge(stack, [
    ...apiOf(stack),
    ...unroutedFunctions.flatMap((name) => eachFunction(name, functionPath(name), withoutDeadLetters[name])),
    ...withoutCeiling(stack),
    ...anyObject(stack),
    ...anyCheckpoint(stack),
    ...appsOf(stack),
    anyStream,
    {
      rule: "AwsSolutions-SQS3",
      on: "unattended/Notices/Lost/Resource",
      reason: "It is where the stream's mapping leaves what it gave up: the dead-letter queue itself.",
    },
    // One that was restored is none of the stack's.
    ...["Main", "AuditTrail"].filter((name) => stack.node.tryFindChild(name)?.node.tryFindChild("Table")).map(table),
    bucket("ObjectStore/Records"),
    bucket("ObjectStore/Pending"),
    bucket("AccessLogs"),
    {
      rule: "HIPAA.Security-S3BucketReplicationEnabled",
      on: "AuditCheckpoints/Bucket/Resource",
      reason:
        "S3 keeps it in three zones, locked for years. A second region doubles the cost; patients' devices and exports keep what they have seen.",
    },
    {
      rule: "HIPAA.Security-S3DefaultEncryptionKMS",
      on: "AuditCheckpoints/Bucket/Resource",
      reason:
        "Whoever destroyed a key of ours would have destroyed what is locked for years; checkpoints are public, and tell of nobody.",
    },
    {
      rule: "HIPAA.Security-S3DefaultEncryptionKMS",
      on: "AccessLogs/Resource",
      reason: "S3 delivers access logs to buckets under its own keys only.",
    },
    ...pool(
      "IdentityManager/Members",
      "Off, since no app asks for it: whoever has the password could set it up in a member's place; a password alone opens ciphertext.",
      "Its price is per member and month; it guards passwords, and a password alone opens ciphertext.",
    ),
    ...pool(
      "IdentityManager/Patients",
      "Off, since no app asks for it: a lost phone would part patients from their record, or whoever has the password set it up in their place; a password alone opens ciphertext.",
      "Its price is per patient and month; it guards passwords, and a password alone opens ciphertext.",
    ),
    ...pool(
      "IdentityManager/Hcps",
      "Nobody knows these accounts' passwords, which last one call; the factor is the certificate's signature, for each access.",
      "Nobody knows these accounts' passwords, which last one call: there is nothing for it to watch.",
    ),
  ])

export const acknowledgeIndexFindings = (stack: Stack) =>
  acknowledge(stack, [...apiOf(stack), ...withoutCeiling(stack), table("Index")])

export const acknowledgeFrontFindings = (stack: Stack) =>
  acknowledge(stack, [
    {
      rule: "AwsSolutions-CFR1",
      on: "Distribution/Resource",
      reason: "An emergency abroad is one too: a card opens wherever its patient is.",
    },
    {
      rule: "AwsSolutions-CFR3",
      on: "Distribution/Resource",
      reason: "Its log would tell from which address somebody asked for whose record, by the path.",
    },
    {
      rule: "HIPAA.Security-WAFv2LoggingEnabled",
      on: "WebAcl",
      reason: "Its log would keep addresses of callers beside paths that name patients; what is blocked is counted.",
    },
  ])
