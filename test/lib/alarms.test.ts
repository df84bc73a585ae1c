import { readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, test } from "vitest"
import { functionsOf, type Json, referred, resourcesOf, synthesize } from "./stacks.ts"

const templates = synthesize()
const all = [templates.cloud, templates.index]
const alarms = all.flatMap((template) =>
  resourcesOf(template, "AWS::CloudWatch::Alarm").map(({ id, Properties }) => ({ id, ...Properties })),
) as Json[]

/**
 * What an alarm says of one period: the sum, or the greatest, of what was counted in it; undefined where nothing was. Source: Amazon CloudWatch User Guide,
 * "Using Amazon CloudWatch alarms", evaluating an alarm and missing data.
 */
const stateOf = (alarm: Json, counted: number | undefined): "ALARM" | "OK" => {
  if (counted === undefined) return alarm.TreatMissingData === "breaching" ? "ALARM" : "OK"
  const isOver = {
    GreaterThanOrEqualToThreshold: counted >= alarm.Threshold,
    GreaterThanThreshold: counted > alarm.Threshold,
    LessThanThreshold: counted < alarm.Threshold,
  }[alarm.ComparisonOperator as string]
  if (isOver === undefined) throw new Error(`nobody knows ${alarm.ComparisonOperator}`)
  return isOver ? "ALARM" : "OK"
}

const hour = 3_600_000
/** By metric: a period in which something is wrong, and periods in which all is well. */
const drills: Readonly<Record<string, { wrong: number | undefined; well: readonly (number | undefined)[] }>> = {
  "AWS/Lambda Errors": { wrong: 1, well: [0, undefined] },
  "AWS/Lambda Throttles": { wrong: 1, well: [0, undefined] },
  // Nothing was called: no data at all.
  "AWS/Lambda Invocations": { wrong: undefined, well: [1, 5] },
  // A function that is paid for by the call, and called by strangers.
  "AWS/Lambda Invocations, many": { wrong: 36_000, well: [0, 1000, undefined] },
  "AWS/Lambda IteratorAge": { wrong: hour, well: [0, 1000, undefined] },
  "AWS/ApiGateway 5xx": { wrong: 1, well: [0, undefined] },
  "AWS/DynamoDB ReadThrottleEvents": { wrong: 1, well: [0, undefined] },
  "AWS/DynamoDB WriteThrottleEvents": { wrong: 1, well: [0, undefined] },
  "AWS/SQS ApproximateNumberOfMessagesVisible": { wrong: 1, well: [0, undefined] },
  "EhrCloud UndeliverableNotices": { wrong: 1, well: [0, undefined] },
}
/** Of too many calls and of none the metric is the same. */
const metricOf = ({ Namespace, MetricName, ComparisonOperator }: Json) =>
  `${Namespace} ${MetricName}${MetricName === "Invocations" && ComparisonOperator === "GreaterThanThreshold" ? ", many" : ""}`

describe("an alarm", () => {
  test("has its section in the runbook, whatever its metric", () => {
    const runbook = readFileSync(path.join(import.meta.dirname, "../../docs/runbook.md"), "utf8")
    const [ofAlarms = ""] = runbook.split("# Runbook: what is done by hand")
    const sections = [...ofAlarms.matchAll(/^## (.+)\n\n(.{40,})/gm)].map(([, title]) => title)
    expect(sections.toSorted((a = "", b = "") => (a < b ? -1 : 1))).toEqual(Object.keys(drills).sort())
  })

  test("is drilled whatever its metric, and no drill is of a metric that has none", () => {
    expect([...new Set(alarms.map(metricOf))].sort()).toEqual(Object.keys(drills).sort())
  })

  test.each(Object.keys(drills))(
    "of %s rings in one period in which something is wrong, and in none where all is well",
    (metric) => {
      for (const alarm of alarms.filter((one) => metricOf(one) === metric)) {
        expect(alarm.EvaluationPeriods).toBe(1)
        expect(stateOf(alarm, drills[metric]?.wrong)).toBe("ALARM")
        for (const counted of drills[metric]?.well ?? []) expect(stateOf(alarm, counted)).toBe("OK")
      }
    },
  )

  test("rings where a clock calls a function no more, after more than two of its turns", () => {
    const rules = resourcesOf(templates.cloud, "AWS::Events::Rule")
    const turns = { "rate(1 minute)": 60, "rate(15 minutes)": 900, "rate(1 hour)": 3600 } as Record<string, number>
    const called = functionsOf(templates.cloud).filter(({ fn }) =>
      rules.some(({ Properties }) => Properties["Targets"].some(({ Arn }: Json) => referred(Arn) === fn.id)),
    )
    expect(called.map(({ name }) => name).sort()).toEqual([
      "system/deactivate",
      "system/sign-checkpoint",
      "system/sweep-accounts",
    ])
    for (const { fn } of called) {
      const [rule] = rules.filter(({ Properties }) => referred(Properties["Targets"][0].Arn) === fn.id)
      const [idle, ...others] = alarms.filter(
        (alarm) => alarm.MetricName === "Invocations" && referred(alarm.Dimensions[0].Value) === fn.id,
      )
      expect(others).toEqual([])
      expect(idle).toMatchObject({
        Statistic: "Sum",
        AlarmDescription: expect.stringContaining("the clock calls nothing"),
      })
      expect(idle?.Period).toBeGreaterThan(
        2 * (turns[rule?.Properties["ScheduleExpression"]] ?? Number.POSITIVE_INFINITY),
      )
    }
  })

  test("rings for every table, and for the functions of the account together", () => {
    for (const template of all) {
      const of = resourcesOf(template, "AWS::CloudWatch::Alarm").map(({ Properties }) => Properties)
      for (const { id } of resourcesOf(template, "AWS::DynamoDB::Table"))
        for (const MetricName of ["ReadThrottleEvents", "WriteThrottleEvents"])
          expect(of).toContainEqual(
            expect.objectContaining({ MetricName, Dimensions: [{ Name: "TableName", Value: { Ref: id } }] }),
          )
      const together = of.filter(({ MetricName }) => MetricName === "Throttles")
      expect(together).toHaveLength(1)
      expect(together[0]?.["Dimensions"]).toBeUndefined()
    }
  })
})
