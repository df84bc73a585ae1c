import { copyFile, readFile, writeFile } from "node:fs/promises"
import path from "node:path"
import { Code } from "aws-cdk-lib/aws-lambda"
import { type BuildOptions, build, type Plugin } from "esbuild"
import * as z from "zod/mini"
import { opensslKeys } from "../certify/openssl-keys.ts"
import { readAnchors } from "../protocol/certification/path.ts"
import type { ProviderKeyList } from "../protocol/provider-keys.ts"
import { trustPolicy as trustPolicySchema } from "../protocol/trust-policy.ts"
import type { FunctionName } from "./use-case-function.ts"

const repository = path.join(import.meta.dirname, "..")

/**
 * pkijs and asn1js are published with `static { this.NAME = "..." }` in every class, which a bundler must take for an effect, so that
 * all of them stay: 140 kB on the way of an emergency. Written as the static fields they were, the unused ones go.
 */
const unusedClassesGo: Plugin = {
  name: "unused-classes-go",
  setup: (build) => {
    build.onLoad({ filter: /node_modules\/(pkijs|asn1js)\/build\/index\.js$/ }, async (file) => {
      const source = await readFile(file.path, "utf8")
      return { contents: source.replace(/static \{\s*this\.(\w+) = ("[^"]*"|[\w.]+);\s*\}/g, "static $1 = $2;") }
    })
  },
}

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
  plugins: [unusedClassesGo],
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
export const bundle = async (names: readonly FunctionName[], directory: string) => {
  await build({
    ...bundleOptions,
    // esbuild would read it for aliases; the compiler's settings have no say in what runs.
    tsconfigRaw: {},
    absWorkingDir: repository,
    entryPoints: names.map((name) => ({ in: handlerFile(name), out: `${name}/index` })),
    outdir: directory,
  })
}

/** Refused here rather than in an emergency: read as the function reads it when it starts. */
const checkTrustPolicy = async (file: string) => {
  try {
    readAnchors(z.parse(trustPolicySchema, JSON.parse(await readFile(file, "utf8"))), opensslKeys)
  } catch (cause) {
    throw new Error(`-c trustPolicy: ${file} is not a trust policy`, { cause })
  }
}

/** Those that ask who is a professional. */
const certifying: readonly FunctionName[] = [
  "hcp/emergency-access",
  "practice/register",
  "practice/join",
  "practice/sign-in",
]

/** Those that tell, or verify, by which keys the provider signs. */
const knowingKeys: readonly FunctionName[] = ["system/well-known", "system/sign-checkpoint"]

/**
 * Bundles the functions and gives each its code. The trust policy goes along with those that ask who is a
 * professional, as `trust-policy.json` beside its module, and the provider's keys with those that know them, as `provider-keys.json`: read at cold start, a
 * new one is a new deployment.
 */
export const bundledCode = async (
  names: readonly FunctionName[],
  directory: string,
  { trustPolicy, providerKeys }: { trustPolicy?: string | undefined; providerKeys?: ProviderKeyList | undefined },
): Promise<CodeOf> => {
  if (trustPolicy !== undefined) await checkTrustPolicy(trustPolicy)
  await bundle(names, directory)
  if (trustPolicy !== undefined)
    for (const name of certifying) await copyFile(trustPolicy, path.join(directory, name, "trust-policy.json"))
  if (providerKeys !== undefined)
    for (const name of knowingKeys)
      await writeFile(path.join(directory, name, "provider-keys.json"), JSON.stringify(providerKeys))
  return (name) => Code.fromAsset(path.join(directory, name))
}
