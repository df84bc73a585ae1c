import { useEffect, useRef, useState } from "preact/hooks"
import { sharedWords } from "../words/shared.ts"
import { type AuthoredNarrative, authoredNarratives } from "./narratives.ts"

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

/** The narratives of a document, once it is on the screen; never those of an earlier one. */
const useNarratives = (bytes: Uint8Array): readonly AuthoredNarrative[] => {
  const [read, setRead] = useState<{ readonly of: Uint8Array; readonly narratives: readonly AuthoredNarrative[] }>()
  useEffect(() => {
    const timer = setTimeout(() =>
      setRead({ of: bytes, narratives: authoredNarratives(new TextDecoder().decode(bytes)) }),
    )
    return () => clearTimeout(timer)
  }, [bytes])
  return read?.of === bytes ? read.narratives : []
}

/** What the author of a document wrote, beside what was read of it. */
export const Narratives = ({ bytes }: { bytes: Uint8Array }) => {
  const narratives = useNarratives(bytes)
  return narratives.length === 0 ? null : (
    <details class="panel">
      <summary>{sharedWords.value.summary.narrative}</summary>
      {narratives.map((narrative, i) => (
        <Authored key={i} {...narrative} />
      ))}
    </details>
  )
}
