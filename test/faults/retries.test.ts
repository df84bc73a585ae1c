import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, test } from "vitest"
import { routeNames } from "../../contract/routes.ts"
import { functionNames } from "./functions.ts"
import { withRetries } from "./strikes.ts"
import { deploymentOfTests, patience, ways } from "./suite.ts"
import { unattended } from "./unattended.ts"

const deployment = deploymentOfTests()
const called = new Set<string>()

test("every function has its rows", () => {
  expect([...routeNames, ...Object.keys(unattended)].sort()).toEqual([...functionNames].sort())
})

describe("a fault that passes, met by the SDK's own retries,", () => {
  test.each(ways)(
    "is seen by nobody in $name",
    async ({ trial }) => {
      const { wrong, commands } = await withRetries(deployment(), await trial(deployment()))
      for (const command of commands) called.add(command)
      expect(wrong).toEqual([])
    },
    patience,
  )

  test("was tried at every command that an adapter knows", () => {
    const folder = path.join(import.meta.dirname, "../../functions/adapters")
    const sources = readdirSync(folder).map((file) => readFileSync(path.join(folder, file), "utf8"))
    const known = sources.flatMap((source) => [...source.matchAll(/new (\w+Command)\(/g)].map(([, name = ""]) => name))
    // A client's secret is asked for once, when a function is new; `test/adapters/accounts.cognito.test.ts` fails it.
    // A copy in parts begins at 256 MiB, too many to copy in memory at every fault; `test/domain/contribution-uploads.test.ts` fails it at each call.
    expect([...called, "DescribeUserPoolClientCommand", "UploadPartCopyCommand"].sort()).toEqual(
      [...new Set(known)].sort(),
    )
  })
})
