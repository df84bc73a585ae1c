import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { localDirectory } from "../../local/directories.ts"
import { documents, faulty } from "./documents.ts"
import { type Issue, judge } from "./judge.ts"

/**
 * `npm run judge`: HAPI FHIR's validator, which knows nothing of ours, on every kind of FHIR document that we write. Prints each error; exits with
 * 1 where there is any, where a planted fault isn't found, or where the judge can't be had.
 */
const folder = join(localDirectory, "judge", "documents")

/** IHE's profiles are in no registry that we know of: what they want is tested in `test/sdk/patient/audit-fhir.test.ts`. */
const isUnknownProfile = ({ message }: Issue): boolean => message.includes("https://profiles.ihe.net/ITI/BALP/")

const isError = (issue: Issue): boolean =>
  (issue.severity === "error" || issue.severity === "fatal") && !isUnknownProfile(issue)

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
const [good, planted] = [documents(), faulty()]
for (const { name, json } of [...good, ...planted]) writeFileSync(join(folder, `${name}.json`), json)

const issues = await judge(folder, console.error)
const errors = issues.filter(isError)
const wrong = errors.filter(({ file }) => !planted.some(({ name }) => file === `${name}.json`))
const missed = planted.filter(({ name }) => !errors.some(({ file }) => file === `${name}.json`))
for (const { file, at, message } of wrong) console.log(`${join(folder, file)}: ${at ?? ""}: ${message}`)
for (const { name } of missed) console.log(`${name}: the judge doesn't see it`)
console.log(
  `${good.length} documents, ${wrong.length} errors; ${planted.length - missed.length} of ${planted.length} planted faults found`,
)
process.exitCode = wrong.length > 0 || missed.length > 0 ? 1 : 0
