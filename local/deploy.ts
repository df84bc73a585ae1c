import { existsSync, readFileSync, rmSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"
import * as z from "zod/mini"
import { runCommand } from "./command.ts"
import { localDirectory, makeScratchDirectory, repositoryDirectory } from "./directories.ts"
import { loopbackEndpoint } from "./endpoint.ts"
import { accountId, localCloudEnvironment, region } from "./environment.ts"

/** A custom resource whose function fails without an answer is waited for for an hour. */
const timeoutMs = 10 * 60_000
const cdk = join(repositoryDirectory, "node_modules/aws-cdk/bin/cdk")

export interface DeployOptions {
  /** Of the local cloud; refused unless loopback. */
  endpoint: string
  /** The CDK app's context, on top of `cdk.json`'s. */
  context: Record<string, string>
  /** Gets the cloud assembly; of two deployments at the same time, each needs its own. */
  outDir: string
  /** All, unless named. What they depend on is deployed with them. */
  stacks?: readonly string[]
  /** The command that runs the CDK app, instead of `cdk.json`'s. */
  app?: string
  /** Gets the CLI's output, line by line. */
  log: (line: string) => void
}

/** Outputs by stack, then by the output's name. */
export type StackOutputs = Record<string, Record<string, string>>

const stackOutputs = z.record(z.string(), z.record(z.string(), z.string()))

/**
 * Puts the stacks on a local cloud with the same `cdk` that puts them on AWS. May be called again for the same cloud.
 * Throws for an endpoint that isn't loopback, and `CommandError` with the end of the CLI's output when it fails.
 */
export async function deploy(options: DeployOptions): Promise<StackOutputs> {
  const { context, outDir, stacks = ["--all"], app, log } = options
  const endpoint = loopbackEndpoint(options.endpoint).origin
  const scratchDirectory = makeScratchDirectory("deploy")
  const outputsFile = join(scratchDirectory, "outputs.json")
  const env = cdkEnvironment(endpoint)
  const common = ["--ci", "--no-color", "--no-notices", "--output", outDir]
  const runCdk = (args: readonly string[], cwd: string) =>
    runCommand(process.execPath, [cdk, ...args, ...common], { cwd, env, log, timeoutMs })
  try {
    // Away from `cdk.json`: with its app, the CLI would synthesize the stacks to bootstrap for.
    await runCdk(["bootstrap", `aws://${accountId}/${region}`], scratchDirectory)
    const appArgs = app === undefined ? [] : ["--app", app]
    const contextArgs = Object.entries(context).flatMap(([name, value]) => ["--context", `${name}=${value}`])
    const silent = ["--require-approval", "never", "--progress", "events"]
    await runCdk(
      ["deploy", ...stacks, ...silent, "--outputs-file", outputsFile, ...appArgs, ...contextArgs],
      repositoryDirectory,
    )
    return existsSync(outputsFile) ? stackOutputs.parse(JSON.parse(readFileSync(outputsFile, "utf8"))) : {}
  } finally {
    rmSync(scratchDirectory, { recursive: true, force: true })
  }
}

function cdkEnvironment(endpoint: string): NodeJS.ProcessEnv {
  const env = localCloudEnvironment(endpoint)
  return {
    ...env,
    // The CDK app runs on the Node that runs us.
    PATH: [dirname(process.execPath), env["PATH"]].join(delimiter),
    CI: "true",
    // Its caches: by default the home directory's, where this cloud's account would stay.
    CDK_HOME: join(localDirectory, "cdk"),
    CDK_DISABLE_CLI_TELEMETRY: "true",
    CDK_DISABLE_VERSION_CHECK: "true",
  }
}
