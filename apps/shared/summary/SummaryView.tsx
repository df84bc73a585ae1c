import type { SummaryItem } from "../../../fhir/item.ts"
import { type SummaryMark, voidMarks } from "../../../fhir/status.ts"
import type { Summary, SummarySection } from "../../../fhir/summary.ts"
import { formatFhirDate } from "../format.ts"
import { Banner } from "../parts/Banner.tsx"
import { Busy } from "../parts/Progress.tsx"
import { factWords } from "../words/facts.ts"
import { proposalWords } from "../words/proposals.ts"
import { sharedWords } from "../words/shared.ts"
import { Narratives } from "./Narrative.tsx"
import { PatientFacts, PatientHead } from "./PatientHead.tsx"
import { sayItem, sayValue } from "./say.ts"
import { saying } from "./saying.ts"
import { useGrowing } from "./useGrowing.ts"

const grave: readonly SummaryMark[] = [
  "do-not-give",
  "other-patient",
  "subject-unclear",
  "entered-in-error",
  "refuted",
  "modified",
  "not-taken",
]

/** An entry with all that it says. */
export const Item = ({ item }: { item: SummaryItem }) => {
  const { marks: words, criticality: risks, severity: severityWord } = sharedWords.value.summary
  const { criticality, marks } = item
  const { label, detail, status, severity, onset, aside } = sayItem(item, saying())
  const risk =
    criticality === "high" || criticality === "low" || criticality === "unable-to-assess"
      ? risks[criticality]
      : criticality
  const crossed = marks.some((mark) => voidMarks.has(mark))
  return (
    <li class={crossed ? "item item-struck" : "item"}>
      <p class="row">
        <span class="item-label strong">{label}</span>
        {risk !== undefined && <span class={criticality === "high" ? "badge badge-bad" : "badge"}>{risk}</span>}
        {marks.map((mark) => (
          <span key={mark} class={grave.includes(mark) ? "badge badge-bad" : "badge badge-warn"}>
            {words[mark]}
          </span>
        ))}
      </p>
      {detail !== undefined && <p>{detail}</p>}
      {(onset !== undefined || severity !== undefined || status !== undefined) && (
        <p class="small muted">
          {[onset, severity === undefined ? undefined : `${severityWord}: ${severity}`, status]
            .filter((part) => part !== undefined)
            .join(" · ")}
        </p>
      )}
      {aside !== undefined && (
        <details class="small muted">
          <summary>{factWords.value.alsoStated}</summary>
          <p>{aside}</p>
        </details>
      )}
    </li>
  )
}

/** What a section says besides its items: that there are none, of which part, or only what changed. */
export const SectionSays = ({ section }: { section: SummarySection }) => {
  const { states, ofPart, changesOnly } = sharedWords.value.summary
  const { state, reason, parts } = section
  const because = reason && sayValue(reason, saying())
  return (
    <>
      {section.changesOnly && <p class="strong">{changesOnly}</p>}
      {state !== "listed" && (
        <p class={state === "no-information" ? "strong" : undefined}>
          {states[state]}
          {because !== undefined && ` (${because})`}
        </p>
      )}
      {parts.map((part, i) => (
        <p key={i}>{ofPart(part.title, part.state === "none-known", part.reason && sayValue(part.reason, saying()))}</p>
      ))}
    </>
  )
}

/** Where a section has no entries, or not all of it is in them, its words say what its codes don't. */
export const showsNarrative = ({ items, narrative, narrativeSaysMore }: SummarySection): boolean =>
  (items.length === 0 || narrativeSaysMore) && narrative.length > 0

/** `most`: how many of its items are shown yet. */
const Section = ({ section, most }: { section: SummarySection; most: number }) => {
  const { sections, untitled } = sharedWords.value.summary
  const { key, title, items: all, narrative } = section
  const name = key === "other" ? (title ?? untitled) : sections[key]
  const items = all.slice(0, most)
  return (
    <section aria-label={name}>
      <h2>{name}</h2>
      <SectionSays section={section} />
      {items.length > 0 && (
        <ul>
          {items.map((item, i) => (
            <Item key={`${item.source} ${i}`} item={item} />
          ))}
        </ul>
      )}
      {showsNarrative(section) && narrative.map((line, i) => <p key={i}>{line}</p>)}
    </section>
  )
}

/** What its sender got wrong, and what a reader must know before relying on it. */
export const SummaryWarnings = ({ summary }: { summary: Summary }) => {
  const { warnings: sentences, warningsTitle, moreNames } = sharedWords.value.summary
  const { warnings } = summary
  if (warnings.length === 0) return null
  return (
    <details class="banner banner-warn">
      <summary>{warningsTitle(warnings.length)}</summary>
      <ul class="stack stack-s">
        {warnings.map(({ code, names, more }) => (
          <li key={code}>
            <p>{sentences[code]}</p>
            {names.length > 0 && (
              <p class="small muted">
                {names.join("; ")}
                {more > 0 && ` ${moreNames(more)}`}
              </p>
            )}
          </li>
        ))}
      </ul>
    </details>
  )
}

/** The sections of a document, in the order an emergency asks for them; those of a long one come bit by bit. */
export const SummarySections = ({ sections }: { sections: readonly SummarySection[] }) => {
  const total = sections.reduce((sum, { items }) => sum + items.length + 1, 0)
  const shown = useGrowing(total)
  let before = 0
  const begun = sections.flatMap((section) => {
    const most = shown - before
    before += section.items.length + 1
    return most > 0 ? [{ section, most }] : []
  })
  return (
    <div class="panel section-list" aria-busy={shown < total}>
      {begun.map(({ section, most }, i) => (
        <Section key={`${section.key} ${i}`} section={section} most={most} />
      ))}
      {shown < total && <Busy>{sharedWords.value.summary.moreComing}</Busy>}
    </div>
  )
}

/**
 * A FHIR document as its reader needs it: who it is about, what to know before reading, then its sections in the order an emergency asks for
 * them. Codes and the author's words stand in the document's own language. `bytes`: what the summary was read from.
 */
export const SummaryView = ({ summary, bytes }: { summary: Summary; bytes: Uint8Array }) => {
  const { summary: words } = sharedWords.value
  const { patient, document, sections, other } = summary
  return (
    <div class="stack">
      {patient !== undefined && (
        <div class="panel">
          <PatientHead patient={patient} />
          <PatientFacts patient={patient} />
        </div>
      )}
      {document.proposes === true && (
        <Banner tone="note">
          <p>{proposalWords.value.only}</p>
        </Banner>
      )}
      <SummaryWarnings summary={summary} />
      <SummarySections sections={sections} />
      {other.length > 0 && (
        <p class="small muted">
          {words.alsoInside}: {other.map(({ type, count }) => `${type} (${count})`).join(", ")}
        </p>
      )}
      <p class="small muted">
        {[document.title, document.author, document.date === undefined ? undefined : formatFhirDate(document.date)]
          .filter((part) => part !== undefined)
          .join(" · ")}
      </p>
      <Narratives bytes={bytes} />
    </div>
  )
}
