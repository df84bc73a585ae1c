import { readStated } from "../../../fhir/read-stated.ts"
import type { StatedSummary } from "../../../fhir/stated-summary.ts"
import type { Descriptor } from "../../../protocol/record.ts"
import { documents, type Listed, readDocument } from "../record-store.ts"

export interface CurrentStated {
  readonly descriptor: Descriptor
  readonly stated: StatedSummary
}

/** Whether the patient's own device may have written it as their summary: what a professional added is not the patient's word, whatever it calls itself. */
const mayBeOwn = ({ descriptor, metadata }: Listed): boolean =>
  descriptor.category === "summary" &&
  metadata?.contentType === "application/fhir+json" &&
  metadata.author === undefined

/** What the patient stated last, of the record as the device knows it. One that can't be had is an error, not an absence: nobody begins anew beside it. */
export const currentStated = async (): Promise<CurrentStated | undefined> => {
  const summaries = (documents.value ?? []).filter(mayBeOwn)
  for (const { descriptor } of summaries.toReversed()) {
    const read = readStated(await readDocument(descriptor))
    if (read.outcome === "refused") throw new Error("the summary in the record can't be taken into the form")
    if (read.outcome === "stated") return { descriptor, stated: read.stated }
  }
  return undefined
}
