import { existsSync, readdirSync, readFileSync } from "node:fs"
import path from "node:path"

/** What others have published: FHIR bundles, a CT image, Project Wycheproof's vectors. It lies beside the repository, and is no part of it. */
export const samplesFolder = path.join(import.meta.dirname, "../../shared/data")

const absent = !existsSync(samplesFolder)
// A reporter keeps quiet about what is skipped.
if (absent) console.warn(`Not tested on what others have published: there is no ${samplesFolder}.`)

/** What needs them is skipped; in CI it fails. */
export const withoutSamples = absent && process.env["CI"] === undefined

export const sampleNames: readonly string[] = absent ? [] : readdirSync(samplesFolder)

export const sample = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(path.join(samplesFolder, name)))
