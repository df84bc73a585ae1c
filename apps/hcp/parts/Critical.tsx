import type { SummaryItem } from "../../../fhir/item.ts"
import type { SectionKey } from "../../../fhir/section-key.ts"
import { voidMarks } from "../../../fhir/status.ts"
import type { Summary, SummarySection } from "../../../fhir/summary.ts"
import { SectionSays, showsNarrative } from "../../shared/summary/SummaryView.tsx"
import { sayItem } from "../../shared/summary/say.ts"
import { saying } from "../../shared/summary/saying.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { words } from "../words/words.ts"

/** What is read in the first seconds, in the order it can kill. */
const keys = [
  "allergies",
  "alerts",
  "pregnancy",
  "medications",
  "devices",
  "advance-directives",
  "problems",
] as const satisfies readonly SectionKey[]

/** Sections that stand here only where they say something; allergies, medicines and illnesses also where they are silent. */
const optional: ReadonlySet<SectionKey> = new Set(["alerts", "pregnancy", "devices", "advance-directives"])

const saysSomething = ({ items, narrative, state }: SummarySection): boolean =>
  items.some(holds) || narrative.length > 0 || state === "none-known"

/** LOINC's codes of what holds of the body as a whole: blood groups, and weights. */
const bodyCodes: ReadonlySet<string> = new Set(["882-1", "883-9", "10331-7", "29463-7", "3141-9"])

const isOfBody = ({ name }: SummaryItem): boolean =>
  name?.kind === "concept" &&
  name.codings.some(({ system, code }) => system === "http://loinc.org" && code !== undefined && bodyCodes.has(code))
/** Of each, what fits on a tablet at once; the rest stands below, and is said to. */
const most = 6

/** What holds now; the whole list, with what no longer does, stands below. */
const holds = ({ marks }: SummaryItem): boolean => !marks.some((mark) => mark === "inactive" || voidMarks.has(mark))

const isGrave = ({ criticality, severity, marks }: SummaryItem): boolean =>
  criticality === "high" || (severity?.kind === "text" && severity.text === "severe") || marks.includes("do-not-give")

/** `dated`: with the day it was found; of a weight that is half of it. */
const CriticalItem = ({ item, brief, dated = false }: { item: SummaryItem; brief: boolean; dated?: boolean }) => {
  const { marks: markWords, criticality } = sharedWords.value.summary
  const { marks } = item
  const { label, detail, onset } = sayItem(item, saying())
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
      {onset !== undefined && dated && <span class="critical-detail small muted">{onset}</span>}
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

/** Blood group and weight, each as often as the document says it: which of two holds, nobody decides here. */
const BodyPart = ({ summary }: { summary: Summary }) => {
  const { record } = words.value
  const stated = summary.sections.flatMap(({ items }) => items.filter((item) => isOfBody(item) && holds(item)))
  if (stated.length === 0) return null
  const shown = stated.slice(0, most)
  return (
    <div class="critical" role="group" aria-label={record.body}>
      <h2>{record.body}</h2>
      <ul>
        {shown.map((item, i) => (
          <CriticalItem key={i} item={item} brief={false} dated />
        ))}
      </ul>
      {stated.length > shown.length && <p class="small muted">{record.more(stated.length - shown.length)}</p>}
    </div>
  )
}

/** What is read in the first seconds, legible from a step away. */
export const Critical = ({ summary }: { summary: Summary }) => {
  const parts = keys.flatMap((key) =>
    summary.sections.filter((section) => section.key === key && (!optional.has(key) || saysSomething(section))),
  )
  return (
    <div class="critical-grid" role="group" aria-label={words.value.record.critical}>
      {parts.map((section, i) => (
        <CriticalPart key={i} section={section} />
      ))}
      <BodyPart summary={summary} />
    </div>
  )
}
