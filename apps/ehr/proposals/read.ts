import { type ReadProposals, readProposals } from "../../../fhir/read-proposals.ts"
import { readStated, statedVersion } from "../../../fhir/read-stated.ts"
import { identityOf } from "../../../fhir/same-person.ts"
import { emptyStated, type StatedSummary, type Statement } from "../../../fhir/stated-summary.ts"
import type { Bytes } from "../../../protocol/crypto/bytes.ts"
import type { Contribution } from "../../../sdk/patient/contributions.ts"
import { today } from "../../shared/stated/form.ts"
import { localDay } from "../../shared/typed-date.ts"
import { professionalOf } from "../author.ts"
import { readDocument, versionsOf } from "../record-store.ts"
import { currentStated } from "../stated/current.ts"

/**
 * What an addition proposes, to be held against the summary. `seen`: the version that the professional saw; an empty one where they saw none, or where
 * it isn't in the record any more, so that nothing passes for unchanged. `by`: who proposes it, and when; absent where nobody vouches for them.
 */
export interface Proposed {
  readonly read: ReadProposals
  readonly seen: StatedSummary
  readonly by?: Statement
}

/** More versions than anybody makes while an addition waits. */
const most = 20

const seenIn = async (base: string | undefined): Promise<StatedSummary> => {
  const none = emptyStated("en", today())
  const current = base === undefined ? undefined : await currentStated()
  if (current === undefined) return none
  if (statedVersion(await readDocument(current.descriptor)) === base) return current.stated
  for (const { descriptor } of (await versionsOf(current.descriptor)).slice(0, most)) {
    const bytes = await readDocument(descriptor)
    const read = statedVersion(bytes) === base ? readStated(bytes) : undefined
    if (read?.outcome === "stated") return read.stated
  }
  return none
}

/** Reads what an addition proposes of the summary of whoever `stated` is about. */
export const readProposed = async (
  { statement, contributedAt, answer }: Contribution,
  bytes: Bytes,
  stated: StatedSummary,
): Promise<Proposed> => {
  const read = readProposals(bytes, identityOf(stated))
  const seen = await seenIn(read.outcome === "proposals" ? read.base : undefined)
  const origin =
    statement === undefined
      ? undefined
      : await professionalOf({ statement, at: contributedAt, answer }).catch(() => undefined)
  return { read, seen, ...(origin === undefined ? {} : { by: { origin, on: localDay(new Date(contributedAt)) } }) }
}
