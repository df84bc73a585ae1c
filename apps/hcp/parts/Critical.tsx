import type { Summary, SummaryItem, SummarySection } from "../../../fhir/summary.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { words } from "../words/words.ts"

/** What is read in the first seconds, in the order it can kill. */
const keys = ["allergies", "alerts", "medications", "problems"] as const
/** Of each, what fits on a tablet at once; the rest stands below, and is said to. */
const most = 6

/** What holds now; the whole list, with what no longer does, stands below. */
const holds = ({ marks }: SummaryItem): boolean =>
  !marks.some((mark) => ["entered-in-error", "refuted", "inactive", "not-done"].includes(mark))

const isGrave = ({ criticality, severity, marks }: SummaryItem): boolean =>
  criticality === "high" || severity === "severe" || marks.includes("do-not-give")

const CriticalItem = ({ item, brief }: { item: SummaryItem; brief: boolean }) => {
  const { marks: markWords, criticality } = sharedWords.value.summary
  const { label, detail, marks } = item
  return (
    <li class={isGrave(item) ? "critical-item critical-grave" : "critical-item"}>
      <span class="critical-label">{label}</span>
      {item.criticality === "high" && <span class="badge badge-bad">{criticality.high}</span>}
      {marks.map((mark) => (
        <span key={mark} class="badge badge-warn">
          {markWords[mark]}
        </span>
      ))}
      {detail !== undefined && !brief && <span class="critical-detail small">{detail}</span>}
    </li>
  )
}

const CriticalPart = ({ section }: { section: SummarySection }) => {
  const { sections, states } = sharedWords.value.summary
  const { key, title, state, reason, items, narrative } = section
  const holding = items.filter(holds)
  const shown = holding.slice(0, most)
  const name = key === "other" ? title : sections[key]
  return (
    <div class={`critical critical-${key}`} role="group" aria-label={name}>
      <h2>{name}</h2>
      {state !== "listed" && (
        <p class="strong">
          {states[state]}
          {reason !== undefined && ` (${reason})`}
        </p>
      )}
      {state === "narrative" && narrative.slice(0, most).map((line, i) => <p key={i}>{line}</p>)}
      {shown.length > 0 && (
        <ul>
          {shown.map((item, i) => (
            <CriticalItem key={i} item={item} brief={key === "problems"} />
          ))}
        </ul>
      )}
      {items.length > shown.length && <p class="small muted">{words.value.record.more(items.length - shown.length)}</p>}
    </div>
  )
}

/** Allergies, alerts, medications and problems, legible from a step away. */
export const Critical = ({ summary }: { summary: Summary }) => {
  const parts = keys.flatMap((key) => summary.sections.filter((section) => section.key === key))
  return (
    <div class="critical-grid" role="group" aria-label={words.value.record.critical}>
      {parts.map((section, i) => (
        <CriticalPart key={i} section={section} />
      ))}
    </div>
  )
}
