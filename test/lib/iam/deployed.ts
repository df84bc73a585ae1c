import type { Template } from "aws-cdk-lib/assertions"
import { type Json, type Resource, resourcesOf, synthesize } from "../stacks.ts"

export const accountId = "111122223333"
export const region = "eu-central-1"

export interface Statement {
  readonly Sid: string
  readonly Effect: "Allow" | "Deny"
  readonly Action: string | readonly string[]
  /** Absent from a policy that stands on its resource. */
  readonly Resource?: string | readonly string[]
  readonly Principal?: object | string
  readonly Condition?: Readonly<Record<string, object>>
}
export interface Policy {
  readonly Version: string
  readonly Statement: readonly Statement[]
}
export interface DeployedFunction {
  readonly name: string
  readonly roleArn: string
  readonly policy: Policy
  readonly environment: Readonly<Record<string, string>>
  /** Of its log group, ending in `:*`. */
  readonly logGroup: string
  /** What Lambda reads in its name: a stream, and where it leaves what was given up. */
  readonly streams: readonly { readonly stream: string; readonly lost?: string }[]
}
/** What IAM knows of a deployment. */
export interface Deployed {
  readonly functions: readonly DeployedFunction[]
  /** By the ARN of what each stands on. */
  readonly resourcePolicies: ReadonlyMap<string, Policy>
  /** The ARN of the key that a bucket or table is encrypted under, by theirs; without one where it is AWS's own. */
  readonly keys: ReadonlyMap<string, string>
}

const regional = (service: string, resource: string) => `arn:aws:${service}:${region}:${accountId}:${resource}`

/** ARNs by the type of the resource. Source: Service Authorization Reference, "Resource types defined by" each service. */
const arns: Readonly<Record<string, (name: string) => string>> = {
  "AWS::CloudFront::Distribution": (name) => `arn:aws:cloudfront::${accountId}:distribution/${name}`,
  "AWS::Cognito::UserPool": (name) => regional("cognito-idp", `userpool/${name}`),
  "AWS::DynamoDB::Table": (name) => regional("dynamodb", `table/${name}`),
  "AWS::IAM::Role": (name) => `arn:aws:iam::${accountId}:role/${name}`,
  "AWS::KMS::Key": (name) => regional("kms", `key/${name}`),
  "AWS::Lambda::Function": (name) => regional("lambda", `function:${name}`),
  "AWS::Logs::LogGroup": (name) => regional("logs", `log-group:${name}:*`),
  "AWS::S3::Bucket": (name) => `arn:aws:s3:::${name}`,
  "AWS::SNS::Topic": (name) => regional("sns", name),
  "AWS::SQS::Queue": (name) => regional("sqs", name),
}
/** What `Ref` gives where it isn't the name. */
const refs: Readonly<Record<string, (name: string) => string>> = {
  "AWS::SNS::Topic": (name) => regional("sns", name),
  "AWS::SQS::Queue": (name) => `https://sqs.${region}.amazonaws.com/${accountId}/${name}`,
}
const pseudo: Readonly<Record<string, string>> = {
  "AWS::AccountId": accountId,
  "AWS::Partition": "aws",
  "AWS::Region": region,
  "AWS::URLSuffix": "amazonaws.com",
}

/** What CloudFormation would put in the place of its functions; each resource is named after its stack and logical id. */
const resolver = (stack: string, template: Template) => {
  // A provider's key is named in a list and not by reference: by its id without the CDK's hash.
  const nameOf = (id: string) => `${stack}-${id.replace(/^(ProviderKey\d+)[0-9A-F]{8}$/, "$1")}`.toLowerCase()
  const resources: Record<string, { Type: string }> = template.toJSON()["Resources"]
  const typeOf = (id: string) => resources[id]?.Type ?? ""
  const arnOf = (id: string) => {
    const arn = arns[typeOf(id)]
    if (arn === undefined) throw new Error(`nobody knows the ARN of ${id}, a ${typeOf(id)}`)
    return arn(nameOf(id))
  }
  const attribute = (id: string, name: string) => {
    if (name === "Arn" || name === "TopicArn") return arnOf(id)
    if (name === "StreamArn") return `${arnOf(id)}/stream/2026-01-01T00:00:00.000`
    return `${nameOf(id)}.${name}`
  }
  const resolve = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(resolve)
    if (typeof value !== "object" || value === null) return value
    if ("Ref" in value) return pseudo[value.Ref] ?? (refs[typeOf(value.Ref)] ?? String)(nameOf(value.Ref))
    if ("Fn::GetAtt" in value) return attribute(...(value["Fn::GetAtt"] as [string, string]))
    if ("Fn::Join" in value) return value["Fn::Join"][1].map(resolve).join(value["Fn::Join"][0])
    return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, resolve(of)]))
  }
  return { resolve, arnOf, nameOf }
}
type Resolver = ReturnType<typeof resolver>

/** The policy, each of its statements with a name: its own, or its place. */
const policyOf = ({ Version, Statement }: Json): Policy => ({
  Version,
  Statement: Statement.map((statement: Json, place: number) => ({ Sid: `Statement${place}`, ...statement })),
})

const functionsOf = (template: Template, { resolve, arnOf, nameOf }: Resolver): DeployedFunction[] => {
  const roles = new Map(resourcesOf(template, "AWS::IAM::Role").map((role) => [arnOf(role.id), role]))
  const mappings = resourcesOf(template, "AWS::Lambda::EventSourceMapping").map(({ Properties }) => resolve(Properties))
  return resourcesOf(template, "AWS::Lambda::Function").map((fn) => {
    const { Description, Role, Environment, LoggingConfig } = fn.Properties
    const roleArn: string = resolve(Role)
    const [policy, ...others] = roles.get(roleArn)?.Properties["Policies"] ?? []
    if (policy === undefined || others.length > 0) throw new Error(`${Description} has not one policy`)
    return {
      name: Description,
      roleArn,
      policy: policyOf(resolve(policy.PolicyDocument)),
      environment: resolve(Environment?.Variables ?? {}),
      logGroup: arns["AWS::Logs::LogGroup"]!(resolve(LoggingConfig.LogGroup)),
      streams: mappings
        .filter(({ FunctionName }) => FunctionName === nameOf(fn.id))
        .map(({ EventSourceArn, DestinationConfig }) => ({
          stream: EventSourceArn,
          lost: DestinationConfig?.OnFailure.Destination,
        })),
    }
  })
}

/** Policies that stand beside their resource, by type; each says in a property what it is of. */
const policiesBeside = {
  "AWS::S3::BucketPolicy": "Bucket",
  "AWS::SQS::QueuePolicy": "Queues",
  "AWS::SNS::TopicPolicy": "Topics",
}
/** Policies that are a property of their resource. */
const policiesWithin = { "AWS::KMS::Key": "KeyPolicy", "AWS::DynamoDB::Table": "ResourcePolicy" }

const resourcePoliciesOf = (template: Template, { resolve, arnOf }: Resolver): [string, Policy][] => [
  ...Object.entries(policiesBeside).flatMap(([type, property]) =>
    resourcesOf(template, type).flatMap(({ Properties }) =>
      [Properties[property]].flat().map((of): [string, Policy] => {
        const id = of.Ref ?? of["Fn::GetAtt"][0]
        return [arnOf(id), policyOf(resolve(Properties["PolicyDocument"]))]
      }),
    ),
  ),
  ...Object.entries(policiesWithin).flatMap(([type, property]) =>
    resourcesOf(template, type)
      .filter(({ Properties }) => Properties[property] !== undefined)
      .map(({ id, Properties }): [string, Policy] => {
        const policy = resolve(Properties[property])
        return [arnOf(id), policyOf(policy.PolicyDocument ?? policy)]
      }),
  ),
]

const keyOfBucket = ({ Properties }: Resource): Json =>
  Properties["BucketEncryption"]?.ServerSideEncryptionConfiguration[0].ServerSideEncryptionByDefault.KMSMasterKeyID
const keyOfTable = ({ Properties }: Resource): Json => Properties["SSESpecification"]?.KMSMasterKeyId

const keysOf = (template: Template, { resolve, arnOf }: Resolver): [string, string][] =>
  Object.entries({ "AWS::S3::Bucket": keyOfBucket, "AWS::DynamoDB::Table": keyOfTable }).flatMap(([type, keyOf]) =>
    resourcesOf(template, type).flatMap((resource): [string, string][] => {
      const key = keyOf(resource)
      return key === undefined ? [] : [[arnOf(resource.id), resolve(key)]]
    }),
  )

/** All stacks' functions, with everything that decides what they may do. */
export const deployed = (): Deployed => {
  const { cloud, index, keys } = synthesize()
  const both = Object.entries({ cloud, index, keys }).map(([stack, template]) => ({
    template,
    resolved: resolver(stack, template),
  }))
  const all = <T>(of: (template: Template, resolved: Resolver) => T[]): T[] =>
    both.flatMap(({ template, resolved }) => of(template, resolved))
  return {
    functions: all(functionsOf),
    resourcePolicies: new Map(all(resourcePoliciesOf)),
    keys: new Map(all(keysOf)),
  }
}
