import { parseArgs } from "node:util"
import { DynamoDBClient } from "@aws-sdk/client-dynamodb"
import { restoreTable } from "./restore/table.ts"

const usage = `Usage: npm run restore:aws -- SOURCE TARGET [--at TIME]
Restores the table SOURCE (output MainTable or AuditTable) as it was at a moment to the new table TARGET, in the region and account of AWS_REGION and
AWS_PROFILE, with all that AWS leaves behind. SOURCE is not touched. Interrupted, the same command goes on.
  --at  the moment (RFC 3339) of the last 35 days; without it, the latest there is
docs/runbook.md, "Restore a table", has what comes before and after.`

const { values, positionals } = parseArgs({ allowPositionals: true, options: { at: { type: "string" } } })
const [source, target, ...others] = positionals
const at = values.at === undefined ? undefined : new Date(values.at)

if (source === undefined || target === undefined || others.length > 0 || Number.isNaN(at?.getTime())) {
  console.error(usage)
  process.exitCode = 2
} else {
  const arn = await restoreTable(
    { dynamo: new DynamoDBClient(), say: (line) => console.log(line) },
    { source, target, ...(at && { at }) },
  )
  console.log(
    `\nDeploy with -c ${arn.includes("/stream/") ? "mainTable" : "auditTable"}=${arn}, from now on each time.`,
  )
}
