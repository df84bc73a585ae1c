/** Plots as SVG that stands in the page itself: no script, colours by the page's custom properties, so that they follow light and dark. */

export const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;")

export interface Bar {
  readonly value: number
  readonly min?: number
  readonly max?: number
}
export interface Bars {
  readonly title: string
  /** On the axis. */
  readonly unit: string
  readonly series: readonly string[]
  /** One bar for each series; undefined where it was not measured. */
  readonly groups: readonly { readonly name: string; readonly bars: readonly (Bar | undefined)[] }[]
  /** A budget, drawn across. */
  readonly limit?: { readonly value: number; readonly name: string }
}

const labelWidth = 320
const plotWidth = 460
const barHeight = 13
const gap = 10
const top = 34

const round = (value: number) => Math.round(value * 10) / 10
const tick = (value: number) => (value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2))))

/** The next of 1, 2, 5, 10 ... that holds it. */
export const niceTop = (value: number): number => {
  if (!(value > 0)) return 1
  const power = 10 ** Math.floor(Math.log10(value))
  return power * (([1, 2, 5, 10] as const).find((step) => step * power >= value) ?? 10)
}

const svg = (title: string, height: number, inside: readonly string[]): string =>
  `<svg viewBox="0 0 ${labelWidth + plotWidth + 60} ${height}" role="img" aria-label="${escape(title)}"><title>${escape(title)}</title>${inside.join("")}</svg>`

const text = (x: number, y: number, words: string, anchor: "start" | "middle" | "end" = "start") =>
  `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}">${escape(words)}</text>`
const line = (x1: number, y1: number, x2: number, y2: number, kind: string) =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${kind}"/>`

const legend = (series: readonly string[], y: number): string[] =>
  series.flatMap((name, i) => {
    const x = labelWidth + i * 150
    return [`<rect x="${x}" y="${y - 9}" width="10" height="10" class="s${i}"/>`, text(x + 15, y, name)]
  })

/** Lying bars, one group below the other; a thin line shows the range. */
export const barPlot = ({ title, unit, series, groups, limit }: Bars): string => {
  const all = groups.flatMap(({ bars }) => bars.flatMap((bar) => (bar === undefined ? [] : [bar.max ?? bar.value])))
  const most = niceTop(Math.max(...all, limit?.value ?? 0))
  const x = (value: number) => labelWidth + (Math.min(value, most) / most) * plotWidth
  const groupHeight = series.length * barHeight + gap
  const bottom = top + groups.length * groupHeight
  const parts = legend(series.length > 1 ? series : [], 14)
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(line(x(most * share), top - 6, x(most * share), bottom, "grid"))
    parts.push(text(x(most * share), bottom + 16, tick(most * share), "middle"))
  }
  parts.push(text(labelWidth + plotWidth + 8, bottom + 16, unit))
  for (const [i, { name, bars }] of groups.entries()) {
    const y = top + i * groupHeight
    parts.push(text(labelWidth - 8, y + (series.length * barHeight) / 2 + 4, name, "end"))
    for (const [j, bar] of bars.entries()) {
      if (bar === undefined) continue
      const from = y + j * barHeight
      const { value, min = value, max = value } = bar
      parts.push(
        `<rect x="${labelWidth}" y="${from}" width="${round(Math.max(0, x(value) - labelWidth))}" height="${barHeight - 2}" class="s${j}"/>`,
      )
      if (max > min) parts.push(line(x(min), from + 5.5, x(max), from + 5.5, "range"))
    }
  }
  if (limit !== undefined) {
    parts.push(line(x(limit.value), top - 6, x(limit.value), bottom, "limit"))
    parts.push(text(x(limit.value), top - 10, limit.name, "middle"))
  }
  return svg(title, bottom + 26, parts)
}

export interface Lines {
  readonly title: string
  readonly xUnit: string
  readonly yUnit: string
  readonly series: readonly {
    readonly name: string
    readonly points: readonly { readonly x: number; readonly y: number }[]
  }[]
  /** Each step of ten is as wide as the one before. */
  readonly logarithmic?: boolean
  readonly limit?: { readonly value: number; readonly name: string }
}

export const linePlot = ({ title, xUnit, yUnit, series, logarithmic = false, limit }: Lines): string => {
  const height = 260
  const left = 60
  const width = labelWidth + plotWidth - left
  const scale = (value: number) => (logarithmic ? Math.log10(Math.max(value, 1)) : value)
  const points = series.flatMap((each) => each.points)
  const xs = points.map((point) => scale(point.x))
  const [first, last] = [Math.min(...xs), Math.max(...xs)]
  const most = niceTop(Math.max(...points.map((point) => point.y), limit?.value ?? 0))
  const x = (value: number) => left + (last === first ? 0 : (scale(value) - first) / (last - first)) * width
  const y = (value: number) => top + (1 - value / most) * height
  const parts: string[] = series.flatMap(({ name }, i) => {
    const at = left + i * 160
    return [`<rect x="${at}" y="5" width="10" height="10" class="s${i}"/>`, text(at + 15, 14, name)]
  })
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    parts.push(line(left, y(most * share), left + width, y(most * share), "grid"))
    parts.push(text(left - 6, y(most * share) + 4, tick(most * share), "end"))
  }
  for (const value of [...new Set(points.map((point) => point.x))].filter(
    (_, i, all) => all.length < 8 || i % 20 === 0,
  ))
    parts.push(text(x(value), top + height + 16, tick(value), "middle"))
  parts.push(text(left + width, top + height + 32, xUnit, "end"), text(left, top - 6, yUnit))
  for (const [i, { points: own }] of series.entries())
    parts.push(
      `<polyline points="${own.map((point) => `${round(x(point.x))},${round(y(point.y))}`).join(" ")}" class="l${i}"/>`,
    )
  if (limit !== undefined) {
    parts.push(line(left, y(limit.value), left + width, y(limit.value), "limit"))
    parts.push(text(left + width, y(limit.value) - 4, limit.name, "end"))
  }
  return svg(title, top + height + 40, parts)
}
