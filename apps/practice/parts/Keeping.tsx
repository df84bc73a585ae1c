import { useEffect } from "preact/hooks"
import type { Draft } from "../drafts.ts"
import { words } from "../words/words.ts"

/** Whether what was typed is kept; keeps it when the page is left. */
export const Keeping = ({ draft }: { draft: Pick<Draft<unknown>, "state" | "keepNow"> }) => {
  const { kept, notKept } = words.value.person
  useEffect(() => {
    const hide = () => {
      if (draft.state.value === "writing") draft.keepNow().catch(() => undefined)
    }
    addEventListener("pagehide", hide)
    document.addEventListener("visibilitychange", hide)
    return () => {
      hide()
      removeEventListener("pagehide", hide)
      document.removeEventListener("visibilitychange", hide)
    }
  }, [draft])
  const { value: state } = draft.state
  return (
    <p class={state === "failed" ? "small strong" : "small muted"} role="status" data-keeping={state}>
      {state === "failed" ? notKept : kept}
    </p>
  )
}
