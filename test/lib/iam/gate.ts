import { runSimulation } from "@cloud-copilot/iam-simulate"
import type { IamRequest } from "./actions.ts"
import { accountId, type Deployed, type Policy, type Statement } from "./deployed.ts"
import type { Probe } from "./probes.ts"
import type { Asked } from "./recorded.ts"

interface Principal {
  readonly roleArn: string
  readonly policy: Policy
}
type Verdict = "Allowed" | "ExplicitlyDenied" | "ImplicitlyDenied"

/** Who may do everything that no resource denies. */
const administrator: Principal = {
  roleArn: `arn:aws:iam::${accountId}:role/administrator`,
  policy: { Version: "2012-10-17", Statement: [{ Sid: "All", Effect: "Allow", Action: "*", Resource: "*" }] },
}

/** What a policy stands on, for whatever is in it. */
const standsOn = (resource: string): string => {
  if (resource.startsWith("arn:aws:s3:::")) return resource.replace(/\/.*$/, "")
  return /^arn:aws:dynamodb:[^/]*\/[^/]+/.exec(resource)?.[0] ?? resource
}

const known = new Map<string, Promise<Verdict>>()

const simulate = async (
  { roleArn, policy }: Principal,
  resourcePolicy: Policy | undefined,
  { action, resource, context }: IamRequest,
): Promise<Verdict> => {
  const answer = await runSimulation(
    {
      request: {
        action,
        principal: roleArn.replace(/^arn:aws:iam::(\d+):role\/(.*)$/, "arn:aws:sts::$1:assumed-role/$2/session"),
        resource: { resource, accountId },
        contextVariables: {
          "aws:PrincipalArn": roleArn,
          "aws:PrincipalAccount": accountId,
          "aws:PrincipalIsAWSService": "false",
          "aws:SecureTransport": "true",
          ...context,
        },
      },
      identityPolicies: [{ name: "role", policy }],
      resourcePolicy,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  )
  if (answer.resultType === "error") throw new Error(`${action} on ${resource}: ${JSON.stringify(answer.errors)}`)
  return answer.overallResult
}

/** As IAM would decide; each distinct question is simulated once. */
const decide = (principal: Principal, resourcePolicy: Policy | undefined, request: IamRequest): Promise<Verdict> => {
  const key = JSON.stringify([principal, resourcePolicy, request])
  const verdict = known.get(key) ?? simulate(principal, resourcePolicy, request)
  known.set(key, verdict)
  return verdict
}

const list = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T])

interface Weakened {
  readonly lost: string
  readonly action: string
  readonly policy: Policy
}

/** The policy without one action on one resource, for each there is in its statements of that effect. */
const weakenings = (policy: Policy, effect: Statement["Effect"]): Weakened[] =>
  policy.Statement.flatMap((statement, at) => {
    if (statement.Effect !== effect) return []
    const [actions, resources] = [list(statement.Action), list(statement.Resource ?? "*")]
    return actions.flatMap((action) =>
      resources.map((resource): Weakened => {
        const others = { ...statement, Action: actions.filter((one) => one !== action) }
        const elsewhere = { ...statement, Action: action, Resource: resources.filter((one) => one !== resource) }
        const left = [...(actions.length > 1 ? [others] : []), ...(resources.length > 1 ? [elsewhere] : [])]
        return {
          lost: `${action} on ${resource}`,
          action,
          policy: { ...policy, Statement: policy.Statement.toSpliced(at, 1, ...left) },
        }
      }),
    )
  })

/** How many permissions the functions have: actions, each on one resource by one statement. */
export const permissionsIn = ({ functions }: Deployed): number =>
  functions.flatMap(({ policy }) => weakenings(policy, "Allow")).length

const covers = (pattern: string, action: string) =>
  pattern === action || (pattern.endsWith("*") && action.startsWith(pattern.slice(0, -1)))

/** What is asked and not allowed; and what a function is allowed that nothing it asks needs. */
const ofFunctions = async ({ functions, resourcePolicies }: Deployed, asked: readonly Asked[]): Promise<string[]> => {
  const findings: string[] = []
  for (const { name, roleArn, policy } of functions) {
    const own = asked.filter(({ fn }) => fn === name)
    const isAllowed = async (of: Policy, request: IamRequest) =>
      (await decide({ roleArn, policy: of }, resourcePolicies.get(standsOn(request.resource)), request)) === "Allowed"
    for (const request of own)
      if (!(await isAllowed(policy, request)))
        findings.push(`${name} is denied ${request.action} on ${request.resource} ${JSON.stringify(request.context)}`)
    for (const { lost, action, policy: weakened } of weakenings(policy, "Allow")) {
      const verdicts = await Promise.all(
        own.filter((request) => covers(action, request.action)).map((request) => isAllowed(weakened, request)),
      )
      if (verdicts.every(Boolean)) findings.push(`${name} needs no ${lost}`)
    }
  }
  return findings
}

/** What an administrator may do all the same; and what is denied without a probe that shows it. */
const ofDenials = async ({ resourcePolicies }: Deployed, probes: readonly Probe[]): Promise<string[]> => {
  const findings: string[] = []
  for (const [arn, policy] of resourcePolicies) {
    const own = probes.filter(({ resource }) => standsOn(resource) === arn)
    for (const probe of own)
      if ((await decide(administrator, policy, probe)) !== "ExplicitlyDenied")
        findings.push(`an administrator may ${probe.action} on ${probe.resource}: ${probe.name}`)
    for (const { lost, action, policy: weakened } of weakenings(policy, "Deny")) {
      const verdicts = await Promise.all(
        own.filter((probe) => covers(action, probe.action)).map((probe) => decide(administrator, weakened, probe)),
      )
      if (!verdicts.includes("Allowed")) findings.push(`${arn} denies ${lost}, and no probe shows it`)
    }
  }
  return findings
}

/**
 * Everything that is wrong with a deployment's policies, in words: a request that is denied, a permission that no request needs, an act that should be
 * denied and isn't, a denial that no probe shows. None where all is well.
 */
export const findingsIn = async (
  deployed: Deployed,
  asked: readonly Asked[],
  probes: readonly Probe[],
): Promise<string[]> => [...(await ofFunctions(deployed, asked)), ...(await ofDenials(deployed, probes))]
