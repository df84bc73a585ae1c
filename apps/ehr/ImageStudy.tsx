import type { ComponentProps } from "preact"
import { useEffect, useState } from "preact/hooks"
import type { SummaryPatient } from "../../fhir/patient.ts"
import { DicomView } from "../shared/dicom/DicomView.tsx"
import { currentSummary, newestSummary } from "./current-summary.ts"
import { copied, placeOf } from "./record-store.ts"

/** Whom the record's own summary names. Nobody, until it is on this device: no image is worth fetching another document for. */
const useOwner = (): SummaryPatient | undefined => {
  const [owner, setOwner] = useState<SummaryPatient>()
  const newest = newestSummary()
  const place = newest && placeOf(newest.descriptor)
  const here = place !== undefined && copied.value.has(place)
  useEffect(() => {
    let wanted = true
    const read = async () => {
      const summary = here ? await currentSummary().catch(() => undefined) : undefined
      if (wanted) setOwner(summary?.patient)
    }
    void read()
    return () => {
      wanted = false
    }
  }, [place, here])
  return owner
}

/** An image study, held against the record's own patient. */
export const ImageStudy = (shown: Pick<ComponentProps<typeof DicomView>, "bytes" | "pdf">) => (
  <DicomView {...shown} patient={useOwner()} />
)
