import { copyFileSync, mkdirSync } from "node:fs"
import path from "node:path"
import { Code } from "aws-cdk-lib/aws-lambda"
import { type BuildOptions, buildSync } from "esbuild"
import type { FunctionName } from "./use-case-function.ts"

const repository = path.join(import.meta.dirname, "..")

/**
 * How every function is bundled: one ES module with the AWS SDK in it.
 *
 * `external`: what the SDK's default credential chain imports, dynamically, for a developer's machine (profiles, SSO, processes,
 * web identity). A function's credentials come from its environment, the chain's first link, so none of it is ever loaded
 * there, and leaving it out halves a bundle. `nested-clients` and `token-providers` serve only those.
 */
export const bundleOptions = {
  bundle: true,
  platform: "node",
  target: "node24",
  format: "esm",
  mainFields: ["module", "main"],
  minify: true,
  sourcemap: false,
  legalComments: "none",
  outExtension: { ".js": ".mjs" },
  logLevel: "warning",
  external: [
    "@aws-sdk/credential-provider-ini",
    "@aws-sdk/credential-provider-login",
    "@aws-sdk/credential-provider-process",
    "@aws-sdk/credential-provider-sso",
    "@aws-sdk/credential-provider-web-identity",
    "@aws-sdk/nested-clients",
    "@aws-sdk/token-providers",
  ],
} as const satisfies BuildOptions

/** The file that holds a function's handler. */
export const handlerFile = (name: FunctionName) => path.join(repository, "functions", `${name}.ts`)

/** Where a function's code comes from. */
export type CodeOf = (name: FunctionName) => Code

/** Bundles the functions into `directory`, all in one call (docs/adr/0002-one-esbuild-call.md), each to `<name>/index.mjs`. */
export const bundle = (names: readonly FunctionName[], directory: string) => {
  buildSync({
    ...bundleOptions,
    // esbuild would read it for aliases; the compiler's settings have no say in what runs.
    tsconfigRaw: {},
    absWorkingDir: repository,
    entryPoints: names.map((name) => ({ in: handlerFile(name), out: `${name}/index` })),
    outdir: directory,
  })
}

/**
 * Bundles the functions and gives each its code. The trust policy goes along with the one function that asks who is a
 * professional, as `trust-policy.json` beside its module: read at cold start, a new policy is a new deployment.
 */
export const bundledCode = (
  names: readonly FunctionName[],
  directory: string,
  trustPolicy: string | undefined,
): CodeOf => {
  bundle(names, directory)
  if (trustPolicy !== undefined) {
    const beside = path.join(directory, "hcp/emergency-access")
    mkdirSync(beside, { recursive: true })
    copyFileSync(trustPolicy, path.join(beside, "trust-policy.json"))
  }
  return (name) => Code.fromAsset(path.join(directory, name))
}
