import { useEffect, useRef } from "preact/hooks"
import { nextTask } from "../next-task.ts"
import { sharedWords } from "../words/shared.ts"
import { type AuthoredNarrative, authoredNarratives } from "./narratives.ts"
import { useRead } from "./useRead.ts"

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

/** In a task of its own, once the document is on the screen. */
const narrativesOf = async (bytes: Uint8Array, left: AbortSignal): Promise<readonly AuthoredNarrative[]> => {
  await nextTask()
  left.throwIfAborted()
  return authoredNarratives(bytes)
}

/** What the author of a document wrote, beside what was read of it. */
export const Narratives = ({ bytes }: { bytes: Uint8Array }) => {
  const narratives = useRead(bytes, narrativesOf) ?? []
  return narratives.length === 0 ? null : (
    <details class="panel">
      <summary>{sharedWords.value.summary.narrative}</summary>
      {narratives.map((narrative, i) => (
        <Authored key={i} {...narrative} />
      ))}
    </details>
  )
}
