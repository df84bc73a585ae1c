import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { KMSClient } from "@aws-sdk/client-kms"
import { SSMClient } from "@aws-sdk/client-ssm"
import { withoutLocalCloud } from "../lib/aws-deployment.ts"
import { makeProviderKey } from "../lib/provider-key-deployment.ts"
import { deployedKeys } from "./aws-account.ts"
import { deployerOf } from "./aws-deployer.ts"
import { kmsKeyStore } from "./kms-key-store.ts"

process.env = withoutLocalCloud(process.env)
const done = await makeProviderKey(process.argv.slice(2), {
  ...deployerOf(process.env),
  keys: (region) => kmsKeyStore(new KMSClient({ region })),
  deployedKeys: (region, cloud) => deployedKeys(new SSMClient({ region }), cloud),
  readIfThere: (file) => (existsSync(file) ? readFileSync(file, "utf8") : undefined),
  write: (file, text) => {
    writeFileSync(`${file}.new`, text, { flush: true })
    renameSync(`${file}.new`, file)
  },
  now: () => new Date(),
})
process.exitCode = done ? 0 : 1
