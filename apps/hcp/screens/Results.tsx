import { useEffect, useMemo, useState } from "preact/hooks"
import { isOfOther } from "../../../fhir/same-person.ts"
import { type ResultDocument, readTrends, type Trend } from "../../../fhir/trends.ts"
import type { Listed } from "../../../sdk/hcp/records.ts"
import { kindOf } from "../../shared/kind.ts"
import { onNetworkReturn } from "../../shared/online.ts"
import { Banner } from "../../shared/parts/Banner.tsx"
import { Field } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Busy } from "../../shared/parts/Progress.tsx"
import { useGrowing } from "../../shared/summary/useGrowing.ts"
import { TrendView } from "../../shared/trends/TrendView.tsx"
import { sharedWords } from "../../shared/words/shared.ts"
import { CategoryList } from "../parts/CategoryList.tsx"
import { type Encounter, lists } from "../state.ts"
import { words } from "../words/words.ts"

/** Reports that are read by themselves; each is an entry in the patient's log. The rest can be opened one by one. */
const mostReports = 20
const largestReport = 4 * 1024 * 1024

const isReport = ({ metadata }: Listed): boolean =>
  metadata !== undefined && kindOf(metadata.contentType) === "fhir" && metadata.size <= largestReport

interface Reports {
  readonly documents: readonly ResultDocument[]
  readonly reading: number
  readonly failed: number
  /** Of somebody else, by what they say themselves. */
  readonly others: number
}

/** Reads the laboratory's reports, newest first, one after the other. */
const useReports = (encounter: Encounter): Reports => {
  const [reports, setReports] = useState<Reports>({ documents: [], reading: 0, failed: 0, others: 0 })
  const [round, setRound] = useState(0)
  const listed = lists.value.laboratory?.listed
  useEffect(() => {
    if (listed === undefined) return undefined
    const stop = new AbortController()
    const signal = AbortSignal.any([stop.signal, encounter.left.signal])
    const readAll = async () => {
      const { readOnce } = await import("../records.ts")
      const wanted = listed
        .filter(isReport)
        .toSorted((a, b) => (b.metadata?.createdAt ?? "").localeCompare(a.metadata?.createdAt ?? "", "en"))
        .slice(0, mostReports)
      let failed = listed.filter(isReport).length - wanted.length
      let others = 0
      const documents: ResultDocument[] = []
      for (const [i, each] of wanted.entries()) {
        if (signal.aborted) return
        setReports({ documents: [...documents], reading: wanted.length - i, failed, others })
        try {
          const { summary } = await readOnce(encounter, each, { signal })
          if (isOfOther(summary?.patient, encounter.patient)) others++
          else if (summary !== undefined) documents.push({ summary, unreviewed: each.unreviewed !== undefined })
        } catch {
          failed++
        }
      }
      if (!signal.aborted) setReports({ documents, reading: 0, failed, others })
    }
    void readAll()
    return () => stop.abort()
  }, [listed, round])
  // What was read is not read again.
  useEffect(
    () => (reports.failed > 0 ? onNetworkReturn(() => setRound(round + 1)) : undefined),
    [reports.failed, round],
  )
  return reports
}

const Trends = ({ trends }: { trends: readonly Trend[] }) => {
  const [wanted, setWanted] = useState("")
  const { results } = words.value
  const found = trends.filter(({ name }) => name.toLowerCase().includes(wanted.trim().toLowerCase()))
  const shown = useGrowing(found.length)
  return (
    <>
      {trends.length > 6 && (
        <div class="no-print">
          <Field
            label={results.find}
            value={wanted}
            onValue={setWanted}
            hint={<span role="status">{results.shown(found.length, trends.length)}</span>}
            autocomplete="off"
            spellcheck={false}
          />
        </div>
      )}
      {found.slice(0, shown).map((trend) => (
        <TrendView key={trend.key} trend={trend} />
      ))}
      {shown < found.length && <Busy>{sharedWords.value.summary.moreComing}</Busy>}
    </>
  )
}

/** Results of the summary and of the laboratory's reports over time, then the reports themselves. */
export const Results = ({ encounter }: { encounter: Encounter }) => {
  const { results } = words.value
  const { documents, reading, failed, others } = useReports(encounter)
  const trends = useMemo(
    () =>
      readTrends([
        ...encounter.summaries
          .flatMap(({ summary }) => summary ?? [])
          .filter(({ patient }) => !isOfOther(patient, encounter.patient))
          .map((summary) => ({ summary, unreviewed: false })),
        ...documents,
      ]),
    [encounter, documents],
  )
  return (
    <Screen title={results.title}>
      <div class="row">
        <h2>{results.trends}</h2>
        <p class="row muted" role="status">
          {reading > 0 && (
            <>
              <span class="spinner" aria-hidden="true" />
              {results.reading(reading)}
            </>
          )}
        </p>
      </div>
      {failed > 0 && (
        <Banner tone="warn">
          <p>{results.notRead(failed)}</p>
        </Banner>
      )}
      {others > 0 && (
        <Banner tone="bad" alert>
          <p>{results.ofOthers(others)}</p>
        </Banner>
      )}
      {trends.length === 0 ? <p class="muted">{results.none}</p> : <Trends trends={trends} />}
      {encounter.access.categories.includes("laboratory") && (
        <CategoryList encounter={encounter} category="laboratory" title={results.reports} />
      )}
    </Screen>
  )
}
