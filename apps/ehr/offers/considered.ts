/** Which documents the patient has looked through for their summary, on this device. */
import { signal } from "@preact/signals"
import { kindOf } from "../../shared/kind.ts"
import { consideredPlaces, writeConsidered } from "../device.ts"
import { documents, type Listed, placeOf } from "../record-store.ts"
import { currentStated } from "../stated/current.ts"

/** FHIR documents of the record that wait to be looked through, the newest first. */
export const unconsidered = signal<readonly Listed[]>([])

export const lookForUnconsidered = async (): Promise<void> => {
  const listed = (documents.value ?? []).filter(({ metadata }) => kindOf(metadata?.contentType ?? "") === "fhir")
  if (listed.length === 0) {
    unconsidered.value = []
    return
  }
  const [done, own] = await Promise.all([consideredPlaces(), currentStated()])
  const places = new Set(done)
  unconsidered.value = listed
    .filter(({ descriptor }) => descriptor.recordId !== own?.descriptor.recordId && !places.has(placeOf(descriptor)))
    .toSorted((a, b) => (b.metadata?.createdAt ?? "").localeCompare(a.metadata?.createdAt ?? ""))
}

export const setConsidered = async ({ descriptor }: Listed): Promise<void> => {
  await writeConsidered(placeOf(descriptor))
  await lookForUnconsidered()
}
