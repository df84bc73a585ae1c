import { Duration } from "aws-cdk-lib"
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch"
import type { Construct } from "constructs"
import type { UseCaseFunction } from "./use-case-function.ts"

/**
 * An alarm where a function that a clock calls is not called: its rule is off, or AWS calls nothing. No invocation is no data, which counts as wrong here:
 * its alarm for errors would be silent for ever. `within`: longer than its schedule takes for two calls. Source: Amazon CloudWatch User Guide, "Configuring how
 * CloudWatch alarms treat missing data".
 */
export const alarmWhereIdle = (
  scope: Construct,
  id: string,
  fn: UseCaseFunction,
  { impact, within }: { readonly impact: string; readonly within: Duration },
): Alarm =>
  new Alarm(scope, id, {
    alarmDescription: impact,
    metric: fn.lambda.metricInvocations({ period: within, statistic: "sum" }),
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
    treatMissingData: TreatMissingData.BREACHING,
  })

/** An alarm where AWS turned something of ours away because it was too much, once in five minutes. */
export const alarmWhereThrottled = (scope: Construct, id: string, metric: IMetric, impact: string): Alarm =>
  new Alarm(scope, id, {
    alarmDescription: impact,
    metric,
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  })

/** An alarm where a function is called more often in an hour than people would: each call of it costs, or mails. */
export const alarmWhereMany = (
  scope: Construct,
  id: string,
  fn: UseCaseFunction,
  { impact, atMost }: { readonly impact: string; readonly atMost: number },
): Alarm =>
  new Alarm(scope, id, {
    alarmDescription: impact,
    metric: fn.lambda.metricInvocations({ period: Duration.hours(1), statistic: "sum" }),
    threshold: atMost,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  })
