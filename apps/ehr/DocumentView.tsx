import type { VNode } from "preact"
import { useEffect, useState } from "preact/hooks"
import type { Bytes } from "../../protocol/crypto/bytes.ts"
import { type Kind, kindOf } from "../shared/kind.ts"
import { later } from "../shared/parts/later.tsx"
import { Loading } from "../shared/parts/Progress.tsx"
import { SummaryView } from "../shared/summary/SummaryView.tsx"
import { useSummary } from "../shared/summary/useSummary.ts"
import { decodeText } from "../shared/text-encoding.ts"
import { words } from "./words/words.ts"

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
  return url === "" ? null : <img class="picture" src={url} alt={title} />
}

const Pdf = ({ bytes, title }: Shown) => {
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

const Fhir = ({ bytes }: Shown) => {
  const summary = useSummary(bytes)
  return summary === undefined ? <Loading /> : <SummaryView summary={summary} bytes={bytes} />
}

interface Shown {
  readonly bytes: Bytes
  readonly contentType: string
  readonly title: string
}

const Text = ({ bytes }: Shown) => (
  <pre class="panel text" tabIndex={0} role="region" aria-label={words.value.document.pageText}>
    {decodeText(bytes).text}
  </pre>
)

const Unshown = () => (
  <div class="panel">
    <p>{words.value.document.noPreview}</p>
  </div>
)

const Dicom = ({ bytes }: Shown) => <ImageStudy bytes={bytes} />

const views: Readonly<Record<Kind, (shown: Shown) => VNode | null>> = {
  fhir: Fhir,
  image: Picture,
  pdf: Pdf,
  text: Text,
  dicom: Dicom,
  other: Unshown,
}

/** A document as it is read: what can't be shown can be saved. */
export const DocumentView = (shown: Shown) => {
  const View = views[kindOf(shown.contentType)]
  return <View {...shown} />
}
