import { useEffect, useState } from "preact/hooks"

/** What `read` makes of a document; `undefined` until then. Never what came of an earlier one. `read` never changes. */
export const useRead = <T>(
  bytes: Uint8Array,
  read: (bytes: Uint8Array, left: AbortSignal) => Promise<T>,
): T | undefined => {
  const [done, setDone] = useState<{ readonly of: Uint8Array; readonly value: T }>()
  useEffect(() => {
    const left = new AbortController()
    read(bytes, left.signal).then(
      (value) => setDone({ of: bytes, value }),
      // Given up: nobody looks at it any more.
      () => undefined,
    )
    return () => left.abort()
  }, [bytes])
  return done?.of === bytes ? done.value : undefined
}
