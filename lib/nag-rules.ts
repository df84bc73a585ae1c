import { type App, Validations } from "aws-cdk-lib"

/** Holds every stack of the app against cdk-nag's rules; a finding without a line in `nag-acknowledgements.ts` ends the synthesis. */
export const holdAgainstRules = async (app: App) => {
  // Imported on demand: a local cloud, deployed at each start, does without.
  const { AwsSolutionsChecks, HIPAASecurityChecks } = await import("cdk-nag")
  Validations.of(app).addPlugins(new AwsSolutionsChecks(), new HIPAASecurityChecks())
}
