import type { VNode } from "preact"
import { useEffect, useMemo, useState } from "preact/hooks"
import { isOfOther } from "../../../fhir/same-person.ts"
import type { Summary } from "../../../fhir/summary.ts"
import { fileName, type Kind, kindOf, mediaType } from "../../shared/kind.ts"
import { onNetworkReturn } from "../../shared/online.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Dialog } from "../../shared/parts/Dialog.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { later } from "../../shared/parts/later.tsx"
import { Loading, Progress } from "../../shared/parts/Progress.tsx"
import { troubleOf } from "../../shared/problem.ts"
import { SummaryView } from "../../shared/summary/SummaryView.tsx"
import { decodeText } from "../../shared/text-encoding.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { AddedBy } from "../parts/RecordItem.tsx"
import { useBlobUrl } from "../parts/useBlobUrl.ts"
import { saveFile } from "../save-file.ts"
import { type Encounter, type OpenedRecord, type Viewed, viewed } from "../state.ts"
import { words } from "../words/words.ts"

const DicomView = later(async () => (await import("../../shared/dicom/DicomView.tsx")).DicomView)

interface Shown {
  readonly record: OpenedRecord
  readonly encounter: Encounter
}

const Pdf = ({ record: { bytes, title } }: Shown) => {
  const { view } = words.value
  const url = useBlobUrl(bytes, "application/pdf")
  if (url === undefined) return null
  return (
    <div class="stack stack-s">
      <iframe class="pdf" src={url} title={view.pdf(title)} />
      <p class="row no-print">
        <a class="button" href={url} target="_blank" rel="noreferrer">
          {view.newTab}
        </a>
        <span class="small muted">{view.pdfHint}</span>
      </p>
    </div>
  )
}

const Picture = ({ record: { bytes, title, contentType } }: Shown) => {
  const url = useBlobUrl(bytes, mediaType(contentType))
  const [failed, setFailed] = useState(false)
  if (failed) return <Unshown contentType={contentType} />
  return url === undefined ? null : (
    <img class="picture" src={url} alt={words.value.view.image(title)} onError={() => setFailed(true)} />
  )
}

/** Characters of a text that are shown; a page of more would stop the tablet. */
const longestText = 200_000

const Text = ({ record: { bytes, title } }: Shown) => {
  const { view } = words.value
  const { text, guessed } = useMemo(() => decodeText(bytes), [bytes])
  return (
    <>
      {guessed && (
        <Banner tone="warn">
          <p>{view.decoded}</p>
        </Banner>
      )}
      {text.length > longestText && (
        <Banner tone="warn">
          <p>{view.tooLongText}</p>
        </Banner>
      )}
      <pre class="panel text" tabIndex={0} role="region" aria-label={title}>
        {text.slice(0, longestText).toWellFormed()}
      </pre>
    </>
  )
}

const Unshown = ({ contentType }: { contentType: string }) => {
  const { view } = words.value
  return (
    <Banner tone="warn" title={view.file}>
      <p>{view.fileText(mediaType(contentType) || view.unknownType)}</p>
    </Banner>
  )
}

/** That a letter doesn't list every allergy is no finding; a warning says that it is no summary. */
const told = (summary: Summary): Summary =>
  summary.warnings.some(({ code }) => code === "not-a-summary")
    ? { ...summary, sections: summary.sections.filter(({ state }) => state !== "no-information") }
    : summary

const Fhir = ({ record, encounter }: Shown) => {
  const { view } = words.value
  const { summary, bytes } = record
  if (summary === undefined) return null
  return (
    <>
      {isOfOther(summary.patient, encounter.patient) && (
        <Banner tone="bad" title={view.whose} alert>
          <p>{view.whoseText([summary.patient?.name, summary.patient?.birthDate].filter(Boolean).join(", "))}</p>
        </Banner>
      )}
      <SummaryView summary={told(summary)} bytes={bytes} />
    </>
  )
}

const Dicom = ({ record: { bytes }, encounter: { patient } }: Shown) => <DicomView bytes={bytes} patient={patient} />

const Other = ({ record: { contentType } }: Shown) => <Unshown contentType={contentType} />

/** What isn't shown is offered as the file it is. */
const views: Readonly<Record<Kind, (shown: Shown) => VNode | null>> = {
  fhir: Fhir,
  image: Picture,
  pdf: Pdf,
  text: Text,
  dicom: Dicom,
  other: Other,
}

const Content = (shown: Shown) => {
  const Of = views[kindOf(shown.record.contentType)]
  return <Of {...shown} />
}

const Save = ({ record }: { record: OpenedRecord }) => {
  const [asking, setAsking] = useState(false)
  const { view } = words.value
  return (
    <>
      <Button onClick={() => setAsking(true)}>{view.save}</Button>
      <Dialog open={asking} title={view.saveTitle} onClose={() => setAsking(false)}>
        <p>{view.saveText}</p>
        <div class="dialog-actions">
          <Button onClick={() => setAsking(false)}>{sharedWords.value.cancel}</Button>
          <Button
            look="main"
            onClick={() => {
              saveFile(record.bytes, fileName(record.title, record.contentType))
              setAsking(false)
            }}
          >
            {view.saveYes}
          </Button>
        </div>
      </Dialog>
    </>
  )
}

/** One document, whatever it is. */
export const View = ({ encounter }: { encounter: Encounter }) => {
  const current = viewed.value
  if (current === undefined) return <Screen title={sharedWords.value.notFound}>{null}</Screen>
  return <OneView encounter={encounter} current={current} />
}

const OneView = ({ encounter, current }: { encounter: Encounter; current: Viewed }) => {
  const { view, lists } = words.value
  const { print } = sharedWords.value
  const { listed, record, progress, error } = current
  const { unreviewed, metadata } = listed
  const title = record?.title ?? metadata?.title ?? ""
  const again = async () => {
    const records = await import("../records.ts")
    await records.view(encounter, listed)
  }
  const waits = record === undefined && (error === undefined || troubleOf(error).kind === "offline")
  // What waits for its next try, or gave up, is begun again at once.
  useEffect(() => (waits ? onNetworkReturn(() => void again()) : undefined), [listed, waits])
  return (
    <Screen
      title={title === "" ? lists.untitled : title}
      actions={
        <>
          <Button onClick={() => history.back()}>{view.back}</Button>
          {record !== undefined && (
            <>
              <Button onClick={() => window.print()}>{print}</Button>
              <Save record={record} />
            </>
          )}
        </>
      }
    >
      {unreviewed !== undefined && (
        <Banner tone="warn" title={lists.unreviewed}>
          <p>
            <AddedBy unreviewed={unreviewed} />
          </p>
          <p>{view.unreviewedText}</p>
        </Banner>
      )}
      <TroubleBanner error={error} retry={() => void again()} />
      {record === undefined && error === undefined && (
        <div class="panel">
          {progress === undefined ? (
            <Loading />
          ) : (
            <Progress
              label={view.loading}
              bytes={progress.bytes}
              total={progress.total}
              secondsLeft={progress.secondsLeft}
            />
          )}
          <div>
            <Button
              onClick={() => {
                viewed.value = undefined
                history.back()
              }}
            >
              {view.stop}
            </Button>
          </div>
        </div>
      )}
      {record !== undefined && <Content record={record} encounter={encounter} />}
    </Screen>
  )
}
