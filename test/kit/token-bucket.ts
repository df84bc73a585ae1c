/** Units that come back evenly, of which some may be kept. It may change while it is in force. */
export interface Rate {
  readonly perSecond: number
  /** The most that is kept; as much as comes in a second, or one, unless said otherwise. Of a rate of none, none is. */
  readonly burst?: number
}

/** A bucket of tokens by the clock in milliseconds; at first it has what comes in a second, or all that it keeps where that is said. */
export const bucketOf = (rate: Rate, now: () => number = () => performance.now()) => {
  const most = () => rate.burst ?? (rate.perSecond === 0 ? 0 : Math.max(1, rate.perSecond))
  let [kept, at] = [rate.burst ?? rate.perSecond, now()]
  /** Whether as many may pass now. */
  const has = (units: number): boolean => {
    const from = at
    at = now()
    kept = Math.min(most(), kept + ((at - from) / 1000) * rate.perSecond)
    return kept >= units
  }
  const take = (units: number): void => void (kept -= units)
  return {
    has,
    take,
    /** Takes one, where one may pass now. */
    passes: (): boolean => {
      if (!has(1)) return false
      take(1)
      return true
    },
  }
}
export type Bucket = ReturnType<typeof bucketOf>
