import { notStated, type Summary, summarySteps } from "../../../fhir/summary.ts"
import { nextTask } from "../next-task.ts"

/** The longest that a page reads on without answering, milliseconds; parsing the JSON is one step, however long. */
const slice = 12

/**
 * `readSummary`, while the page goes on answering; what is then done with the summary has a task of its own. Rejects, without having read on, once
 * `signal` is aborted. `author`: who wrote it; undefined of what the patient's own device did: of any other document nothing is the patient's word.
 */
export const summaryOf = async (input: unknown, author: string | undefined, signal?: AbortSignal): Promise<Summary> => {
  const steps = summarySteps(input)
  let summary: Summary | undefined
  while (summary === undefined) {
    await nextTask()
    signal?.throwIfAborted()
    const began = performance.now()
    do {
      const step = steps.next()
      if (step.done === true) summary = step.value
    } while (summary === undefined && performance.now() - began < slice)
  }
  await nextTask()
  signal?.throwIfAborted()
  return author === undefined ? summary : notStated(summary)
}
