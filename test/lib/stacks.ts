import { readFileSync } from "node:fs"
import path from "node:path"
import { App, NestedStack, Stack } from "aws-cdk-lib"
import { Template } from "aws-cdk-lib/assertions"
import { Code } from "aws-cdk-lib/aws-lambda"
import { readConfig } from "../../lib/config.ts"
import { EhrCloudStack } from "../../lib/ehr-cloud-stack.ts"
import { frontsOf } from "../../lib/front-stack.ts"
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

/** Both stacks as a deployment would synthesize them, each with its nested stacks as one template, but for the code of their functions. */
export const synthesize = (context?: Record<string, unknown>) => {
  const built = build(context)
  return { ...built, cloud: flatten(built.stacks.cloud), index: flatten(built.stacks.index) }
}

export const certificateIn = (region: string) =>
  `arn:aws:acm:${region}:123456789012:certificate/00000000-0000-0000-0000-000000000000`
export const frontOf = (name: string) => ({
  domain: `${name}.example.org`,
  origin: `${name}-origin.example.org`,
  certificate: certificateIn("us-east-1"),
  originCertificate: certificateIn("eu-central-1"),
  clientCertificate: certificateIn("us-east-1"),
  clientAuthority: "s3://authority/client.pem",
  budget: { usd: 500, mail: "costs@example.org" },
})
/** What is configured of both fronts. */
export const fronts = { front: frontOf("cloud"), hriFront: frontOf("index") }
/** The stacks before both APIs: the cloud's, then the index's. */
export const frontStacks = (context: Record<string, unknown>): Stack[] => {
  const app = new App({ context: { ...flags, ...context } })
  return frontsOf(app, readConfig(app.node), "123456789012")
}

/** A piece of a template, as CDK gives it: JSON of a shape that the assertions find out. */
export type Json = ReturnType<Template["toJSON"]>[string]

/** The stack's own template and those of its nested stacks, by the path of the stack. */
export const templatesOf = (stack: Stack): Map<string, Json> =>
  new Map(
    stack.node
      .findAll()
      .filter((construct) => Stack.isStack(construct))
      .map((each) => [each.node.path, Template.fromStack(each).toJSON()]),
  )

/** Adds the entry, unless something else is there by that name. */
const put = (entries: Map<string, Json>, name: string, value: Json) => {
  if (JSON.stringify(entries.get(name) ?? value) !== JSON.stringify(value)) throw new Error(`two things are ${name}`)
  entries.set(name, value)
}

/** One template of a stack and those nested in it: whatever passes between them is replaced by what it stands for. */
const flatten = (stack: Stack): Template => {
  const templates = templatesOf(stack)
  const resources = new Map<string, Json>()
  /** `Ref` of a nested stack's parameter, and `GetAtt` of its output, to what they stand for. */
  const passed = new Map<string, Json>()
  for (const template of templates.values())
    for (const [id, resource] of Object.entries<Json>(template.Resources)) put(resources, id, resource)
  for (const nested of stack.node.findAll().filter((construct) => construct instanceof NestedStack)) {
    const id = stack.getLogicalId(nested.nestedStackResource!)
    for (const [name, value] of Object.entries(resources.get(id).Properties.Parameters ?? {}))
      put(passed, JSON.stringify({ Ref: name }), value)
    for (const [name, { Value }] of Object.entries<Json>(templates.get(nested.node.path).Outputs ?? {}))
      put(passed, JSON.stringify({ "Fn::GetAtt": [id, `Outputs.${name}`] }), Value)
    resources.delete(id)
  }
  const spelledOut = (value: Json): Json => {
    const meant = passed.get(JSON.stringify(value))
    if (meant !== undefined) return spelledOut(meant)
    if (Array.isArray(value)) return value.map(spelledOut)
    if (typeof value !== "object" || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, spelledOut(of)]))
  }
  const own = templates.get(stack.node.path)
  return Template.fromJSON(spelledOut({ ...own, Resources: Object.fromEntries(resources) }))
}

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
  const roles = template.findResources("AWS::IAM::Role")
  return resourcesOf(template, "AWS::Lambda::Function").map((fn) => {
    const role = referred(fn.Properties.Role)
    const statements: Json[] = roles[role]?.["Properties"].Policies.flatMap(
      ({ PolicyDocument }: Json) => PolicyDocument.Statement,
    )
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
