import { type Budget, limits, rowName } from "../budgets.ts"
import type { Machine, Results } from "../results.ts"
import type { Spread } from "../statistics.ts"
import { type Bar, barPlot, escape, linePlot } from "./plot.ts"
import { budgetTable, type Table, tablesOf } from "./table.ts"

export interface Report {
  /** RFC 3339. */
  readonly at: string
  readonly quick: boolean
  readonly machine: Machine
  /** What must be known to read the figures. */
  readonly notes: readonly string[]
  readonly budgets: readonly Budget[]
  readonly results: Results
}

const style = `
:root { color-scheme: light dark; --text: #1b1f24; --page: #ffffff; --soft: #d8dee4; --limit: #b3261e; --s0: #8a94a0; --s1: #0b6e99; --s2: #b7791f; --s3: #4f7a3a; --s4: #7a4f8f; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e8eb; --page: #15181c; --soft: #3a414a; --limit: #ff8a80; --s0: #8f9aa6; --s1: #5cc0ea; --s2: #e8b45a; --s3: #9ccf7f; --s4: #c99be0; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); margin: 2rem auto; max-width: 60rem; padding: 0 1rem; }
svg { width: 100%; height: auto; } svg text { font: 11px system-ui, sans-serif; fill: var(--text); }
.grid { stroke: var(--soft); } .range { stroke: var(--text); } .limit { stroke: var(--limit); stroke-dasharray: 4 3; }
${[0, 1, 2, 3, 4].map((i) => `.s${i} { fill: var(--s${i}); } .l${i} { fill: none; stroke: var(--s${i}); stroke-width: 2; }`).join("\n")}
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; margin: .5rem 0 2rem; }
th, td { border-bottom: 1px solid var(--soft); padding: .25rem .6rem; text-align: left; } caption { text-align: left; font-weight: 600; }
.no { color: var(--limit); font-weight: 600; }`

const tableHtml = ({ title, head, rows }: Table): string => {
  const cell = (text: string) =>
    `<td${text === "NO" || text === "not measured" ? ' class="no"' : ""}>${escape(text)}</td>`
  const body = rows.map((row) => `<tr>${row.map(cell).join("")}</tr>`).join("")
  const heads = head.map((name) => `<th scope="col">${escape(name)}</th>`).join("")
  return `<div class="wide"><table><caption>${escape(title)}</caption><thead><tr>${heads}</tr></thead><tbody>${body}</tbody></table></div>`
}

const barOf = ({ median, min, max }: Spread): Bar => ({ value: median, min, max })

const transferPlots = ({ transfers }: Results): string[] =>
  (["upload", "download"] as const).flatMap((direction) => {
    const measured = transfers.flatMap((result) => {
      const found = result[direction]
      return found === undefined ? [] : [{ name: `${result.storage}: ${rowName(result)}`, ...found }]
    })
    if (measured.length === 0) return []
    const groups = measured.map(({ name, bare, ours }) => ({ name, bars: [barOf(bare), barOf(ours)] }))
    const ratios = measured.map(({ name, ratio, transferRatio }) => ({
      name,
      bars: [barOf(ratio), barOf(transferRatio)],
    }))
    const bareName = direction === "upload" ? "bare PUT" : "bare GET"
    return [
      barPlot({ title: `Speed of ${direction}s`, unit: "MB/s", series: [bareName, direction], groups }),
      barPlot({
        title: `Speed of ${direction}s in relation to the ${bareName}`,
        unit: "times",
        series: ["whole", "bytes alone"],
        groups: ratios,
        limit: { value: limits.speed, name: `budget ${limits.speed}` },
      }),
    ]
  })

const growthPlots = ({ growth }: Results): string[] =>
  growth.map(({ tables, of, figures }) =>
    linePlot({
      title: `Time in relation to the fewest ${of}, on ${tables}`,
      xUnit: of,
      yUnit: "times",
      logarithmic: true,
      limit: { value: limits.growth, name: `budget ${limits.growth}` },
      series: [...new Set(figures.map(({ operation }) => operation))].map((operation) => ({
        name: operation,
        points: figures
          .filter((figure) => figure.operation === operation)
          .map(({ count, growth: { median } }) => ({ x: count, y: median })),
      })),
    }),
  )

const bundlePlots = ({ bundles }: Results): string[] =>
  bundles.length === 0
    ? []
    : [
        barPlot({
          title: "Minified functions",
          unit: "kB",
          series: ["size"],
          groups: [...bundles]
            .sort((a, b) => b.size - a.size)
            .map(({ name, size }) => ({ name, bars: [{ value: size / 1000 }] })),
          limit: { value: limits.bundleBytes / 1000, name: "budget" },
        }),
      ]

const emergencyPlots = ({ emergency }: Results): string[] =>
  emergency.length === 0
    ? []
    : [
        barPlot({
          title: "Emergency path",
          unit: "ms",
          series: emergency.map(({ tables }) => tables),
          groups: (
            [
              ["scan to first byte", "firstByte"],
              ["scan to decrypted record", "read"],
              ["emergency-access: waiting for AWS", "awsTime"],
              ["emergency-access: waiting for the authority", "authorityTime"],
              ["emergency-access: our own time", "ownTime"],
            ] as const
          ).map(([name, field]) => ({ name, bars: emergency.map((result) => barOf(result[field])) })),
        }),
      ]

const surgePlots = ({ surge }: Results): string[] =>
  surge.map(({ professionals, arrivalSeconds, record, session }) =>
    linePlot({
      title: `${professionals} professionals within ${arrivalSeconds} s: how many are served after so many seconds`,
      xUnit: "percent of the professionals",
      yUnit: "s from arrival",
      series: [
        { name: "first record", points: record.quantiles.map((y, x) => ({ x, y })) },
        { name: "session", points: session.quantiles.map((y, x) => ({ x, y })) },
      ],
    }),
  )

/** The whole report as one page that needs nothing else. */
export const page = ({ at, quick, machine, notes, budgets, results }: Report): string => {
  const plots = [
    ...transferPlots(results),
    ...emergencyPlots(results),
    ...growthPlots(results),
    ...surgePlots(results),
    ...bundlePlots(results),
  ]
  const { cpu, cores, memoryGigabytes, system, node, loadBefore, loadAfter } = machine
  const about = `${at}, ${quick ? "quick: small and few, no figures to quote" : "full"}. ${cpu}, ${cores} cores, ${memoryGigabytes} GB, ${system}, Node ${node}; load ${loadBefore} before, ${loadAfter} after.`
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>ehr-cloud: measurements</title><style>${style}</style></head><body>
<h1>ehr-cloud: measurements</h1>
<p>${escape(about)}</p>
<ul>${notes.map((note) => `<li>${escape(note)}</li>`).join("")}</ul>
${tableHtml(budgetTable(budgets))}
${plots.map((plot) => `<figure>${plot}</figure>`).join("\n")}
${tablesOf(results).map(tableHtml).join("\n")}
</body></html>
`
}
