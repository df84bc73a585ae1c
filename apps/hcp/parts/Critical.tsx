import type { SummaryItem } from "../../../fhir/item.ts"
import { voidMarks } from "../../../fhir/status.ts"
import type { Summary, SummarySection } from "../../../fhir/summary.ts"
import { SectionSays, showsNarrative } from "../../shared/summary/SummaryView.tsx"
import { sayItem } from "../../shared/summary/say.ts"
import { saying } from "../../shared/summary/saying.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { words } from "../words/words.ts"

/** What is read in the first seconds, in the order it can kill. */
const keys = ["allergies", "alerts", "medications", "problems"] as const
/** Of each, what fits on a tablet at once; the rest stands below, and is said to. */
const most = 6

/** What holds now; the whole list, with what no longer does, stands below. */
const holds = ({ marks }: SummaryItem): boolean => !marks.some((mark) => mark === "inactive" || voidMarks.has(mark))

const isGrave = ({ criticality, severity, marks }: SummaryItem): boolean =>
  criticality === "high" || (severity?.kind === "text" && severity.text === "severe") || marks.includes("do-not-give")

const CriticalItem = ({ item, brief }: { item: SummaryItem; brief: boolean }) => {
  const { marks: markWords, criticality } = sharedWords.value.summary
  const { marks } = item
  const { label, detail } = sayItem(item, saying())
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
  const { sections, untitled } = sharedWords.value.summary
  const { key, title, items, narrative } = section
  const holding = items.filter(holds)
  const shown = holding.slice(0, most)
  const name = key === "other" ? (title ?? untitled) : sections[key]
  return (
    <div class={`critical critical-${key}`} role="group" aria-label={name}>
      <h2>{name}</h2>
      <SectionSays section={section} />
      {showsNarrative(section) && narrative.slice(0, most).map((line, i) => <p key={i}>{line}</p>)}
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
