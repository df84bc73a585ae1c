import { useEffect, useRef } from "preact/hooks"
import { sharedWords } from "../words/shared.ts"
import type { AuthoredNarrative } from "./narratives.ts"

/** Sanitizing is loaded when somebody opens the narrative. */
const Authored = ({ title, xhtml }: AuthoredNarrative) => {
  const holder = useRef<HTMLDivElement>(null)
  useEffect(() => {
    let wanted = true
    const show = async () => {
      const { sanitized } = await import("./sanitize.ts")
      if (wanted) holder.current?.replaceChildren(sanitized(xhtml))
    }
    void show()
    return () => {
      wanted = false
    }
  }, [xhtml])
  return (
    <section class="stack stack-s">
      {title !== "" && <h3>{title}</h3>}
      <div class="narrative" ref={holder} />
    </section>
  )
}

export const Narratives = ({ narratives }: { narratives: readonly AuthoredNarrative[] }) =>
  narratives.length === 0 ? null : (
    <details class="panel">
      <summary>{sharedWords.value.summary.narrative}</summary>
      {narratives.map((narrative, i) => (
        <Authored key={i} {...narrative} />
      ))}
    </details>
  )
