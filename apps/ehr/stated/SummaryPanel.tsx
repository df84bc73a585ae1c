import { useEffect, useState } from "preact/hooks"
import { confirmationDue } from "../../../fhir/missing.ts"
import { formatFhirDate } from "../../shared/format.ts"
import { Banner } from "../../shared/parts/Banner.tsx"
import { LinkButton } from "../../shared/parts/Button.tsx"
import { today } from "../../shared/stated/form.ts"
import { documents } from "../record-store.ts"
import { currentStated } from "./current.ts"
import { hasDraft } from "./draft.ts"
import { formWords } from "./words.ts"

interface Standing {
  readonly drafted: boolean
  readonly lastConfirmed?: string
}

const standing = async (): Promise<Standing> => {
  const [drafted, current] = await Promise.all([hasDraft(), currentStated()])
  return { drafted, ...(current === undefined ? {} : { lastConfirmed: current.stated.lastConfirmed }) }
}

/** How the patient's own summary stands: missing, begun, or last confirmed on a day that may be long ago. */
export const SummaryPanel = () => {
  const { title, panel: says } = formWords.value
  const [{ drafted, lastConfirmed }, setStanding] = useState<Partial<Standing>>({})
  const listed = documents.value
  useEffect(() => {
    let wanted = true
    // What can't be had now is no reason to say that there is none.
    if (listed !== undefined)
      standing().then(
        (found) => wanted && setStanding(found),
        () => undefined,
      )
    return () => {
      wanted = false
    }
  }, [listed])
  if (drafted === undefined) return null
  const due = lastConfirmed !== undefined && confirmationDue({ lastConfirmed }) <= today()
  const open = drafted ? says.resume : lastConfirmed === undefined ? says.begin : says.open
  return (
    <section class="panel" aria-labelledby="my-summary">
      <h2 id="my-summary">{title}</h2>
      {lastConfirmed !== undefined && <p>{says.confirmed(formatFhirDate(lastConfirmed))}</p>}
      {due && (
        <Banner tone="warn">
          <p>{says.due}</p>
        </Banner>
      )}
      {drafted ? <p>{says.draft}</p> : lastConfirmed === undefined && <p>{says.missing}</p>}
      <div>
        <LinkButton look={lastConfirmed === undefined || due || drafted ? "main" : "normal"} href="/summary">
          {open}
        </LinkButton>
      </div>
    </section>
  )
}
