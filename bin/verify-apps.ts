import { execFile } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs, promisify } from "node:util"
import { buildApps, hashListName } from "../apps/build.ts"
import { type BuiltFiles, readBuiltFiles } from "../apps/built-files.ts"
import { type AppName, appNames } from "../apps/policy.ts"
import { messageOf } from "./terminal-text.ts"
import { appAt, compareSite } from "./verify-apps/compare-site.ts"
import { reportLines, row } from "./verify-apps/report.ts"
import { siteAddress, siteAt } from "./verify-apps/site.ts"

const usage = `Usage: npm run verify:apps URL...
Builds the apps of this checkout, and holds each deployed app against the build: every file, the page at every
path, and the headers they are served with; what each deployment has of its own (cloud, index, calls) is shown.
Exit code: 0 all are identical, 1 something differs, is missing or is extra, 2 nothing could be checked.`

/** Says which checkout was built: a comparison holds against this alone. */
const checkout = async (): Promise<string> => {
  const cwd = join(import.meta.dirname, "..")
  const git = async (...args: string[]) => (await promisify(execFile)("git", args, { cwd })).stdout.trim()
  try {
    const changes = await git("status", "--porcelain")
    return `${await git("describe", "--tags", "--always")}${changes === "" ? "" : ", with changes not committed"}`
  } catch {
    return "not a git checkout"
  }
}

const builds = async (): Promise<{ hash: string; apps: Map<AppName, BuiltFiles> }> => {
  // Apart from what may be served from this checkout at the moment.
  const directory = mkdtempSync(join(tmpdir(), "ehr-cloud-verify-"))
  try {
    const hash = await buildApps(directory)
    return { hash, apps: new Map(appNames.map((app) => [app, readBuiltFiles(join(directory, app))])) }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const main = async (args: string[]): Promise<number> => {
  const { positionals } = parseArgs({ args, allowPositionals: true, options: {} })
  if (positionals.length === 0) {
    console.error(usage)
    return 2
  }
  const sites = positionals.map((text) => siteAt(siteAddress(text)))
  const { hash, apps } = await builds()
  console.log(row("checkout", await checkout()))
  console.log(row("build", `${hash}  ${hashListName}`))
  let code = 0
  for (const site of sites) {
    const app = await appAt(site, apps)
    const comparison = await compareSite(site, app, apps.get(app) ?? new Map())
    console.log(["", ...reportLines(site.origin, comparison)].join("\n"))
    if (comparison.differences.length > 0) code = 1
  }
  return code
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 2
}
