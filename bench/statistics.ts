/** Measurements of one thing, as they are reported: the middle one, and the range of all. */
export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
  /** How many there were. */
  readonly n: number
}

/** By linear interpolation between the two nearest; `share` from 0 to 1. Throws where there is nothing to measure. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const position = (sorted.length - 1) * share
  const below = sorted[Math.floor(position)]
  const above = sorted[Math.ceil(position)]
  if (below === undefined || above === undefined) throw new RangeError("there are no measurements")
  return below + (above - below) * (position - Math.floor(position))
}

export const median = (values: readonly number[]): number => quantile(values, 0.5)

export const spreadOf = (values: readonly number[]): Spread => ({
  median: median(values),
  min: quantile(values, 0),
  max: quantile(values, 1),
  n: values.length,
})

/**
 * How many times as fast `ours` was as `theirs`, in durations of interleaved runs: each run is held against the one beside it, so that
 * a machine that slows down half-way slows both. Throws where they are not pairs.
 */
export const speedRatio = (ours: readonly number[], theirs: readonly number[]): Spread => {
  if (ours.length !== theirs.length) throw new RangeError("not every run has one beside it")
  return spreadOf(ours.map((duration, i) => (theirs[i] ?? Number.NaN) / duration))
}

/** How much of the time at least one of these was running; times that overlap count once. And how many came one after the other. */
export const covered = (spans: readonly { from: number; to: number }[]): { time: number; steps: number } => {
  let [time, steps, end] = [0, 0, Number.NEGATIVE_INFINITY]
  for (const { from, to } of [...spans].sort((a, b) => a.from - b.from)) {
    if (from >= end) steps += 1
    time += Math.max(0, to - Math.max(from, end))
    end = Math.max(end, to)
  }
  return { time, steps }
}
