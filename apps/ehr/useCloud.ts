import { useEffect, useState } from "preact/hooks"
import { session } from "./state.ts"

/** Something that is read from the cloud for a screen. */
export type Reading<T> =
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly value: T }
  | { readonly state: "failed"; readonly error: unknown }

/** Reads when the screen opens, when somebody signs in, and when asked again; only the newest answer counts. */
export const useCloud = <T>(read: () => Promise<T>): Reading<T> & { reload: () => void } => {
  const [reading, setReading] = useState<Reading<T>>({ state: "loading" })
  const [round, setRound] = useState(0)
  const who = session.value
  useEffect(() => {
    let wanted = true
    setReading((before) => (before.state === "ready" ? before : { state: "loading" }))
    read().then(
      (value) => wanted && setReading({ state: "ready", value }),
      (error: unknown) => wanted && setReading({ state: "failed", error }),
    )
    return () => {
      wanted = false
    }
  }, [who, round])
  return { ...reading, reload: () => setRound(round + 1) }
}
