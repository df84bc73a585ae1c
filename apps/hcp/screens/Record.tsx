import { useEffect } from "preact/hooks"
import { useLocation } from "preact-iso"
import { isOfOther } from "../../../fhir/same-person.ts"
import type { SummaryWarningCode } from "../../../fhir/warnings.ts"
import type { Listed } from "../../../sdk/hcp/records.ts"
import { formatFhirDate } from "../../shared/format.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Critical } from "../../shared/summary/Critical.tsx"
import { Narratives } from "../../shared/summary/Narrative.tsx"
import { PatientFacts } from "../../shared/summary/PatientHead.tsx"
import { SummarySections, SummaryWarnings } from "../../shared/summary/SummaryView.tsx"
import { proposalWords } from "../../shared/words/proposals.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { loadUnasked, unreviewed } from "../lists.ts"
import { RecordItem } from "../parts/RecordItem.tsx"
import { type Encounter, type OpenedRecord, viewRecord } from "../state.ts"
import { words } from "../words/words.ts"

/** One line, so that what can kill stays on the first screen; inside it, what was added, to be opened from here. */
const Unreviewed = ({ encounter }: { encounter: Encounter }) => {
  const { record } = words.value
  const count = unreviewed.value.length
  if (count === 0) return null
  return (
    <details class="banner banner-warn">
      <summary>{record.unreviewedTitle(count)}</summary>
      <p>{record.unreviewedText}</p>
      <ul class="list">
        {unreviewed.value.map((listed) => (
          <RecordItem key={listed.descriptor.recordId} listed={listed} encounter={encounter} />
        ))}
      </ul>
    </details>
  )
}

/** What makes the first seconds' reading wrong or incomplete is said before it; the rest after. */
const grave: ReadonlySet<SummaryWarningCode> = new Set([
  "too-large",
  "too-deep",
  "not-json",
  "not-json-but-xml",
  "unreadable",
  "patient-missing",
  "several-patients",
  "other-patient",
  "patient-inactive",
  "summary-entered-in-error",
  "contradicting-absence",
  "dose-contradiction",
  "subject-unclear",
  "test-data",
  "deleted",
  "subsetted",
  "section-changes",
  "narrative-additional",
  "section-missing",
  "do-not-give",
  "meaning-modified",
  "not-a-bundle",
  "not-a-document",
  "characters-removed",
])

/** A file of the summary, which nobody waited for. */
const SummaryFile = ({ listed, encounter }: { listed: Listed; encounter: Encounter }) => {
  const { record } = words.value
  const { route } = useLocation()
  const open = async () => {
    const { view } = await import("../records.ts")
    void view(encounter, listed)
    route("/view")
  }
  return (
    <Banner tone="warn" title={listed.metadata?.title}>
      <p>{record.notFhir}</p>
      <div>
        <Button onClick={() => void open()}>{record.openFile}</Button>
      </div>
    </Banner>
  )
}

/** A summary of somebody else: none of it stands among the patient's own. */
const OthersSummary = ({ opened }: { opened: OpenedRecord }) => {
  const { record, view } = words.value
  const { route } = useLocation()
  const name = opened.summary?.patient?.name ?? sharedWords.value.summary.noName
  return (
    <Banner tone="bad" title={view.whose}>
      <p>{view.whoseText(name)}</p>
      <div>
        <Button
          onClick={() => {
            viewRecord(opened)
            route("/view")
          }}
        >
          {record.openFile}
        </Button>
      </div>
    </Banner>
  )
}

/** Changes that somebody proposed: none of them stands among the patient's own. */
const ProposedChanges = ({ opened }: { opened: OpenedRecord }) => {
  const { route } = useLocation()
  return (
    <Banner tone="note" title={opened.title}>
      <p>{proposalWords.value.only}</p>
      <div>
        <Button
          onClick={() => {
            viewRecord(opened)
            route("/view")
          }}
        >
          {words.value.record.openFile}
        </Button>
      </div>
    </Banner>
  )
}

const writtenAt = ({ summary }: OpenedRecord): number => {
  const at = Date.parse(summary?.document.date ?? "")
  return Number.isNaN(at) ? Number.NEGATIVE_INFINITY : at
}

const proposes = ({ summary }: OpenedRecord): boolean => summary?.document.proposes === true

/** Those of the patient who was confirmed, or of whom nobody can say more, the newest first. What only proposes is no summary. */
const ownOf = ({ summaries, patient }: Encounter): OpenedRecord[] =>
  summaries
    .filter((opened) => !proposes(opened) && !isOfOther(opened.summary?.patient, patient))
    .toSorted((one, other) => (writtenAt(one) < writtenAt(other) ? 1 : writtenAt(one) > writtenAt(other) ? -1 : 0))

const OneSummary = ({ opened, encounter }: { opened: OpenedRecord; encounter: Encounter }) => {
  const { record } = words.value
  const { summary: shared } = sharedWords.value
  const { summary, bytes } = opened
  if (summary === undefined) return null
  const { document, other, warnings } = summary
  const source = [
    document.title,
    document.author,
    document.date === undefined ? undefined : formatFhirDate(document.date),
    document.confirmed === undefined ? undefined : record.confirmed(formatFhirDate(document.confirmed)),
  ]
    .filter((part) => part !== undefined)
    .join(" · ")
  const graveFirst = warnings.some(({ code }) => grave.has(code))
  return (
    <>
      {source !== "" && <p class="small muted">{record.from(source)}</p>}
      {graveFirst && <SummaryWarnings summary={summary} />}
      <Critical summary={summary} />
      {!graveFirst && <SummaryWarnings summary={summary} />}
      <h2 class="rest-title">{record.sections}</h2>
      {encounter.patient !== undefined && <PatientFacts patient={encounter.patient} />}
      <SummarySections sections={summary.sections} />
      {other.length > 0 && (
        <p class="small muted">
          {shared.alsoInside}: {other.map(({ type, count }) => `${type} (${count})`).join(", ")}
        </p>
      )}
      <Narratives bytes={bytes} />
    </>
  )
}

export const Record = ({ encounter }: { encounter: Encounter }) => {
  const { record } = words.value
  const { print } = sharedWords.value
  const { access, summaries, files, summaryTrouble } = encounter
  const own = ownOf(encounter)
  useEffect(() => loadUnasked(encounter), [encounter])
  return (
    <Screen title={record.title} actions={<Button onClick={() => window.print()}>{print}</Button>}>
      <Unreviewed encounter={encounter} />
      <TroubleBanner error={summaryTrouble} />
      {summaries.length === 0 && files.length === 0 && (
        <Banner tone="warn" title={record.noSummary}>
          <p>{access.categories.includes("summary") ? record.empty : record.notIncluded}</p>
        </Banner>
      )}
      {own.map((opened) => (
        <OneSummary key={opened.descriptor.recordId} opened={opened} encounter={encounter} />
      ))}
      {files.map((listed) => (
        <SummaryFile key={listed.descriptor.recordId} listed={listed} encounter={encounter} />
      ))}
      {summaries
        .filter((opened) => !own.includes(opened))
        .map((opened) =>
          isOfOther(opened.summary?.patient, encounter.patient) ? (
            <OthersSummary key={opened.descriptor.recordId} opened={opened} />
          ) : (
            <ProposedChanges key={opened.descriptor.recordId} opened={opened} />
          ),
        )}
    </Screen>
  )
}
