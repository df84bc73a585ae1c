/**
 * Around a function that a clock or a stream calls, and that nobody waits for. What fails is told as a failure, so that it is tried again and
 * its alarm rings, but by our words: the runtime logs whatever a handler throws, and a surprise's words and causes may hold anything.
 */
export const unattended =
  <Event, Context>(name: `system/${string}`, run: (event: Event, context: Context) => Promise<void>) =>
  async (event: Event, context: Context): Promise<void> => {
    try {
      await run(event, context)
    } catch (error) {
      // The name of a surprise's class is ours or a library's.
      const kind = error instanceof Error ? error.name : "unknown"
      console.log(JSON.stringify({ useCase: name, outcome: `internal:${kind}` }))
      // oxlint-disable-next-line eslint/preserve-caught-error -- the runtime would log the cause too
      throw new Error(`${name} failed`)
    }
  }
