/** A step of something a person waits for, done or failed. */
export interface TimedStep {
  readonly name: string
  readonly ms: number
}

/** How long a step may take before it is said that it goes on, and how often it is said again without a terminal, milliseconds. */
const patience = 1000
const quietInterval = 5000

/**
 * Runs a step, says how long it took, and, where it takes longer than a second, that it goes on and what it is at. `detail` says what
 * that is.
 */
export const runStep = async <T>(
  name: string,
  steps: TimedStep[],
  work: (detail: (text: string) => void) => Promise<T>,
  output: NodeJS.WriteStream = process.stdout,
): Promise<T> => {
  const started = performance.now()
  const seconds = () => ((performance.now() - started) / 1000).toFixed(1)
  let detail = ""
  let said = 0
  const timer = setInterval(() => {
    const elapsed = performance.now() - started
    const line = `      ${name}: ${seconds()} s${detail === "" ? "" : ` (${detail.slice(0, 60)})`}`
    if (output.isTTY) output.write(`\r\u001b[K${line}`)
    else if (elapsed - said >= quietInterval || said === 0) {
      said = elapsed
      output.write(`${line}\n`)
    }
  }, patience)
  try {
    const result = await work((text) => (detail = text))
    const ms = Math.round(performance.now() - started)
    steps.push({ name, ms })
    output.write(
      `${output.isTTY ? "\r\u001b[K" : ""}${String(steps.length).padStart(4)}  ${name.padEnd(66)} ${String(ms).padStart(7)} ms\n`,
    )
    return result
  } catch (error) {
    output.write(`${output.isTTY ? "\r\u001b[K" : ""}      ${name}: FAILED after ${seconds()} s\n`)
    throw error
  } finally {
    clearInterval(timer)
  }
}
