import { describe, expect, onTestFinished, test } from "vitest"
import { type RouteName, routeNames, routes } from "../../contract/routes.ts"
import { Api } from "../../lib/http-api.ts"
import { MainTable } from "../../lib/main-table.ts"
import { ObjectStore } from "../../lib/object-store.ts"
import { build, functionsOf, type Json, synthesize, templatesOf } from "./stacks.ts"

/** AWS CloudFormation User Guide, "Understand CloudFormation quotas". None of them can be raised. */
const quotas = { resources: 500, parameters: 200, outputs: 200, bytes: 1_000_000 }
const perOperation = 2500
/** Amazon API Gateway Developer Guide, "Quotas for HTTP APIs": routes, and as many integrations. */
const routesOfApi = 300
/** IAM User Guide, "IAM and AWS STS quotas": characters of the policies within one role, white space aside. */
const inlinePolicies = 10_240

/** A deployment with all that can be configured has the most resources. */
const hosting = {
  ehrDomain: "ehr.example.org",
  hcpDomain: "hcp.example.org",
  practiceDomain: "practice.example.org",
  cardDomain: "card.example.org",
  appCertificate: "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000",
  hri: "https://index.example.org/",
  allowedOrigins: "https://practice.example.org",
}

const count = (part: object | undefined) => Object.keys(part ?? {}).length
const sizeOf = (template: Json) => ({
  resources: count(template.Resources),
  parameters: count(template.Parameters),
  outputs: count(template.Outputs),
  // As CDK writes it.
  bytes: JSON.stringify(template, undefined, 1).length,
})
type Size = ReturnType<typeof sizeOf>
const sizesOf = (stack: ReturnType<typeof build>["stacks"]["cloud"]): Map<string, Size> =>
  new Map([...templatesOf(stack)].map(([path, template]) => [path, sizeOf(template)]))

/** The same cloud after that many more routes of one actor, each of which may do about as much as any. */
const withMoreRoutes = (actor: string, more: number) => {
  const { cloud } = build(hosting).stacks
  const find = <T>(id: string, type: new (...args: never[]) => T): T => {
    const found = cloud.node.findChild(id)
    if (!(found instanceof type)) throw new Error(`${id} is something else`)
    return found
  }
  const api = find("HttpApi", Api)
  const main = find("Main", MainTable)
  const objectStore = find("ObjectStore", ObjectStore)
  for (let n = 1; n <= more; n++) {
    const name = `${actor}/begin-something-more-${n}`
    Object.assign(routes, { [name]: { ...routes["patient/begin-upload"], path: `/${name}` } })
    // Other files of tests read the same table.
    onTestFinished(() => void Reflect.deleteProperty(routes, name))
    const fn = api.serve(name as RouteName)
    main.grantRead(fn)
    main.grantList(fn)
    main.grantWrite(fn)
    main.grantCheck(fn)
    objectStore.grantUploadParts(fn)
  }
  return sizesOf(cloud)
}

/** A role's policy with room for any ARN: the longest that our resources have are about 120 characters. */
const spelledOut = (value: Json): string => {
  if (typeof value === "string") return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(spelledOut).join(",")}]`
  if ("Ref" in value || "Fn::GetAtt" in value || "Fn::Join" in value) return JSON.stringify("x".repeat(150))
  return `{${Object.entries(value)
    .map(([key, of]) => `"${key}":${spelledOut(of)}`)
    .join(",")}}`
}

describe("room for routes", () => {
  const now = sizesOf(build(hosting).stacks.cloud)

  test.each(["patient", "hcp", "practice"])("is there for 80 more of the actor %s, whatever others have", (actor) => {
    const then = withMoreRoutes(actor, 80)
    const nobody: Size = { resources: 0, parameters: 0, outputs: 0, bytes: 0 }
    const grown = (path: string, part: keyof Size) => (then.get(path) ?? nobody)[part] - (now.get(path) ?? nobody)[part]
    for (const size of then.values())
      for (const part of ["resources", "parameters", "outputs", "bytes"] as const)
        expect(size[part]).toBeLessThanOrEqual(quotas[part])
    // A route is three resources beside the others, and a function of four with its actor.
    expect(grown("EhrCloud", "resources")).toBe(now.has(`EhrCloud/${actor}`) ? 0 : 1)
    expect(grown("EhrCloud/routes", "resources")).toBe(80 * 3)
    expect(grown(`EhrCloud/${actor}`, "resources")).toBe(80 * 4)
    const all = [...then.values()].reduce((sum, { resources }) => sum + resources, 0)
    expect(all).toBeLessThanOrEqual(perOperation)
  })

  test("is there in the API itself", () => {
    expect(routeNames.filter((name) => routes[name].api === "ehr-cloud").length + 80).toBeLessThanOrEqual(routesOfApi)
  })

  test("is there in the templates as they are deployed, with the reasons of what cdk-nag finds", () => {
    for (const [path, { bytes }] of now) {
      const functions = routeNames.filter((name) => path.endsWith(`/${name.slice(0, name.indexOf("/"))}`)).length
      if (functions > 0) expect((bytes / functions) * (functions + 80)).toBeLessThanOrEqual(quotas.bytes)
    }
  })

  test("is there in the policy of every function's role", () => {
    const { cloud, index } = synthesize()
    for (const { name, statements } of [cloud, index].flatMap(functionsOf))
      expect(spelledOut({ Version: "2012-10-17", Statement: statements }).length, name).toBeLessThan(inlinePolicies)
  })
})
