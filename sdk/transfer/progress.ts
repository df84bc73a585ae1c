/** How far a transfer is: the same for both directions. */
export interface Progress {
  readonly direction: "upload" | "download"
  /** Sealed bytes that have come through. */
  readonly bytes: number
  readonly total: number
  /** Bytes a second, smoothed; 0 until something has come through. */
  readonly rate: number
  /** Until it is done at this rate; absent while nothing has come through. */
  readonly secondsLeft?: number
}

/** What every transfer takes: whom to tell, and what stops it at any time. */
export interface Transfer {
  readonly onProgress?: ((progress: Progress) => void) | undefined
  /** Stops it with the signal's reason; nothing is left half-committed. */
  readonly signal?: AbortSignal | undefined
}

/** Over how long a rate is smoothed, milliseconds. */
const memory = 5000

/** Tells of a transfer as it goes on; `came` gets the bytes of what has just come through. `already`: what an earlier run brought over. */
export const meter = (
  direction: Progress["direction"],
  { total, already = 0 }: { total: number; already?: number },
  { onProgress }: Transfer,
  clock: () => number = () => performance.now(),
) => {
  let bytes = already
  let rate = 0
  let last = clock()
  let since = 0
  const tell = () => {
    const left = rate > 0 ? { secondsLeft: (total - bytes) / rate } : {}
    onProgress?.({ direction, bytes, total, rate, ...left })
  }
  tell()
  return (more: number): void => {
    const now = clock()
    bytes += more
    since += more
    const elapsed = now - last
    // What comes at the same moment is one step: it has no rate of its own.
    if (elapsed > 0) {
      const current = (since / elapsed) * 1000
      rate = rate === 0 ? current : rate + (current - rate) * (1 - Math.exp(-elapsed / memory))
      last = now
      since = 0
    }
    tell()
  }
}
