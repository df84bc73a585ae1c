import { useEffect, useState } from "preact/hooks"
import { documents } from "../record-store.ts"
import { closeDraft, keeping, keepNow, openDraft } from "./draft.ts"

/** Opens the draft for a screen once the record is listed, and keeps it when the screen is left. `error`: why it couldn't be opened. */
export const useDraft = (): { readonly error: unknown; readonly setError: (error: unknown) => void } => {
  const [error, setError] = useState<unknown>()
  const listed = documents.value !== undefined
  useEffect(() => {
    if (listed) openDraft().catch(setError)
  }, [listed])
  useEffect(() => {
    const hide = () => void (keeping.value === "writing" ? keepNow().catch(() => undefined) : undefined)
    addEventListener("pagehide", hide)
    document.addEventListener("visibilitychange", hide)
    return () => {
      removeEventListener("pagehide", hide)
      document.removeEventListener("visibilitychange", hide)
      void closeDraft()
    }
  }, [])
  return { error, setError }
}
