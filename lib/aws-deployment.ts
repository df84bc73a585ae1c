import { parseArgs } from "node:util"
import * as z from "zod/mini"

type Environment = Readonly<Record<string, string | undefined>>

/** What a deployment needs of the world. */
export interface Deployer {
  readonly env: Environment
  /** Runs the CDK's CLI; true where it succeeded. */
  readonly cdk: (args: readonly string[], env: Environment) => boolean
  /** The text of a file, which must be there. */
  readonly read: (file: string) => string
  readonly say: (text: string) => void
  /** What a person typed; undefined where there is none to ask. */
  readonly ask: (question: string) => Promise<string | undefined>
}

/** What is synthesized is looked at, confirmed and deployed: the same files throughout. */
export const assembly = "cdk.out.aws"

const manifest = z.object({
  artifacts: z.record(z.string(), z.object({ type: z.string(), environment: z.optional(z.string()) })),
})

/** Nothing that was set for a local cloud may lead the CLI there, nor make a local cloud pass for AWS. */
export const withoutLocalCloud = (env: Environment): Environment => ({
  ...Object.fromEntries(Object.entries(env).filter(([name]) => !/^AWS_ENDPOINT_URL(_|$)/.test(name))),
  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
})

/** ACCOUNT/REGION of the stacks; undefined where the CLI found no credentials or no region. */
export const targetOf = (manifestJson: string): string | undefined => {
  const { artifacts } = z.parse(manifest, JSON.parse(manifestJson))
  const targets = new Set(
    Object.values(artifacts).flatMap(({ type, environment }) =>
      type === "aws:cloudformation:stack" && environment !== undefined ? [environment] : [],
    ),
  )
  const [target, ...others] = targets
  return others.length > 0 ? undefined : target?.match(/^aws:\/\/(\d{12}\/[a-z0-9-]+)$/)?.[1]
}

/**
 * Deploys to AWS what a person has confirmed: the account and region are those the CLI itself resolved, whatever profile or
 * session they came from, and must be typed. `--yes ACCOUNT/REGION` stands in for a person where none is there.
 *
 * `args`: names of stacks (all of them where none is given), `-c name=value`, `--yes ACCOUNT/REGION`. True where it was done.
 */
export const deployToAws = async (args: readonly string[], deployer: Deployer): Promise<boolean> => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { context: { type: "string", short: "c", multiple: true, default: [] }, yes: { type: "string" } },
  })
  const { cdk, read, say, ask } = deployer
  const env = withoutLocalCloud(deployer.env)

  if (values.context.some((pair) => pair.split("=", 1)[0] === "nag")) {
    say("What goes to AWS is held against the rules, always: leave out -c nag=...")
    return false
  }

  const context = values.context.flatMap((pair) => ["--context", pair])
  if (!cdk(["synth", "--quiet", "--output", assembly, ...positionals, ...context], env)) return false
  const target = targetOf(read(`${assembly}/manifest.json`))
  if (target === undefined) {
    say("There are no AWS credentials, or no region: sign in (aws sso login, AWS_PROFILE, AWS_REGION) and try again.")
    return false
  }

  const stacks = positionals.length > 0 ? positionals.join(", ") : "all stacks"
  say(
    `This deploys ${stacks} to AWS account ${target.replace("/", ", region ")}. It costs money and holds health data.`,
  )
  const answer = values.yes ?? (await ask(`Type ${target} to go ahead: `))
  if (answer?.trim() !== target) {
    say(
      answer === undefined
        ? `Nobody is there to confirm it: pass --yes ${target}.`
        : "That is not where this would be deployed. Nothing was changed.",
    )
    return false
  }
  // Who confirmed by an option is not there to approve changes of permissions either.
  const approval = values.yes === undefined ? [] : ["--require-approval", "never"]
  return cdk(["deploy", "--app", assembly, ...(positionals.length > 0 ? positionals : ["--all"]), ...approval], env)
}
