import { Duration } from "aws-cdk-lib"
import { Rule, Schedule } from "aws-cdk-lib/aws-events"
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets"
import type { Construct } from "constructs"
import { alarmWhereIdle } from "./alarms.ts"
import type { CodeOf } from "./bundles.ts"
import { type CloudParts, grantDestroyAccount } from "./cloud-use-cases.ts"
import type { Config } from "./config.ts"
import type { DataKey } from "./data-key.ts"
import { Notices } from "./notices.ts"
import { UseCaseFunction } from "./use-case-function.ts"

interface Making {
  readonly code: CodeOf
  readonly dataKey: DataKey
  readonly config: Config
}

/** The end of accounts that has waited. */
export const dueDeactivations = (
  scope: Construct,
  cloud: CloudParts,
  { code, dataKey, config: { retain } }: Making,
): void => {
  const deactivate = new UseCaseFunction(scope, {
    name: "system/deactivate",
    impact: "accounts whose end was asked for a week ago and more are not destroyed",
    code: code("system/deactivate"),
    dataKey,
    retain,
    timeout: Duration.minutes(10),
  })
  grantDestroyAccount(cloud, deactivate)
  cloud.identity.grantDeleteMember(deactivate)
  alarmWhereIdle(scope, "DeactivateIdle", deactivate, {
    impact: "accounts whose end was asked for are not destroyed: the clock calls nothing",
    within: Duration.hours(3),
  })
  new Rule(scope, "DueDeactivations", {
    schedule: Schedule.rate(Duration.hours(1)),
    targets: [new LambdaFunction(deactivate.lambda)],
  })
}

/** What the identity manager asks before it gives a patient a token. */
export const tokenUseCases = (
  scope: Construct,
  { identity }: CloudParts,
  { code, dataKey, config: { retain } }: Making,
): void => {
  const limitToken = new UseCaseFunction(scope, {
    name: "system/limit-token",
    impact: "patients can't sign in",
    code: code("system/limit-token"),
    dataKey,
    retain,
    // The identity manager waits no longer.
    timeout: Duration.seconds(5),
  })
  identity.limitTokens(limitToken)
}

/** What a clock or a stream calls, and nobody waits for. */
export const unattendedUseCases = (
  scope: Construct,
  { main, auditTrail, auditCheckpoints, identity, providerKey, audience }: CloudParts,
  { code, dataKey, config, sender }: Making & { /** From where patients are told. */ readonly sender: string },
): void => {
  const { retain } = config
  const sweepAccounts = new UseCaseFunction(scope, {
    name: "system/sweep-accounts",
    impact: "professionals' temporary accounts outlive their time, though no grant does",
    code: code("system/sweep-accounts"),
    dataKey,
    retain,
    timeout: Duration.minutes(5),
  })
  main.grantRead(sweepAccounts)
  main.grantRemove(sweepAccounts)
  identity.grantSweep(sweepAccounts)
  alarmWhereIdle(scope, "SweepIdle", sweepAccounts, {
    impact: "professionals' temporary accounts outlive their time, though no grant does: the clock calls nothing",
    within: Duration.hours(1),
  })
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
  alarmWhereIdle(scope, "SignIdle", signCheckpoint, {
    impact: "what is added to patients' audit trails is not sealed: the clock calls nothing",
    within: Duration.minutes(5),
  })
  new Rule(scope, "SignCheckpoint", {
    schedule: Schedule.rate(Duration.minutes(1)),
    targets: [new LambdaFunction(signCheckpoint.lambda)],
  })

  const notifyPatient = new UseCaseFunction(scope, {
    name: "system/notify-patient",
    impact:
      "patients are not told that an emergency access to their record has begun, or that their account is to be destroyed",
    code: code("system/notify-patient"),
    dataKey,
    retain,
  })
  const notices = new Notices(scope, "Notices", { sender, retain })
  identity.grantPatientAddress(notifyPatient)
  notices.grantSend(notifyPatient)
  notices.ofEach(notifyPatient, main)
}
