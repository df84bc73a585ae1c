import { execFile } from "node:child_process"
import { cpSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { buildApps, hashListName } from "../../apps/build.ts"
import { hashList, readBuiltFiles, sha256 } from "../../apps/built-files.ts"
import { appNames } from "../../apps/policy.ts"

const run = promisify(execFile)
const scratch = mkdtempSync(path.join(tmpdir(), "ehr-cloud-reproducible-"))
mkdirSync(".local", { recursive: true })
// On the packages' own disk, so that they can be linked: copied, they take longer than both builds.
const elsewhere = mkdtempSync(path.resolve(".local/elsewhere-"))
const copy = path.join(elsewhere, "a folder (ü, 'η')", "ehr")
afterAll(() => {
  for (const folder of [scratch, elsewhere]) rmSync(folder, { recursive: true, force: true })
})

/** Large packages that have no part in a build; without them, linking takes a third of the time. */
const noPart = new Set(["@aws-sdk", "@smithy", "@stryker-mutator", "aws-cdk-lib", "caniuse-lite", "node", "rxjs"])

const linkAll = (from: string, to: string, left: ReadonlySet<string> = new Set()) => {
  mkdirSync(to)
  for (const entry of readdirSync(from, { withFileTypes: true }).filter(({ name }) => !left.has(name))) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)]
    if (entry.isDirectory()) linkAll(source, target)
    else if (entry.isFile()) linkSync(source, target)
  }
}

/** The checkout in another folder, and above it what tools look for in every folder above. */
const copyCheckout = () => {
  const left = new Set([".git", ".local", "node_modules", "coverage", "bench", "docs", "test"])
  mkdirSync(copy, { recursive: true })
  for (const name of readdirSync(".").filter((name) => !left.has(name) && !name.startsWith("cdk.out")))
    cpSync(name, path.join(copy, name), { recursive: true })
  linkAll("node_modules", path.join(copy, "node_modules"), noPart)
  const above = path.dirname(copy)
  writeFileSync(path.join(above, "postcss.config.cjs"), "throw new Error('the build reads what is not its own')")
  writeFileSync(path.join(above, "package.json"), '{ "type": "commonjs", "workspaces": ["*"] }')
  writeFileSync(path.join(above, "tsconfig.json"), '{ "compilerOptions": { "jsx": "preserve" } }')
}

const listIn = (directory: string) => readFileSync(path.join(directory, hashListName), "utf8")

describe("the apps, built twice", () => {
  let hash: string
  beforeAll(async () => {
    hash = await buildApps(scratch)
    copyCheckout()
  }, 120_000)

  test("are the same bytes in another folder, time zone, locale and environment", async () => {
    const env = {
      PATH: process.env["PATH"],
      TZ: "Pacific/Apia",
      LC_ALL: "tr_TR.UTF-8",
      NODE_ENV: "development",
      VITE_USER_NODE_ENV: "development",
      BROWSERSLIST: "ie 11",
      build: path.join(copy, "apps/build.ts"),
    }
    const { stdout } = await run("sh", ["-c", `umask 077; exec '${process.execPath}' "$build"`], { cwd: scratch, env })
    expect(listIn(path.join(copy, ".local/apps"))).toBe(listIn(scratch))
    expect(stdout).toBe(`${hash}  ${hashListName}\n`)
  })

  test("are the same bytes in another year, whatever chance says", async () => {
    const ahead = `const now = Date.now; Date.now = () => now() + 4e10; Math.random = () => 0.5`
    const clock = `data:text/javascript,${encodeURIComponent(ahead)}`
    const later = path.join(scratch, "later")
    for (const app of appNames) {
      const args = ["--import", clock, path.join(copy, "apps/bundle.ts"), app, path.join(later, app)]
      await run(process.execPath, args, { env: { PATH: process.env["PATH"], NODE_ENV: "production" } })
    }
    const built = new Map(appNames.map((app) => [app, readBuiltFiles(path.join(later, app))]))
    expect(sha256(hashList(built))).toBe(hash)
  })

  test("are listed, each file by its hash, as sha256sum reads it", async () => {
    const lines = listIn(scratch).trimEnd().split("\n")
    const files = appNames.flatMap((app) =>
      [...readBuiltFiles(path.join(scratch, app)).keys()].map((file) => app + file),
    )
    expect(lines.map((line) => line.slice(66))).toEqual(files.toSorted((one, other) => (one < other ? -1 : 1)))
    expect(files).toContain("hcp/worker.js")
    for (const line of lines)
      expect(line).toBe(`${sha256(readFileSync(path.join(scratch, line.slice(66))))}  ${line.slice(66)}`)
    expect(sha256(listIn(scratch))).toBe(hash)
  })
})

test("a list of hashes is in the order of its names, whatever order the files are in", () => {
  const bytes = new TextEncoder().encode("x")
  const names = ["/assets/a.js", "/assets/B.js", "/index.html", "/ä.js"]
  const list = (order: string[]) => hashList(new Map([["ehr", new Map(order.map((name) => [name, bytes]))]]))
  expect(list(names)).toBe(list(names.toReversed()))
  expect(list(names).match(/\/\S*/g)).toEqual(["/assets/B.js", "/assets/a.js", "/index.html", "/ä.js"])
})
