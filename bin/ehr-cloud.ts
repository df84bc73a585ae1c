import path from "node:path"
import { App, Validations } from "aws-cdk-lib"
import { routeNames } from "../contract/routes.ts"
import { bundledCode } from "../lib/bundles.ts"
import { readConfig } from "../lib/config.ts"
import { EhrCloudStack } from "../lib/ehr-cloud-stack.ts"
import { HealthRecordIndexStack } from "../lib/health-record-index-stack.ts"

const app = new App()
const config = readConfig(app.node)
const code = await bundledCode(
  [...routeNames, "system/sweep-accounts"],
  path.join(app.outdir, "functions"),
  config.trustPolicy,
)
/** The account and region that the CLI's credentials are for: it refuses to deploy to any other. */
const env = { account: process.env["CDK_DEFAULT_ACCOUNT"], region: process.env["CDK_DEFAULT_REGION"] }

if (config.nag) {
  const { AwsSolutionsChecks, HIPAASecurityChecks } = await import("cdk-nag")
  Validations.of(app).addPlugins(new AwsSolutionsChecks(), new HIPAASecurityChecks())
}
new HealthRecordIndexStack(app, { config, code, env })
new EhrCloudStack(app, { config, code, env })
app.synth()
