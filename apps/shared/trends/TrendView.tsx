import { useEffect, useId, useRef, useState } from "preact/hooks"
import { latestOf, type Point, type Trend } from "../../../fhir/trends.ts"
import { formatDate, formatFhirDate, formatNumber } from "../format.ts"
import { chartOf } from "./chart.ts"
import { trendWords } from "./words.ts"
import "./trends.css"

const height = 190

/** Drawn as wide as there is room for, so that its letters stay legible on a phone and on paper. */
const useWidth = () => {
  const holder = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(560)
  useEffect(() => {
    const element = holder.current
    if (element === null) return undefined
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.max(220, Math.round(entry.contentRect.width)))
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [holder, width] as const
}

/** As the laboratory wrote it: a number's last digit says how exact it is. */
const valueText = ({ comparator = "", number }: Point, unit: string): string =>
  `${comparator}${number}${unit === "" ? "" : ` ${unit}`}`

const rangeText = ({ low, high, rangeWords }: Point): string | undefined => {
  const number = (bound: number) => formatNumber(bound, { maximumSignificantDigits: 6 })
  if (low !== undefined && high !== undefined) return `${number(low)} – ${number(high)}`
  if (low !== undefined) return `≥ ${number(low)}`
  return high === undefined ? rangeWords : `≤ ${number(high)}`
}

const Flag = ({ point: { flag } }: { point: Point }) => {
  if (flag === undefined) return null
  const [mark, text] = {
    high: ["▲", trendWords.value.high],
    low: ["▼", trendWords.value.low],
    normal: ["", trendWords.value.normal],
  }[flag]
  return (
    <span class={flag === "normal" ? "badge badge-good" : "badge badge-bad"}>
      {mark !== "" && <span aria-hidden="true">{mark} </span>}
      {text}
    </span>
  )
}

/** A point outside its range has another shape, not only another colour. */
const Mark = ({ x, y, point }: { x: number; y: number; point: Point }) => {
  const kind = point.unreviewed ? " chart-unreviewed" : ""
  if (point.flag === "high") return <path class={`chart-out${kind}`} d={`M${x} ${y - 7}l6.5 11h-13z`} />
  if (point.flag === "low") return <path class={`chart-out${kind}`} d={`M${x} ${y + 7}l6.5-11h-13z`} />
  return <circle class={`chart-point${kind}`} cx={x} cy={y} r={4.5} />
}

const Chart = ({ trend }: { trend: Trend }) => {
  const [holder, width] = useWidth()
  const frame = { left: 52, right: width - 12, top: 10, bottom: height - 26 }
  const chart = chartOf(trend, frame)
  return (
    <div ref={holder}>
      {chart !== undefined && (
        <svg
          class="chart"
          width={width}
          height={height}
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={trendWords.value.chart(trend.name, chart.points.length, trend.unit)}
        >
          {chart.band !== undefined && (
            <rect
              class="chart-band"
              x={frame.left}
              width={frame.right - frame.left}
              y={chart.band.top}
              height={chart.band.bottom - chart.band.top}
            />
          )}
          {chart.ticks.map(({ y, value }) => (
            <g key={value}>
              <line class="chart-grid" x1={frame.left} x2={frame.right} y1={y} y2={y} />
              <text class="chart-text" x={frame.left - 8} y={y + 4} text-anchor="end">
                {formatNumber(value, { maximumSignificantDigits: 6 })}
              </text>
            </g>
          ))}
          <polyline class="chart-line" points={chart.points.map(({ x, y }) => `${x},${y}`).join(" ")} />
          {chart.points.map((at, i) => (
            <Mark key={i} {...at} />
          ))}
          <text class="chart-text" x={frame.left} y={height - 6}>
            {formatDate(chart.from)}
          </text>
          {chart.to !== chart.from && (
            <text class="chart-text" x={frame.right} y={height - 6} text-anchor="end">
              {formatDate(chart.to)}
            </text>
          )}
        </svg>
      )}
    </div>
  )
}

const Table = ({ trend }: { trend: Trend }) => {
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label={`${trend.name}: ${trendWords.value.table}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">{trendWords.value.date}</th>
            <th scope="col">
              {trendWords.value.value}
              {trend.unit !== "" && ` (${trend.unit})`}
            </th>
            <th scope="col">{trendWords.value.range}</th>
            <th scope="col">{trendWords.value.flag}</th>
          </tr>
        </thead>
        <tbody>
          {trend.points.toReversed().map((point, i) => (
            <tr key={i}>
              <td>{point.date === undefined ? trendWords.value.noDate : formatFhirDate(point.date)}</td>
              <td class="strong">{valueText(point, "")}</td>
              <td>{rangeText(point) ?? "–"}</td>
              <td>
                <Flag point={point} />
                {point.unreviewed && <span class="badge badge-warn">{trendWords.value.unreviewedPoint}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** One quantity over time: the latest value in words, then drawn with its reference band, then as a table. */
export const TrendView = ({ trend }: { trend: Trend }) => {
  const id = useId()
  const latest = latestOf(trend)
  const range = latest && rangeText(latest)
  return (
    <section class="panel trend" aria-labelledby={id}>
      <h3 id={id}>
        {trend.name}
        {trend.unit !== "" && <span class="muted small"> {trend.unit}</span>}
      </h3>
      {latest !== undefined && (
        <p class="row">
          <span class="trend-latest">{valueText(latest, trend.unit)}</span>
          <Flag point={latest} />
          {latest.unreviewed && <span class="badge badge-warn">{trendWords.value.unreviewedPoint}</span>}
          <span class="small muted">
            {latest.date === undefined ? trendWords.value.noDate : formatFhirDate(latest.date)} ·{" "}
            {range === undefined ? trendWords.value.noReference : trendWords.value.reference(range)}
          </span>
        </p>
      )}
      <Chart trend={trend} />
      {trend.alsoInOtherUnits && <p class="small">{trendWords.value.otherUnits}</p>}
      {trend.points.length > 1 && (
        <details>
          <summary>{trendWords.value.table}</summary>
          <Table trend={trend} />
        </details>
      )}
    </section>
  )
}
