import { isAnticoagulant } from "../../../fhir/anticoagulants.ts"
import type { SummaryItem } from "../../../fhir/item.ts"
import type { SectionKey } from "../../../fhir/section-key.ts"
import type { Summary, SummarySection } from "../../../fhir/summary.ts"
import { localDay } from "../typed-date.ts"
import { criticalWords } from "../words/critical.ts"
import { sharedWords } from "../words/shared.ts"
import { holds, inOrder, isGrave } from "./first-seconds.ts"
import { SectionSays, showsNarrative } from "./SummaryView.tsx"
import { sayItem, sayOrigin } from "./say.ts"
import { saying } from "./saying.ts"

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

/** It holds of the day on which it was said. */
const saidOn = ({ when, statement }: SummaryItem): boolean =>
  when?.values.every((value) => value.kind === "date" && value.date === statement?.on) === true

/** `brief`: without the details, which stand below. */
const CriticalItem = ({ item, brief, today }: { item: SummaryItem; brief: boolean; today: string }) => {
  const { marks: markWords, criticality } = sharedWords.value.summary
  const { label, detail, onset } = sayItem(item, saying())
  const origin = [saidOn(item) ? undefined : onset, sayOrigin(item, saying())]
    .filter((part) => part !== undefined)
    .join(" · ")
  return (
    <li class={isGrave(item) ? "critical-item critical-grave" : "critical-item"}>
      <span class="critical-label">{label}</span>
      {item.criticality === "high" && <span class="badge badge-bad">{criticality.high}</span>}
      {isAnticoagulant(item, today) && <span class="badge badge-bad">{criticalWords.value.anticoagulant}</span>}
      {item.marks.map((mark) => (
        <span key={mark} class="badge badge-warn">
          {markWords[mark]}
        </span>
      ))}
      {detail !== undefined && !brief && <span class="critical-detail small">{detail}</span>}
      {origin !== "" && <span class="critical-detail small muted">{origin}</span>}
    </li>
  )
}

const CriticalPart = ({ section, today }: { section: SummarySection; today: string }) => {
  const { sections, untitled } = sharedWords.value.summary
  const { key, title, items, narrative } = section
  const shown = inOrder(key, items, today).slice(0, most)
  const name = key === "other" ? (title ?? untitled) : sections[key]
  return (
    <div class={`critical critical-${key}`} role="group" aria-label={name}>
      <h2>{name}</h2>
      <SectionSays section={section} />
      {showsNarrative(section) && narrative.slice(0, most).map((line, i) => <p key={i}>{line}</p>)}
      {shown.length > 0 && (
        <ul>
          {shown.map((item, i) => (
            <CriticalItem key={i} item={item} brief={key === "problems"} today={today} />
          ))}
        </ul>
      )}
      {items.length > shown.length && (
        <p class="small muted">{criticalWords.value.more(items.length - shown.length)}</p>
      )}
    </div>
  )
}

/** Blood group and weight, each as often as the document says it: which of two holds, nobody decides here. */
const BodyPart = ({ summary, today }: { summary: Summary; today: string }) => {
  const { body, more } = criticalWords.value
  const stated = summary.sections.flatMap(({ items }) => items.filter((item) => isOfBody(item) && holds(item)))
  if (stated.length === 0) return null
  const shown = stated.slice(0, most)
  return (
    <div class="critical" role="group" aria-label={body}>
      <h2>{body}</h2>
      <ul>
        {shown.map((item, i) => (
          <CriticalItem key={i} item={item} brief={false} today={today} />
        ))}
      </ul>
      {stated.length > shown.length && <p class="small muted">{more(stated.length - shown.length)}</p>}
    </div>
  )
}

/** What is read in the first seconds, legible from a step away. */
export const Critical = ({ summary }: { summary: Summary }) => {
  const today = localDay(new Date())
  const parts = keys.flatMap((key) =>
    summary.sections.filter((section) => section.key === key && (!optional.has(key) || saysSomething(section))),
  )
  return (
    <div class="critical-grid" role="group" aria-label={criticalWords.value.title}>
      {parts.map((section, i) => (
        <CriticalPart key={i} section={section} today={today} />
      ))}
      <BodyPart summary={summary} today={today} />
    </div>
  )
}
