import { useState } from "preact/hooks"

/** Something that somebody does: once at a time, with what went wrong. */
export const useDeed = (): {
  readonly busy: boolean
  readonly error: unknown
  readonly run: (deed: () => Promise<void>) => void
} => {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(undefined)
  return {
    busy,
    error,
    run: (deed) => {
      if (busy) return
      setBusy(true)
      setError(undefined)
      deed().then(
        () => setBusy(false),
        (problem: unknown) => {
          setBusy(false)
          setError(problem)
        },
      )
    },
  }
}
