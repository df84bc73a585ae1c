import { execFile } from "node:child_process"
import { writeFileSync } from "node:fs"
import path from "node:path"
import { promisify } from "node:util"
import { hashList, readBuiltFiles, sha256 } from "./built-files.ts"
import { type AppName, appNames } from "./policy.ts"

const here = import.meta.dirname

/** Where `npm run build:apps` puts the apps, and the list of their files' hashes. */
const builtApps = path.join(here, "../.local/apps")

/** The name of the list, beside the apps' folders: `sha256sum --check` reads it there. */
export const hashListName = "SHA256SUMS"

/** Where `npm run build:apps` puts an app. */
export const builtApp = (app: AppName): string => path.join(builtApps, app)

/**
 * Builds one app into a directory, and empties it first. Guarantees the same bytes from the same sources and packages, whatever the folder, the
 * time and the environment: a process of its own bundles it, and inherits no variable but `PATH`.
 */
export const buildApp = async (app: AppName, directory = builtApp(app)): Promise<void> => {
  const { PATH = "" } = process.env
  const env = { PATH, NODE_ENV: "production", TZ: "UTC", LC_ALL: "C" }
  const { stderr } = await promisify(execFile)(process.execPath, [path.join(here, "bundle.ts"), app, directory], {
    env,
  })
  process.stderr.write(stderr)
}

/** Builds both apps, writes the list of their files' hashes beside them, and returns that list's own SHA-256. */
export const buildApps = async (directory = builtApps): Promise<string> => {
  for (const app of appNames) await buildApp(app, path.join(directory, app))
  const list = hashList(new Map(appNames.map((app) => [app, readBuiltFiles(path.join(directory, app))])))
  writeFileSync(path.join(directory, hashListName), list)
  return sha256(list)
}

if (import.meta.main) process.stdout.write(`${await buildApps()}  ${hashListName}\n`)
