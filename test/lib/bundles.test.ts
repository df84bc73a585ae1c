import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { routeNames } from "../../contract/routes.ts"
import { bundle, bundledCode, bundleOptions, handlerFile } from "../../lib/bundles.ts"
import { type FunctionName, unroutedFunctions } from "../../lib/use-case-function.ts"
import { newProvider } from "../kit/provider.ts"
import { functionsOf, synthesize } from "./stacks.ts"

const { cloud, index } = synthesize()
const environments = new Map(
  [...functionsOf(cloud), ...functionsOf(index)].map(({ name, fn }): [string, string[]] => [
    name,
    Object.keys(fn.Properties.Environment?.Variables ?? {}),
  ]),
)
const names: FunctionName[] = [...routeNames, ...unroutedFunctions]
const written = names.filter((name) => existsSync(handlerFile(name)))

/** Imports a bundle in a process of its own, told what Lambda and the stack tell it; `function`, or why it didn't load. */
const load = (directory: string, name: FunctionName): string => {
  const told = Object.fromEntries(
    (environments.get(name) ?? []).map((variable) => [variable, variable === "CLOUD_ID" ? keys.cloudId : "x"]),
  )
  // What a module goes on to do, with values that mean nothing, is not the question.
  const script = `process.on("unhandledRejection", () => {}); import(process.argv[1]).then(({ handler }) => typeof handler, (error) => error.message)
    .then((outcome) => process.stdout.write(outcome, () => process.exit()))`
  return execFileSync(process.execPath, ["--eval", script, path.join(directory, name, "index.mjs")], {
    encoding: "utf8",
    env: {
      ...told,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "x",
      AWS_SECRET_ACCESS_KEY: "x",
      AWS_SESSION_TOKEN: "x",
      LAMBDA_TASK_ROOT: path.join(directory, name),
    },
  })
}

const { keys } = await newProvider()
const policy = readFileSync(path.join(import.meta.dirname, "trust-policy.json"), "utf8")

describe("bundles", () => {
  // Outside the repository, so that nothing is found in its node_modules.
  const directory = mkdtempSync(path.join(tmpdir(), "bundles-"))
  const trustPolicy = path.join(directory, "policy.json")

  beforeAll(async () => {
    writeFileSync(trustPolicy, policy)
    await bundledCode(written, directory, { trustPolicy, providerKeys: keys.list })
  }, 60_000)
  afterAll(() => rmSync(directory, { recursive: true }))

  test("every function has a handler", () => {
    expect(written).toEqual(names)
  })

  test.each(written)("%s takes at most 700 kB", (name) => {
    expect(statSync(path.join(directory, name, "index.mjs")).size).toBeLessThanOrEqual(700_000)
  })

  test.each(written)("%s loads with what its stack tells it, from its bundle alone", (name) => {
    expect(load(directory, name)).toBe("function")
  })

  test("the emergency access has the trust policy beside its module", () => {
    expect(readFileSync(path.join(directory, "hcp/emergency-access/trust-policy.json"), "utf8")).toBe(policy)
  })

  test.each([
    ["a file that is no trust policy", '{"anchors":[]}'],
    // By its form it is one: the function would refuse it when it starts.
    [
      "a trust policy with a certificate that can't be read",
      policy.replace(/"certificate": "MII/, '"certificate": "MIJ'),
    ],
  ])("%s is refused before anything is bundled", async (_, text) => {
    const file = path.join(directory, "not-a-policy.json")
    writeFileSync(file, text)
    await expect(bundledCode(written, path.join(directory, "none"), { trustPolicy: file })).rejects.toThrow(
      /not-a-policy.json is not a trust policy/,
    )
    expect(existsSync(path.join(directory, "none"))).toBe(false)
  })

  test("what is left out is imported on demand only", () => {
    for (const name of written) {
      const code = readFileSync(path.join(directory, name, "index.mjs"), "utf8")
      for (const external of bundleOptions.external) {
        expect(code).not.toMatch(new RegExp(`(?:from|import)\\s*["']${external}`))
        expect(code).not.toContain(`require("${external}`)
      }
    }
  })

  test("a handler that isn't there is an error that names it", async () => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the point is that there is no such function
    const missing = "hcp/not-written" as FunctionName
    await expect(bundle([missing], path.join(directory, "none"))).rejects.toThrow(/hcp\/not-written/)
  })
})
