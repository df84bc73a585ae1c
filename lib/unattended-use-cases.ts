import { Duration } from "aws-cdk-lib"
import { Rule, Schedule } from "aws-cdk-lib/aws-events"
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets"
import type { Construct } from "constructs"
import type { CodeOf } from "./bundles.ts"
import type { CloudParts } from "./cloud-use-cases.ts"
import type { Config } from "./config.ts"
import type { DataKey } from "./data-key.ts"
import { Notices } from "./notices.ts"
import { UseCaseFunction } from "./use-case-function.ts"

/** What a clock or a stream calls, and nobody waits for. */
export const unattendedUseCases = (
  scope: Construct,
  { main, auditTrail, auditCheckpoints, identity, providerKey, audience }: CloudParts,
  { code, dataKey, config }: { code: CodeOf; dataKey: DataKey; config: Config },
): void => {
  const { retain } = config
  const sweepAccounts = new UseCaseFunction(scope, {
    name: "system/sweep-accounts",
    impact: "professionals' temporary accounts outlive their time, though no grant does",
    code: code("system/sweep-accounts"),
    dataKey,
    retain,
  })
  main.grantRead(sweepAccounts)
  main.grantRemove(sweepAccounts)
  identity.grantSweep(sweepAccounts)
  new Rule(scope, "SweepAccounts", {
    schedule: Schedule.rate(Duration.minutes(15)),
    targets: [new LambdaFunction(sweepAccounts.lambda)],
  })

  const signCheckpoint = new UseCaseFunction(scope, {
    name: "system/sign-checkpoint",
    impact: "what was added to patients' audit trails is not sealed, so that cutting it off would not show",
    code: code("system/sign-checkpoint"),
    dataKey,
    retain,
    timeout: Duration.minutes(1),
  })
  audience.grantVerify(signCheckpoint)
  auditTrail.grantChanges(signCheckpoint)
  auditCheckpoints.grantSign(signCheckpoint)
  providerKey.grantSign(signCheckpoint)
  providerKey.grantPublicKey(signCheckpoint)
  new Rule(scope, "SignCheckpoint", {
    schedule: Schedule.rate(Duration.minutes(1)),
    targets: [new LambdaFunction(signCheckpoint.lambda)],
  })

  const notifyPatient = new UseCaseFunction(scope, {
    name: "system/notify-patient",
    impact: "patients are not told that an emergency access to their record has begun",
    code: code("system/notify-patient"),
    dataKey,
    retain,
  })
  const notices = new Notices(scope, "Notices", { sender: config.sender ?? "nobody@localhost", retain })
  identity.grantPatientAddress(notifyPatient)
  notices.grantSend(notifyPatient)
  notices.ofEachAccess(notifyPatient, main)
}
