import { execFile } from "node:child_process"
import { rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import * as z from "zod/mini"
import { environmentNames } from "../contract/environment.ts"
import { routeNames } from "../contract/routes.ts"
import { bundledCode } from "../lib/bundles.ts"
import { type FunctionName, unroutedFunctions } from "../lib/use-case-function.ts"
import { makeScratchDirectory } from "../local/directories.ts"
import { newProvider } from "../test/kit/provider.ts"
import { type Spread, spreadOf } from "./statistics.ts"

export interface BundleResult {
  readonly name: string
  /** Bytes, minified. */
  readonly size: number
  /** Milliseconds in which a new Node process imports it: the part of a cold start that is ours. */
  readonly importTime: Spread
}

const run = promisify(execFile)

// What a module goes on to do, with values that mean nothing, is not the question.
const script = `process.on("unhandledRejection", () => {}); const from = performance.now()
import(process.argv[1]).then(() => process.stdout.write(String(performance.now() - from), () => process.exit()))`

const importOnce = async (directory: string, name: FunctionName, cloudId: string): Promise<number> => {
  const env = { ...Object.fromEntries(environmentNames.map((variable) => [variable, "x"])), CLOUD_ID: cloudId }
  const { stdout } = await run(process.execPath, ["--eval", script, join(directory, name, "index.mjs")], {
    env: {
      ...env,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "x",
      AWS_SECRET_ACCESS_KEY: "x",
      LAMBDA_TASK_ROOT: join(directory, name),
    },
  })
  return z.parse(z.coerce.number(), stdout)
}

/** Every function's bundle, as it is deployed. */
export const measureBundles = async (repeats: number): Promise<BundleResult[]> => {
  const names: FunctionName[] = [...routeNames, ...unroutedFunctions]
  // Outside the repository, so that nothing is found in its node_modules.
  const directory = makeScratchDirectory("bundles")
  try {
    const provider = await newProvider()
    await bundledCode(names, directory, { providerKeys: provider.keys.list })
    const times = new Map<FunctionName, number[]>(names.map((name) => [name, []]))
    // Round by round, so that no function has the slow minute of the machine to itself. The first fills the disk's cache.
    for (let round = 0; round <= repeats; round++)
      for (const name of names) {
        const time = await importOnce(directory, name, provider.cloudId)
        if (round > 0) times.get(name)?.push(time)
      }
    return names.map((name) => ({
      name,
      size: statSync(join(directory, name, "index.mjs")).size,
      importTime: spreadOf(times.get(name) ?? []),
    }))
  } finally {
    rmSync(directory, { recursive: true })
  }
}
