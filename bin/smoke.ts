import { stdin, stdout } from "node:process"
import { createInterface } from "node:readline/promises"
import { parseArgs } from "node:util"
import { routeNames } from "../contract/routes.ts"
import { readCredential } from "./ehr/credential.ts"
import type { Signed } from "./smoke/seen.ts"
import { reasonFor, walk } from "./smoke/walk.ts"
import { messageOf } from "./terminal-text.ts"

const usage = `Usage: npm run smoke -- --cloud URL --index URL --email ADDRESS --certificate FILE.p12 | FILE.pem --key FILE.pem [--local]
After a deployment: a synthetic patient, and a professional by a certificate that the trust policy takes, walk every route and signed URL, and the account is
destroyed again. ADDRESS is a mailbox that you read: it is mailed a code, which is asked for, and told of each access.
Exit code: 0 all of it answered, 1 something didn't, 2 nothing could be tried.`

const options = {
  cloud: { type: "string" },
  index: { type: "string" },
  email: { type: "string" },
  certificate: { type: "string" },
  key: { type: "string" },
  local: { type: "boolean", default: false },
} as const

const askCode = async (): Promise<string> => {
  const terminal = createInterface({ input: stdin, output: stdout })
  try {
    return (await terminal.question("The code that was mailed: ")).trim()
  } finally {
    terminal.close()
  }
}

/** Routes that should have answered and didn't, and URLs that nobody was given. */
const missing = (routes: ReadonlySet<string>, signed: ReadonlySet<Signed>): string[] => {
  const urls: readonly Signed[] = ["PUT object", "PUT part", "GET object"]
  return [
    ...routeNames.filter((name) => !routes.has(name) && reasonFor(name) === undefined),
    ...urls.filter((url) => !signed.has(url)),
  ]
}

const main = async (): Promise<number> => {
  const { values } = parseArgs({ options })
  const { cloud, index, email, certificate, key, local } = values
  if (cloud === undefined || index === undefined || email === undefined || certificate === undefined) {
    console.error(usage)
    return 2
  }
  const credential = await readCredential(certificate, key)
  const say = (line: string) => console.log(line)
  const { routes, signed } = await walk({ cloud, index, email, credential, local, code: askCode, say })
  say(`${routes.size} of ${routeNames.length} routes answered, and ${[...signed].join(", ")}.`)
  const reasons = Map.groupBy(
    routeNames.filter((name) => reasonFor(name) !== undefined),
    reasonFor,
  )
  for (const [reason, names] of reasons) say(`Not walked: ${names.join(", ")}: ${reason}.`)
  const faults = missing(routes, signed)
  for (const fault of faults) console.error(`Did not answer: ${fault}`)
  return faults.length === 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
