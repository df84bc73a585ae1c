import type { VNode } from "preact"
import { useEffect, useState } from "preact/hooks"
import type { Bytes } from "../../protocol/crypto/bytes.ts"
import { type Kind, kindOf } from "../shared/kind.ts"
import { later } from "../shared/parts/later.tsx"
import { Loading } from "../shared/parts/Progress.tsx"
import { SummaryView } from "../shared/summary/SummaryView.tsx"
import { useSummary } from "../shared/summary/useSummary.ts"
import { words } from "./words/words.ts"

const PictureView = later(async () => (await import("../shared/files/PictureView.tsx")).PictureView)
const TextView = later(async () => (await import("../shared/files/TextView.tsx")).TextView)
const OfficeView = later(async () => (await import("../shared/files/OfficeView.tsx")).OfficeView)
const HealthCardView = later(async () => (await import("../shared/health-cards/HealthCardView.tsx")).HealthCardView)
const ArchiveView = later(async () => (await import("../shared/archive/ArchiveView.tsx")).ArchiveView)
const ImageStudy = later(async () => (await import("./ImageStudy.tsx")).ImageStudy)

/** An address of bytes that only this page knows; it ends with the screen. */
const useObjectUrl = (bytes: Bytes, contentType: string): string => {
  const [url, setUrl] = useState("")
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes], { type: contentType }))
    setUrl(made)
    return () => URL.revokeObjectURL(made)
  }, [bytes, contentType])
  return url
}

const Picture = ({ bytes, contentType, title }: Shown) => {
  const url = useObjectUrl(bytes, contentType)
  return url === "" ? null : <PictureView url={url} alt={title} />
}

const Pdf = ({ bytes, title }: Pick<Shown, "bytes" | "title">) => {
  const { document: says } = words.value
  const url = useObjectUrl(bytes, "application/pdf")
  if (url === "") return null
  return (
    <div class="stack">
      <iframe class="pdf no-print" src={url} title={title} />
      <div class="no-print">
        <a class="button" href={url} target="_blank" rel="noreferrer">
          {says.pdfOpen}
        </a>
      </div>
    </div>
  )
}

const Fhir = ({ bytes, author }: Shown) => {
  const summary = useSummary(bytes, author)
  return summary === undefined ? <Loading /> : <SummaryView summary={summary} bytes={bytes} />
}

interface Shown {
  readonly bytes: Bytes
  readonly contentType: string
  readonly title: string
  /** The certificate's hash of the professional who wrote it; undefined of what the patient added. */
  readonly author: string | undefined
}

const Unshown = () => (
  <div class="panel">
    <p>{words.value.document.noPreview}</p>
  </div>
)

const Dicom = ({ bytes, title }: Shown) => <ImageStudy bytes={bytes} pdf={(pdf) => <Pdf {...pdf} title={title} />} />

const views: Readonly<Record<Kind, (shown: Shown) => VNode | null>> = {
  fhir: Fhir,
  "health-card": ({ bytes }) => <HealthCardView bytes={bytes} />,
  image: Picture,
  pdf: Pdf,
  text: ({ bytes }) => <TextView bytes={bytes} title={words.value.document.pageText} />,
  office: ({ bytes, contentType }) => (
    <OfficeView bytes={bytes} contentType={contentType} title={words.value.document.pageText} />
  ),
  dicom: Dicom,
  archive: ({ bytes, author }) => (
    <ArchiveView bytes={bytes} show={(file) => <DocumentView {...file} author={author} />} />
  ),
  other: Unshown,
}

/** A document as it is read: what can't be shown can be saved. */
export const DocumentView = (shown: Shown) => {
  const View = views[kindOf(shown.contentType)]
  return <View {...shown} />
}
