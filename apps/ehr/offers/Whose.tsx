import { type Identity, identityOf } from "../../../fhir/same-person.ts"
import type { StatedSummary } from "../../../fhir/stated-summary.ts"
import { formatFhirDate } from "../../shared/format.ts"
import { Banner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { offerWords } from "./words.ts"

const sayIdentity = (identity: Identity | undefined): string => {
  const { asks, nameNotStated, born, birthNotStated } = offerWords.value
  const { name, birthDate } = identity ?? {}
  if (name === undefined && birthDate === undefined) return asks.nobody
  return [name ?? nameNotStated, birthDate === undefined ? birthNotStated : born(formatFhirDate(birthDate))].join(", ")
}

const Both = ({ says, stated }: { says: Identity | undefined; stated: StatedSummary }) => {
  const { asks } = offerWords.value
  return (
    <dl class="facts">
      <div>
        <dt>{asks.theirs}</dt>
        <dd>{sayIdentity(says)}</dd>
      </div>
      <div>
        <dt>{asks.yours}</dt>
        <dd>{sayIdentity(identityOf(stated))}</dd>
      </div>
    </dl>
  )
}

/** Nothing of somebody else's document goes into the summary: there is no way past. */
export const OfOther = ({ says, stated }: { says: Identity | undefined; stated: StatedSummary }) => {
  const { otherTitle, otherText, severalText } = offerWords.value
  return (
    <Banner tone="bad" title={otherTitle} alert>
      <p>{severalText}</p>
      <Both says={says} stated={stated} />
      <p>{otherText}</p>
    </Banner>
  )
}

/** Whom the document is about, where only the patient knows. */
export const AskWhose = ({
  says,
  stated,
  onMine,
  onOther,
}: {
  says: Identity | undefined
  stated: StatedSummary
  onMine: () => void
  onOther: () => void
}) => {
  const { asks } = offerWords.value
  return (
    <Banner tone="warn" title={asks.title}>
      <p>{asks.lead}</p>
      <Both says={says} stated={stated} />
      <div class="row">
        <Button onClick={onMine}>{asks.yes}</Button>
        <Button onClick={onOther}>{asks.no}</Button>
      </div>
    </Banner>
  )
}
