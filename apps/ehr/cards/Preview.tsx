import { useEffect, useState } from "preact/hooks"
import type { Category } from "../../../protocol/primitives.ts"
import { kindOf } from "../../shared/kind.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { LinkButton } from "../../shared/parts/Button.tsx"
import { Loading } from "../../shared/parts/Progress.tsx"
import { Critical } from "../../shared/summary/Critical.tsx"
import { PatientHead } from "../../shared/summary/PatientHead.tsx"
import { SummaryWarnings } from "../../shared/summary/SummaryView.tsx"
import { useSummary } from "../../shared/summary/useSummary.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { documents, type Listed, placeOf, readDocument } from "../record-store.ts"
import { cardWords } from "./words.ts"

const First = ({ bytes, author }: { bytes: Uint8Array; author: string | undefined }) => {
  const summary = useSummary(bytes, author)
  if (summary === undefined) return <Loading />
  return (
    <div class="stack">
      {summary.patient !== undefined && <PatientHead patient={summary.patient} />}
      <SummaryWarnings summary={summary} />
      <Critical summary={summary} />
    </div>
  )
}

const SummaryOf = ({ listed: { descriptor, metadata } }: { listed: Listed }) => {
  const [bytes, setBytes] = useState<Uint8Array>()
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    let wanted = true
    readDocument(descriptor).then(
      (read) => wanted && setBytes(read),
      (failure: unknown) => wanted && setError(failure),
    )
    return () => {
      wanted = false
    }
  }, [descriptor])
  if (error !== undefined) return <TroubleBanner error={error} />
  return bytes === undefined ? <Loading /> : <First bytes={bytes} author={metadata?.author} />
}

const isRead = ({ descriptor, metadata }: Listed): boolean =>
  descriptor.category === "summary" && metadata !== undefined && kindOf(metadata.contentType) === "fhir"

/** What a professional who scans a card of these categories sees first, and what else they can open. */
export const Preview = ({ opened }: { opened: readonly Category[] }) => {
  const { form } = cardWords.value
  const { categories: names } = sharedWords.value
  const all = (documents.value ?? []).filter(({ descriptor }) => opened.includes(descriptor.category))
  const summaries = all.filter(isRead)
  const rest = all.filter((listed) => !isRead(listed))
  return (
    <div class="stack">
      {summaries.length === 0 && (
        <Banner tone="warn">
          <p>{opened.includes("summary") ? form.noSummary : form.summaryClosed}</p>
          {opened.includes("summary") && (
            <div>
              <LinkButton href="/summary">{cardWords.value.open.summary}</LinkButton>
            </div>
          )}
        </Banner>
      )}
      {summaries.toReversed().map((listed) => (
        <SummaryOf key={placeOf(listed.descriptor)} listed={listed} />
      ))}
      {rest.length > 0 && (
        <>
          <p>{form.rest}</p>
          <ul class="list">
            {rest.map(({ descriptor, metadata }) => (
              <li key={placeOf(descriptor)} class="item">
                {names[descriptor.category]}: {metadata?.title}
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  )
}
