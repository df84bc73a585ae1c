import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import path from "node:path"
import { stdin, stdout } from "node:process"
import { createInterface } from "node:readline/promises"
import { SSMClient } from "@aws-sdk/client-ssm"
import type { Deployer } from "../lib/aws-deployment.ts"

const repository = path.join(import.meta.dirname, "..")
const cli = path.join(path.dirname(createRequire(import.meta.url).resolve("aws-cdk/package.json")), "bin/cdk")

/** By the variables that the CDK reads, or the profile. */
const chosenRegion = async (env: NodeJS.ProcessEnv): Promise<string | undefined> => {
  const told = [env["AWS_REGION"], env["AWS_DEFAULT_REGION"]].find((region) => region !== undefined && region !== "")
  if (told !== undefined) return told
  try {
    return await new SSMClient({}).config.region()
  } catch {
    return undefined
  }
}

/** This machine, for what deploys to AWS. `env`: without anything of a local cloud's. */
export const deployerOf = (env: NodeJS.ProcessEnv): Omit<Deployer, "account"> => ({
  env,
  cdk: (args, env) =>
    spawnSync(process.execPath, [cli, ...args], { cwd: repository, env, stdio: "inherit" }).status === 0,
  read: (file) => readFileSync(path.resolve(repository, file), "utf8"),
  say: (text) => console.log(text),
  region: chosenRegion,
  ask: async (question) => {
    if (!stdin.isTTY) return undefined
    const terminal = createInterface({ input: stdin, output: stdout })
    try {
      return await terminal.question(question)
    } finally {
      terminal.close()
    }
  },
})
