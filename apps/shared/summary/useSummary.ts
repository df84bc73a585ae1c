import { useEffect, useState } from "preact/hooks"
import type { Summary } from "../../../sdk/summary.ts"
import { summaryOf } from "./read.ts"

/** The summary of a document; `undefined` until it is read. Never that of an earlier one. */
export const useSummary = (bytes: Uint8Array): Summary | undefined => {
  const [read, setRead] = useState<{ readonly of: Uint8Array; readonly summary: Summary }>()
  useEffect(() => {
    const left = new AbortController()
    summaryOf(bytes, left.signal).then(
      (summary) => setRead({ of: bytes, summary }),
      // Given up: nobody looks at it any more.
      () => undefined,
    )
    return () => left.abort()
  }, [bytes])
  return read?.of === bytes ? read.summary : undefined
}
