import type { VNode } from "preact"
import { useEffect, useState } from "preact/hooks"
import { isOfOther } from "../../../fhir/same-person.ts"
import type { Summary } from "../../../fhir/summary.ts"
import type { ArchivedFile } from "../../shared/archive/ArchiveView.tsx"
import { fileName, type Kind, kindOf, mediaType } from "../../shared/kind.ts"
import { onNetworkReturn } from "../../shared/online.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { later } from "../../shared/parts/later.tsx"
import { Loading, Progress } from "../../shared/parts/Progress.tsx"
import { troubleOf } from "../../shared/problem.ts"
import { SummaryView } from "../../shared/summary/SummaryView.tsx"
import { sharedWords } from "../../shared/words/shared.ts"
import { AddedBy } from "../parts/RecordItem.tsx"
import { useBlobUrl } from "../parts/useBlobUrl.ts"
import { saveFile } from "../save-file.ts"
import { type Encounter, type OpenedRecord, read, type Viewed, viewed } from "../state.ts"
import { words } from "../words/words.ts"

const PictureView = later(async () => (await import("../../shared/files/PictureView.tsx")).PictureView)
const TextView = later(async () => (await import("../../shared/files/TextView.tsx")).TextView)
const OfficeView = later(async () => (await import("../../shared/files/OfficeView.tsx")).OfficeView)
const HealthCardView = later(async () => (await import("../../shared/health-cards/HealthCardView.tsx")).HealthCardView)
const ArchiveView = later(async () => (await import("../../shared/archive/ArchiveView.tsx")).ArchiveView)
const DicomView = later(async () => (await import("../../shared/dicom/DicomView.tsx")).DicomView)

interface Shown {
  readonly record: OpenedRecord
  readonly encounter: Encounter
}

const Pdf = ({ bytes, title }: Pick<OpenedRecord, "bytes" | "title">) => {
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
    <PictureView url={url} alt={words.value.view.image(title)} onError={() => setFailed(true)} />
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

/** That a document is about somebody else than the patient who was confirmed. */
const OfOther = ({ summary, encounter }: { summary: Summary; encounter: Encounter }) => {
  const { view } = words.value
  if (!isOfOther(summary.patient, encounter.patient)) return null
  return (
    <Banner tone="bad" title={view.whose} alert>
      <p>{view.whoseText([summary.patient?.name, summary.patient?.birthDate].filter(Boolean).join(", "))}</p>
    </Banner>
  )
}

const HealthCards = ({ record: { bytes }, encounter }: Shown) => (
  <HealthCardView bytes={bytes} before={(summary: Summary) => <OfOther summary={summary} encounter={encounter} />} />
)

const Fhir = ({ record, encounter }: Shown) => {
  const { summary, bytes } = record
  if (summary === undefined) return null
  return (
    <>
      <OfOther summary={summary} encounter={encounter} />
      <SummaryView summary={told(summary)} bytes={bytes} />
    </>
  )
}

const Dicom = ({ record: { bytes, title }, encounter: { patient } }: Shown) => (
  <DicomView bytes={bytes} patient={patient} pdf={(pdf) => <Pdf {...pdf} title={title} />} />
)

/** A file of an archive, as a record of its own; it is overwritten with all others when the patient is left. */
const Archived = ({ file, record, encounter }: Shown & { file: ArchivedFile }) => {
  const [opened, setOpened] = useState<OpenedRecord>()
  useEffect(() => {
    const { author: _author, summary: _summary, ...place } = record
    const one: OpenedRecord = { ...place, ...file }
    read.set(`${record.descriptor.recordId}/${record.descriptor.version}/${file.title}`, one)
    const show = async () => {
      const { opened: openedOf } = await import("../opened.ts")
      setOpened(await openedOf(one, encounter.left.signal))
    }
    show().catch(() => undefined)
  }, [file.bytes])
  return opened === undefined ? <Loading /> : <Content record={opened} encounter={encounter} />
}

const Archive = (shown: Shown) => (
  <ArchiveView
    bytes={shown.record.bytes}
    show={(file: ArchivedFile) => <Archived key={file.title} file={file} {...shown} />}
  />
)

const Other = ({ record: { contentType } }: Shown) => <Unshown contentType={contentType} />

/** What isn't shown is offered as the file it is. */
const views: Readonly<Record<Kind, (shown: Shown) => VNode | null>> = {
  fhir: Fhir,
  "health-card": HealthCards,
  image: Picture,
  pdf: ({ record }) => <Pdf {...record} />,
  text: ({ record: { bytes, title } }) => <TextView bytes={bytes} title={title} />,
  office: ({ record: { bytes, contentType, title } }) => (
    <OfficeView bytes={bytes} contentType={contentType} title={title} />
  ),
  dicom: Dicom,
  archive: Archive,
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
      <ConfirmDialog
        open={asking}
        title={view.saveTitle}
        confirm={view.saveYes}
        look="main"
        onConfirm={() => {
          saveFile(record.bytes, fileName(record.title, record.contentType))
          setAsking(false)
        }}
        onClose={() => setAsking(false)}
      >
        <p>{view.saveText}</p>
      </ConfirmDialog>
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
