import { type Offers, offers } from "../../../fhir/offers.ts"
import { identityOf } from "../../../fhir/same-person.ts"
import type { Origin, StatedSummary } from "../../../fhir/stated-summary.ts"
import { nextTask } from "../../shared/next-task.ts"
import { today } from "../../shared/stated/form.ts"
import { contributions, lookAtAccesses } from "../accesses.ts"
import { professionalOf } from "../author.ts"
import { type Listed, readDocument } from "../record-store.ts"
import { currentStated } from "../stated/current.ts"

/** Who wrote it, by the certificate of the professional who added it, where an authority that this app trusts vouches for them. */
const authorOf = async ({ descriptor, metadata }: Listed): Promise<Origin | undefined> => {
  if (metadata?.author === undefined) return undefined
  if (contributions.value === undefined) await lookAtAccesses()
  const added = contributions.value?.find(
    ({ contributionId, status }) => contributionId === descriptor.recordId && status === "approved",
  )
  if (added?.statement === undefined || added.professional.thumbprint !== metadata.author) return undefined
  const { statement, contributedAt: at, answer } = added
  return professionalOf({ statement, at, answer })
}

export type Read = Offers | { readonly outcome: "own" }

/** What a document of the record offers to the patient's summary. */
export const readOffers = async (listed: Listed, stated: StatedSummary): Promise<Read> => {
  if ((await currentStated())?.descriptor.recordId === listed.descriptor.recordId) return { outcome: "own" }
  const bytes = await readDocument(listed.descriptor)
  const by = await authorOf(listed).catch(() => undefined)
  await nextTask()
  return offers(bytes, { owner: identityOf(stated), today: today(), ...(by === undefined ? {} : { by }) })
}
