import { signal } from "@preact/signals"
import { onNetworkReturn } from "../shared/online.ts"
import { troubleOf } from "../shared/problem.ts"

/** The patient's cloud could not be told that an access is over: it ends by itself, at this time. */
export const untold = signal<string | undefined>(undefined)

/** Pauses between tries, milliseconds; then it waits for a network. */
const pauses = [2000, 10_000, 30_000]

const tell = async (end: () => Promise<void>, expiresAt: string): Promise<void> => {
  for (const pause of [...pauses, undefined]) {
    if (Date.now() >= Date.parse(expiresAt)) return
    try {
      await end()
      untold.value = undefined
      return
    } catch (error) {
      // The record is gone, and the access with it.
      if (troubleOf(error).code === "session-refused") return
      untold.value = expiresAt
    }
    if (pause !== undefined) await new Promise((done) => setTimeout(done, pause))
  }
  const stop = onNetworkReturn(() => {
    stop()
    void tell(end, expiresAt)
  })
}

/** Tells the patient's cloud that an access is over, as often as it takes while this page is open. */
export const tellEnd = (end: () => Promise<void>, expiresAt: string): void => void tell(end, expiresAt)
