import { CfnOutput, Duration, Stack } from "aws-cdk-lib"
import { Alarm, AlarmStatusWidget, Dashboard, GraphWidget, type IMetric, Metric } from "aws-cdk-lib/aws-cloudwatch"
import { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda"
import type { Construct } from "constructs"
import type { Api } from "./http-api.ts"

/** A widget shows at most so many. Source: Amazon CloudWatch API Reference, "Dashboard body structure and syntax", alarm widget. */
const alarmsOfWidget = 100
const width = 24

const graph = (title: string, left: readonly IMetric[], right: readonly IMetric[] = []) =>
  new GraphWidget({ title, left: [...left], right: [...right], width: width / 2, height: 6 })

const period = Duration.minutes(5)
const count = (namespace: string, metricName: string, dimensionsMap: Record<string, string> = {}) =>
  new Metric({ namespace, metricName, statistic: "sum", period, dimensionsMap })

/** What somebody on call looks at first: which alarms ring, and whether people are answered, how fast, and how near a limit is. Called after all alarms are made. */
export const dashboard = (scope: Construct, { api }: { api: Api }): void => {
  const stack = Stack.of(scope)
  const alarms = stack.node.findAll().filter((construct) => construct instanceof Alarm)
  const chunks = Array.from({ length: Math.ceil(alarms.length / alarmsOfWidget) }, (_, i) =>
    alarms.slice(i * alarmsOfWidget, (i + 1) * alarmsOfWidget),
  )
  const ofApi = (metricName: string, statistic = "sum") =>
    new Metric({
      namespace: "AWS/ApiGateway",
      metricName,
      statistic,
      period,
      dimensionsMap: { ApiId: api.id },
    })
  const emergency = stack.node
    .findAll()
    .filter((construct) => construct instanceof LambdaFunction)
    .find(({ node }) => node.path.includes("/hcp-emergency-access/"))
  const shown = new Dashboard(scope, "Dashboard", {
    widgets: [
      chunks.map((some) => new AlarmStatusWidget({ title: "Alarms", alarms: some, width, height: 6 })),
      [
        graph("Requests, and what was answered by a failure", [ofApi("Count")], [ofApi("4xx"), ofApi("5xx")]),
        graph("How long people wait (ms)", [ofApi("Latency", "p50"), ofApi("Latency", "p99")]),
      ],
      [
        graph(
          "Functions of the account at once, and what was turned away",
          [new Metric({ namespace: "AWS/Lambda", metricName: "ConcurrentExecutions", statistic: "max", period })],
          [count("AWS/Lambda", "Throttles")],
        ),
        ...(emergency === undefined
          ? []
          : [
              graph(
                "Emergency accesses, and how long they take (ms)",
                [emergency.metricInvocations({ period }), emergency.metricErrors({ period })],
                [emergency.metricDuration({ period, statistic: "p99" })],
              ),
            ]),
      ],
    ],
  })
  new CfnOutput(scope, "DashboardName", { value: shown.dashboardName })
}
