import type { Progress } from "../../sdk/transfer/progress.ts"

const width = 24
const units = ["B", "kB", "MB", "GB"]

/** 12,345,678 is "12.3 MB". */
export const inUnits = (bytes: number): string => {
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)))
  const value = bytes / 1000 ** power
  return `${value.toFixed(power === 0 || value >= 100 ? 0 : 1)} ${units[power]}`
}

const inTime = (seconds: number): string =>
  seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`

/** One line, for a terminal. */
export const progressLine = ({ bytes, total, rate, secondsLeft }: Progress): string => {
  const share = total === 0 ? 1 : bytes / total
  const filled = Math.floor(share * width)
  const bar = `[${"#".repeat(filled)}${"-".repeat(width - filled)}]`
  const left = secondsLeft === undefined ? "" : `  ${inTime(secondsLeft)} left`
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${inUnits(bytes)} of ${inUnits(total)}  ${inUnits(rate)}/s${left}`
}

/** Draws over one line of a terminal; without a terminal it is silent. `end` leaves the line as it was last. */
export const progressBar = (output: NodeJS.WriteStream = process.stderr) => {
  let drawn = false
  return {
    onProgress: (progress: Progress): void => {
      if (!output.isTTY) return
      drawn = true
      output.write(`\r\u001b[K${progressLine(progress)}`)
    },
    end: (): void => {
      if (drawn) output.write("\n")
    },
  }
}
