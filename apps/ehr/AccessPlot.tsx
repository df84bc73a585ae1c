import type { AuditEvent } from "../../contract/audit.ts"
import { formatDate, formatTime } from "../shared/format.ts"
import { words } from "./words/words.ts"

const width = 640
const height = 132
const side = 12
/** Whoever held a card, or works in a practice, is above, with the professionals. */
const lanes = { hcp: 36, holder: 36, member: 36, patient: 78 } as const

/** Where moments stand between the first and the last, in the plot's own units. */
export const placeOnAxis = (moments: readonly number[]): ((moment: number) => number) => {
  const first = Math.min(...moments)
  const span = Math.max(...moments) - first
  return (moment) => (span === 0 ? width / 2 : side + ((moment - first) / span) * (width - 2 * side))
}

/** Every entry as a mark on a line of time: others above, the patient below; refusals are crosses, so that colour is not all there is. */
export const AccessPlot = ({ events }: { events: readonly AuditEvent[] }) => {
  const { access: says } = words.value
  const moments = events.map(({ at }) => Date.parse(at))
  const [first, last] = [Math.min(...moments), Math.max(...moments)]
  if (events.length === 0) return null
  const place = placeOnAxis(moments)
  const sameDay = formatDate(first) === formatDate(last)
  const label = (moment: number) => (sameDay ? formatTime(moment) : formatDate(moment))
  return (
    <figure class="stack stack-s">
      <svg class="plot" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={says.plotLabel(events.length)}>
        {(["hcp", "patient"] as const).map((lane) => (
          <g key={lane}>
            <line class="plot-lane" x1={side} x2={width - side} y1={lanes[lane]} y2={lanes[lane]} />
            <text class="plot-text" x={side} y={lanes[lane] - 14}>
              {lane === "hcp" ? says.filters.hcp : says.filters.patient}
            </text>
          </g>
        ))}
        {events.map(({ seq, at, actor, outcome }) => {
          const x = place(Date.parse(at))
          const y = lanes[actor.kind]
          return outcome === "permitted" ? (
            <circle key={seq} class={`plot-${actor.kind}`} cx={x} cy={y} r={5} />
          ) : (
            <path key={seq} class="plot-refused" d={`M${x - 5} ${y - 5}l10 10M${x - 5} ${y + 5}l10 -10`} />
          )
        })}
        <text class="plot-text" x={side} y={height - 12}>
          {label(first)}
        </text>
        <text class="plot-text" x={width - side} y={height - 12} text-anchor="end">
          {label(last)}
        </text>
      </svg>
      {sameDay && <figcaption class="small muted">{formatDate(first)}</figcaption>}
    </figure>
  )
}
