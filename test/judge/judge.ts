import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import * as z from "zod/mini"
import { CommandError, runCommand } from "../../local/command.ts"
import { localDirectory } from "../../local/directories.ts"

/** HL7's definitions, as npm has them. */
const packages = [
  {
    name: "hl7.fhir.uv.ips@2.0.0",
    file: "hl7.fhir.uv.ips-2.0.0.tgz",
    sha512: "4PWToJ9b1FgXsm9DIvHiU6HO9Z5m75jxk0e0MXOmhFlf2m2slk/d6RoiSYIChKJlvmtJ7GbRftt7PphlwmZcbQ==",
  },
  {
    name: "hl7.terminology.r4@7.0.1",
    file: "hl7.terminology.r4-7.0.1.tgz",
    sha512: "UamZUcARk/TEaJb7X0hDyANmC7bCv0Jof0u0uGIOB2O9VQX0uV45Vf4EyONHM6Sejv6q7sXEAzKAQsgw1Cld3A==",
  },
  {
    name: "hl7.fhir.uv.extensions.r4@5.3.0-ballot-tc1",
    file: "hl7.fhir.uv.extensions.r4-5.3.0-ballot-tc1.tgz",
    sha512: "mhPmWj0dZvIC7JQLkqxT42/UpoIyYwFtSiIZbhX/ArfX96hR5oTqNvAUvMD+dMH45m4mGMQ19WyCZFpP1OLEbQ==",
  },
] as const

const folder = join(localDirectory, "judge")
const [jars, definitions] = [join(folder, "lib"), join(folder, "packages")]

/** A finding of the judge. `at`: a FHIRPath. */
const issue = z.object({
  file: z.string(),
  severity: z.enum(["information", "warning", "error", "fatal"]),
  at: z.nullish(z.string()),
  id: z.nullish(z.string()),
  message: z.string(),
})
export type Issue = z.infer<typeof issue>

/** Gets HAPI FHIR from Maven Central (145 MiB, once) and HL7's packages from npm. Throws, saying what to install, where it can't. */
const fetchJudge = async (log: (line: string) => void): Promise<void> => {
  mkdirSync(folder, { recursive: true })
  if (!existsSync(join(folder, "whole"))) {
    rmSync(jars, { recursive: true, force: true })
    log("Getting HAPI FHIR's validator from Maven Central (once, 145 MiB) ...")
    const pom = join(import.meta.dirname, "pom.xml")
    await needs(
      "Maven (mvn)",
      runCommand("mvn", ["-q", "-B", "-f", pom, "dependency:copy-dependencies", `-DoutputDirectory=${jars}`]),
    )
    mkdirSync(join(folder, "whole"))
  }
  mkdirSync(definitions, { recursive: true })
  for (const { name, file, sha512 } of packages) {
    const archive = join(definitions, file)
    if (!existsSync(archive)) await runCommand("npm", ["pack", "--silent", "--pack-destination", definitions, name])
    if (createHash("sha512").update(readFileSync(archive)).digest("base64") !== sha512)
      throw new Error(`${archive} is not ${name}: remove it, and look where it came from`)
  }
}

const needs = async (what: string, running: Promise<string>): Promise<string> => {
  try {
    return await running
  } catch (error) {
    if (error instanceof CommandError && error.notFound)
      throw new Error(`${what} isn't installed: without it nobody judges our FHIR documents`, { cause: error })
    throw error
  }
}

/** What the judge finds in the JSON files of a folder, every one of which it must have read. */
export const judge = async (documents: string, log: (line: string) => void): Promise<readonly Issue[]> => {
  await fetchJudge(log)
  const source = join(import.meta.dirname, "Judge.java")
  const args = ["-Xmx3g", "-cp", join(jars, "*"), source, definitions, documents]
  log(`Judging ${readdirSync(documents).length} documents ...`)
  const found = await needs("Java 17 or later (java)", runCommand("java", args))
  return z.parse(z.array(issue), JSON.parse(found))
}
