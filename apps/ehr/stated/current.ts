import { readStated } from "../../../fhir/read-stated.ts"
import type { StatedSummary } from "../../../fhir/stated-summary.ts"
import { fromUtf8 } from "../../../protocol/crypto/bytes.ts"
import type { Descriptor } from "../../../protocol/record.ts"
import { documents, readDocument } from "../record-store.ts"

export interface CurrentStated {
  readonly descriptor: Descriptor
  readonly stated: StatedSummary
}

const stated = async (descriptor: Descriptor): Promise<StatedSummary | undefined> => {
  const bytes = await readDocument(descriptor)
  try {
    return readStated(JSON.parse(fromUtf8(bytes)))
  } catch {
    // Another's document, which says nothing in the patient's own name.
    return undefined
  }
}

/** What the patient stated last, of the record as the device knows it. One that can't be had is an error, not an absence: nobody begins anew beside it. */
export const currentStated = async (): Promise<CurrentStated | undefined> => {
  const summaries = (documents.value ?? []).filter(
    ({ descriptor, metadata }) =>
      descriptor.category === "summary" && metadata?.contentType === "application/fhir+json",
  )
  for (const { descriptor } of summaries.toReversed()) {
    const found = await stated(descriptor)
    if (found !== undefined) return { descriptor, stated: found }
  }
  return undefined
}
