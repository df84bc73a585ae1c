import { expect, test } from "vitest"
import { type Json, resourcesOf, synthesize } from "./stacks.ts"

const { cloud, index } = synthesize()

/** The body as CloudFormation puts it together, each reference as its logical id. */
const bodyOf = (
  value: Json,
): { widgets: { type: string; properties: { alarms?: string[]; metrics?: unknown[] } }[] } => {
  const spelledOut = (part: Json): string =>
    typeof part === "string" ? part : (part["Fn::GetAtt"]?.[0] ?? String(part.Ref ?? "token"))
  return JSON.parse(typeof value === "string" ? value : value["Fn::Join"][1].map(spelledOut).join(""))
}

test.each([
  ["the EHR cloud", cloud, "Emergency accesses"],
  ["the index", index, "Requests"],
])("the dashboard of %s shows every alarm, and what people meet", (_, template, graph) => {
  const [dashboard, ...others] = resourcesOf(template, "AWS::CloudWatch::Dashboard")
  expect(others).toEqual([])
  const { widgets } = bodyOf(dashboard?.Properties["DashboardBody"])
  const shown = widgets.flatMap(({ properties }) => properties.alarms ?? [])
  const ids = resourcesOf(template, "AWS::CloudWatch::Alarm").map(({ id }) => id)
  expect(shown.toSorted()).toEqual(ids.toSorted())
  for (const { properties } of widgets) expect((properties.alarms ?? []).length).toBeLessThanOrEqual(100)
  expect(JSON.stringify(widgets)).toContain(graph)
  // Nothing of a request or a patient: only what is counted.
  expect(JSON.stringify(widgets)).not.toMatch(/"type":"(log|custom)"/)
})
