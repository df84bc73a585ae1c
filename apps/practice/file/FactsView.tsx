import { useMemo } from "preact/hooks"
import { statedSections } from "../../../fhir/stated-summary.ts"
import { readSummary } from "../../../fhir/summary.ts"
import { utf8 } from "../../../protocol/crypto/bytes.ts"
import type { NewEntry } from "../../../sdk/practice/files.ts"
import { formatFhirDate } from "../../shared/format.ts"
import { Critical } from "../../shared/summary/Critical.tsx"
import { SummarySections, SummaryView } from "../../shared/summary/SummaryView.tsx"
import { useSummary } from "../../shared/summary/useSummary.ts"
import { TrendView } from "../../shared/trends/TrendView.tsx"
import { language } from "../../shared/words.ts"
import type { Encounter, Facts } from "./content.ts"
import { fileDocument } from "./document.ts"
import { trendsOf } from "./trends.ts"
import { patientWords } from "./words.ts"

const Imported = ({ document }: { document: object }) => {
  const bytes = useMemo(() => utf8(JSON.stringify(document)), [document])
  const summary = useSummary(bytes, undefined)
  const { imported, importedHint } = patientWords.value
  return (
    <section class="panel" aria-labelledby="file-imported">
      <h2 id="file-imported">{imported}</h2>
      <p class="small muted">{importedHint}</p>
      {summary !== undefined && <SummaryView summary={summary} bytes={bytes} />}
    </section>
  )
}

const Summary = ({ facts: { stated }, entry }: { facts: Facts; entry: NewEntry }) => {
  const { summary: title, summaryNone } = patientWords.value
  const { value: spoken } = language
  const summary = useMemo(() => readSummary(fileDocument(stated, entry)), [stated, entry, spoken])
  const isEmpty =
    statedSections.every((name) => stated[name].state === "not-stated") &&
    stated.bloodGroup === undefined &&
    stated.weight === undefined &&
    stated.pregnancy === undefined
  return (
    <section class="stack" aria-labelledby="file-summary">
      <h2 id="file-summary">{title}</h2>
      {isEmpty ? (
        <p>{summaryNone}</p>
      ) : (
        <>
          <Critical summary={summary} />
          <details class="panel" open>
            <summary>{title}</summary>
            <SummarySections sections={summary.sections} />
          </details>
        </>
      )}
    </section>
  )
}

const newestFirst = (encounters: readonly Encounter[]): readonly Encounter[] =>
  encounters.toSorted((one, other) => (one.at < other.at ? 1 : one.at > other.at ? -1 : 0))

const Encounters = ({ encounters }: { encounters: readonly Encounter[] }) => {
  const { encounter: says } = patientWords.value
  return (
    <section class="panel" aria-labelledby="file-encounters">
      <h2 id="file-encounters">{says.title}</h2>
      {encounters.length === 0 ? (
        <p class="muted">{says.none}</p>
      ) : (
        <ul class="list">
          {newestFirst(encounters).map(({ id, at, by, reason, note }) => (
            <li key={id} class="stack stack-s">
              <p class="small muted">{says.by(by, formatFhirDate(at))}</p>
              {reason !== undefined && <p class="strong">{reason}</p>}
              {note !== "" && <p class="written">{note}</p>}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

const Vitals = ({ facts: { vitals } }: { facts: Facts }) => {
  const { vitals: says } = patientWords.value
  const trends = trendsOf(vitals)
  return trends.length === 0 ? null : (
    <section class="stack" aria-labelledby="file-vitals">
      <h2 id="file-vitals">{says.title}</h2>
      {trends.map((trend) => (
        <TrendView key={trend.key} trend={trend} />
      ))}
    </section>
  )
}

/** What a version of a file says: what to know first, consultations newest first, vital signs over time. */
export const FactsView = ({ facts, entry }: { facts: Facts; entry: NewEntry }) => (
  <>
    <Summary facts={facts} entry={entry} />
    <Encounters encounters={facts.encounters} />
    <Vitals facts={facts} />
    {facts.imported !== undefined && <Imported document={facts.imported} />}
  </>
)
