import { parseArgs } from "node:util"
import * as z from "zod/mini"
import { configurationFile, deployedConfiguration } from "./config.ts"
import { type AwsAccount, type Deployment, inWords, preflight } from "./preflight.ts"

type Environment = Readonly<Record<string, string | undefined>>

/** What a deployment needs of the world. */
export interface Deployer {
  readonly env: Environment
  /** Runs the CDK's CLI; true where it succeeded. */
  readonly cdk: (args: readonly string[], env: Environment) => boolean
  /** The text of a file, which must be there. */
  readonly read: (file: string) => string
  readonly say: (text: string) => void
  /** The region that was chosen, by a variable or a profile; undefined where none was: there is no default. */
  readonly region: (env: Environment) => Promise<string | undefined>
  /** The account that the credentials are for, in a region. */
  readonly account: (region: string) => AwsAccount
  /** What a person typed; undefined where there is none to ask. */
  readonly ask: (question: string) => Promise<string | undefined>
}

/** What is synthesized is looked at, confirmed and deployed: the same files throughout. */
export const assembly = "cdk.out.aws"

const manifest = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      environment: z.optional(z.string()),
      properties: z.optional(z.object({ requiresBootstrapStackVersion: z.optional(z.number()) })),
    }),
  ),
})

/** Nothing that was set for a local cloud may lead the CLI there, nor make a local cloud pass for AWS. */
export const withoutLocalCloud = (env: Environment): Environment => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => !/^AWS_ENDPOINT_URL(_|$)/.test(name))),
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
})

/** CloudFront is in us-east-1, wherever what stands behind it is. */
const regionOfFronts = "us-east-1"

/** Whether a front may stand in the one place for what is in the other: in the same account. */
const isFrontOf = (place: string, other: string) =>
  place.endsWith(`/${regionOfFronts}`) && place.split("/")[2] === other.split("/")[2]

/** ACCOUNT/REGION of the stacks, but for their fronts; undefined where the CLI found no credentials or no region. */
export const targetOf = (manifestJson: string): string | undefined => {
  const { artifacts } = z.parse(manifest, JSON.parse(manifestJson))
  const targets = new Set(
    Object.values(artifacts).flatMap(({ type, environment }) =>
      type === "aws:cloudformation:stack" && environment !== undefined ? [environment] : [],
    ),
  )
  const [target, ...others] = [...targets].filter(
    (each, _, all) => all.length === 1 || !all.some((other) => other !== each && isFrontOf(each, other)),
  )
  return others.length > 0 ? undefined : target?.match(/^aws:\/\/(\d{12}\/[a-z0-9-]+)$/)?.[1]
}

/** What the synthesized files say is to be deployed. */
const deploymentIn = (read: Deployer["read"], target: string, stacks: readonly string[]): Deployment => {
  const { artifacts } = z.parse(manifest, JSON.parse(read(`${assembly}/manifest.json`)))
  const versions = Object.values(artifacts).map(({ properties }) => properties?.requiresBootstrapStackVersion ?? 0)
  const { cloud, ...config } = z.parse(deployedConfiguration, JSON.parse(read(`${assembly}/${configurationFile}`)))
  const withCloud = stacks.length === 0 || stacks.includes(cloud)
  return { target, bootstrapVersion: Math.max(...versions, 0), ...(withCloud && { cloud: config }) }
}

/** Says what was looked at and what is to be done; true where nothing stops the deployment. */
const looksWell = async ({ account, say }: Deployer, deployment: Deployment): Promise<boolean> => {
  const region = deployment.target.slice(deployment.target.indexOf("/") + 1)
  const checks = await preflight(account(region), deployment)
  say([`AWS account ${deployment.target.replace("/", ", region ")}:`, ...checks.map(inWords)].join("\n"))
  if (!checks.some(({ stops }) => stops)) return true
  say("Nothing was changed: what is deployed so would break. Do what is said above, and try again.")
  return false
}

/** What nobody can take back is said before it is confirmed. */
const warning = ({ target, cloud }: Deployment, stacks: readonly string[]): string => {
  const what = stacks.length > 0 ? stacks.join(", ") : "all stacks"
  const lock =
    cloud?.retain === true
      ? ` Signed checkpoints are locked for ${cloud.checkpointRetentionDays} days: nobody, the account's root included, can delete them or end that before. A cloud for trial is deployed by -c retain=false.`
      : ""
  return `This deploys ${what} to AWS account ${target.replace("/", ", region ")}. It costs money and holds health data.${lock}`
}

/** True where a person typed the target, or `--yes` names it. */
const isConfirmed = async ({ say, ask }: Deployer, target: string, yes: string | undefined): Promise<boolean> => {
  const answer = yes ?? (await ask(`Type ${target} to go ahead: `))
  if (answer?.trim() === target) return true
  say(
    answer === undefined
      ? `Nobody is there to confirm it: pass --yes ${target}.`
      : "That is not where this would be deployed. Nothing was changed.",
  )
  return false
}

/** Synthesizes what `args` name, and returns where it would be deployed; says why where it can't be. */
const synthesized = async (
  deployer: Deployer,
  context: readonly string[],
  stacks: readonly string[],
): Promise<string | undefined> => {
  const { cdk, read, say, region } = deployer
  const env = withoutLocalCloud(deployer.env)
  if (context.some((pair) => pair.split("=", 1)[0] === "nag")) {
    say("What goes to AWS is held against the rules, always: leave out -c nag=...")
    return undefined
  }
  // The CDK would go to us-east-1.
  const chosen = await region(env)
  if (chosen === undefined) {
    say("No region is chosen, and where health data lies is not left to a default: set AWS_REGION.")
    return undefined
  }
  const options = context.flatMap((pair) => ["--context", pair])
  if (!cdk(["synth", "--quiet", "--output", assembly, ...stacks, ...options], env)) return undefined
  const target = targetOf(read(`${assembly}/manifest.json`))
  if (target === undefined)
    say("There are no AWS credentials, or no region: sign in (aws sso login, AWS_PROFILE, AWS_REGION) and try again.")
  else if (!target.endsWith(`/${chosen}`)) say(`The stacks are for ${target}, and the region chosen is ${chosen}.`)
  else return target
  return undefined
}

/**
 * Deploys to AWS what a person has confirmed, to an account that has all it takes: first it is looked at (`preflight.ts`), and where the deployment would
 * break, nothing is changed. The account and region are those the CLI itself resolved, whatever profile or session they came from, and must be typed.
 * `--yes ACCOUNT/REGION` stands in for a person where none is there.
 *
 * `args`: names of stacks (all of them where none is given), `-c name=value`, `--yes ACCOUNT/REGION`, `--check` to look and no more. True where it was
 * done.
 */
export const deployToAws = async (args: readonly string[], deployer: Deployer): Promise<boolean> => {
  const { values, positionals: stacks } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      context: { type: "string", short: "c", multiple: true, default: [] },
      yes: { type: "string" },
      check: { type: "boolean", default: false },
    },
  })
  const target = await synthesized(deployer, values.context, stacks)
  if (target === undefined) return false
  const deployment = deploymentIn(deployer.read, target, stacks)
  if (!(await looksWell(deployer, deployment))) return false
  if (values.check) return true

  deployer.say(warning(deployment, stacks))
  if (!(await isConfirmed(deployer, target, values.yes))) return false
  // Who confirmed by an option is not there to approve changes of permissions either.
  const approval = values.yes === undefined ? [] : ["--require-approval", "never"]
  return deployer.cdk(
    ["deploy", "--app", assembly, ...(stacks.length > 0 ? stacks : ["--all"]), ...approval],
    withoutLocalCloud(deployer.env),
  )
}
