import { writeFileSync } from "node:fs"
import path from "node:path"
import { App } from "aws-cdk-lib"
import { routeNames } from "../contract/routes.ts"
import { bundledCode } from "../lib/bundles.ts"
import { configurationFile, readConfig } from "../lib/config.ts"
import { EhrCloudStack } from "../lib/ehr-cloud-stack.ts"
import { frontsOf } from "../lib/front-stack.ts"
import { HealthRecordIndexStack } from "../lib/health-record-index-stack.ts"
import { holdAgainstRules } from "../lib/nag-rules.ts"
import { unroutedFunctions } from "../lib/use-case-function.ts"

const app = new App()
const config = readConfig(app.node)
const code = await bundledCode(
  [...routeNames, ...unroutedFunctions],
  path.join(app.outdir, "functions"),
  config.trustPolicy,
)
/** The account and region that the CLI's credentials are for: it refuses to deploy to any other. */
const env = { account: process.env["CDK_DEFAULT_ACCOUNT"], region: process.env["CDK_DEFAULT_REGION"] }

if (config.nag) await holdAgainstRules(app)
new HealthRecordIndexStack(app, { config, code, env })
new EhrCloudStack(app, { config, code, env })
frontsOf(app, config, env.account)
app.synth()
writeFileSync(path.join(app.outdir, configurationFile), JSON.stringify(config))
