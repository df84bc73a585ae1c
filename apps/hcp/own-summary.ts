import { readStated, statedVersion } from "../../fhir/read-stated.ts"
import { isOfOther } from "../../fhir/same-person.ts"
import { emptyStated, type StatedSummary } from "../../fhir/stated-summary.ts"
import type { Bytes } from "../../protocol/crypto/bytes.ts"
import { language } from "../shared/words.ts"
import type { Encounter } from "./state.ts"

/** The patient's own summary as this access gave it. `base`: its version; absent where there is none that the patient's device wrote. */
export interface OwnSummary {
  readonly stated: StatedSummary
  readonly base?: string
  readonly bytes?: Bytes
}

/** What the patient states, by what their own device wrote: nothing that a professional added passes for it, whatever it calls itself. */
export const ownSummary = ({ summaries, patient }: Pick<Encounter, "summaries" | "patient">): OwnSummary => {
  const own = summaries.filter(({ author, summary }) => author === undefined && !isOfOther(summary?.patient, patient))
  for (const { bytes } of own.toReversed()) {
    const read = readStated(bytes)
    const base = statedVersion(bytes)
    if (read.outcome === "stated" && base !== undefined) return { stated: read.stated, base, bytes }
  }
  return { stated: emptyStated(language.value, new Date().toISOString().slice(0, 10)) }
}
