import { readFileSync } from "node:fs"
import path from "node:path"
import { App } from "aws-cdk-lib"
import { Template } from "aws-cdk-lib/assertions"
import { Code } from "aws-cdk-lib/aws-lambda"
import { readConfig } from "../../lib/config.ts"
import { EhrCloudStack } from "../../lib/ehr-cloud-stack.ts"
import { HealthRecordIndexStack } from "../../lib/health-record-index-stack.ts"

const { context: flags }: { context: Record<string, unknown> } = JSON.parse(
  readFileSync(path.join(import.meta.dirname, "../../cdk.json"), "utf8"),
)

/** Both stacks as a deployment has them before its synthesis, but for the code of their functions. */
export const build = (context: Record<string, unknown> = {}) => {
  const app = new App({
    context: { ...flags, trustPolicy: "trust-policy.json", sender: "notices@example.org", ...context },
  })
  const config = readConfig(app.node)
  const code = () => Code.fromInline("export const handler = () => {}")
  const index = new HealthRecordIndexStack(app, { config, code })
  const cloud = new EhrCloudStack(app, { config, code })
  return { app, stacks: { cloud, index } }
}

/** Both stacks as a deployment would synthesize them, but for the code of their functions. */
export const synthesize = (context?: Record<string, unknown>) => {
  const built = build(context)
  return { ...built, cloud: Template.fromStack(built.stacks.cloud), index: Template.fromStack(built.stacks.index) }
}

/** A piece of a template, as CDK gives it: JSON of a shape that the assertions find out. */
export type Json = ReturnType<Template["toJSON"]>[string]
export interface Resource {
  readonly id: string
  readonly Type: string
  readonly Properties: Record<string, Json>
  readonly DeletionPolicy?: string
}

export const resourcesOf = (template: Template, type: string): Resource[] =>
  Object.entries(template.findResources(type)).map(([id, resource]) => {
    const { Type, Properties, DeletionPolicy }: Json = resource
    return { id, Type, Properties, DeletionPolicy }
  })

/** The logical id that `Ref` or `GetAtt` names. */
export const referred = (value: Json): string => value.Ref ?? value["Fn::GetAtt"][0]

/** `hcp/session` -> its function, role and everything the role may do. */
export const functionsOf = (template: Template) => {
  const policies = resourcesOf(template, "AWS::IAM::Policy")
  return resourcesOf(template, "AWS::Lambda::Function").map((fn) => {
    const role = referred(fn.Properties.Role)
    const statements: Json[] = policies
      .filter(({ Properties }) => Properties.Roles.some((held: Json) => referred(held) === role))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    return { name: String(fn.Properties["Description"]), fn, role, statements }
  })
}

/** A resource in words: the logical id without CDK's hash, and what follows it in an ARN. */
const inWords = (value: Json): string => {
  if (typeof value === "string") return value
  if ("Fn::Join" in value) return value["Fn::Join"][1].map(inWords).join("")
  return referred(value).replace(/[0-9A-F]{8}$/, "")
}

const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value])

/** Every permission as `action on resource [condition]`, sorted. */
export const permissionsOf = (statements: Json[]): string[] =>
  statements
    .flatMap(({ Effect, Action, Resource, Condition }) =>
      list(Action).flatMap((action) =>
        list(Resource).map((resource) => {
          const condition =
            Condition === undefined ? "" : ` by ${inWords(Object.values<Json>(Condition.StringEquals)[0])}`
          return `${Effect === "Allow" ? "" : "DENY "}${action} on ${inWords(resource)}${condition}`
        }),
      ),
    )
    .sort()
