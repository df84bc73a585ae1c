import { deployToAws, withoutLocalCloud } from "../lib/aws-deployment.ts"
import { awsAccount, clientsIn } from "./aws-account.ts"
import { deployerOf } from "./aws-deployer.ts"

// What is asked here is asked of AWS too, and not of a local cloud.
process.env = withoutLocalCloud(process.env)
const done = await deployToAws(process.argv.slice(2), {
  ...deployerOf(process.env),
  account: (region) => awsAccount(clientsIn(region)),
})
process.exitCode = done ? 0 : 1
