import { createHash } from "node:crypto"
import { readdirSync, readFileSync, statSync } from "node:fs"
import path from "node:path"

/** A built app: its files by their path on the site, `/index.html` among them. */
export type BuiltFiles = ReadonlyMap<string, Uint8Array>

/** Returns the paths of all files below a directory as a site has them, in an order that no locale changes. */
export const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => statSync(path.join(directory, name)).isFile())
    .map((name) => `/${name.split(path.sep).join("/")}`)
    .sort()

export const readBuiltFiles = (directory: string): BuiltFiles =>
  new Map(filesBelow(directory).map((file) => [file, readFileSync(path.join(directory, file))]))

export const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex")

/** Returns a line for each file of each app, `HASH  ehr/index.html`, in the form that `sha256sum --check` reads. */
export const hashList = (apps: ReadonlyMap<string, BuiltFiles>): string =>
  [...apps]
    .flatMap(([app, files]) => [...files].map(([file, bytes]) => ({ name: `${app}${file}`, bytes })))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, bytes }) => `${sha256(bytes)}  ${name}\n`)
    .join("")
