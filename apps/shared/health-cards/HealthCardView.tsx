import type { ComponentChildren } from "preact"
import type { Summary } from "../../../fhir/summary.ts"
import { formatDate } from "../format.ts"
import { Banner } from "../parts/Banner.tsx"
import { Loading } from "../parts/Progress.tsx"
import { SummaryView } from "../summary/SummaryView.tsx"
import { useRead } from "../summary/useRead.ts"
import { configuredHealthCards } from "./configured.ts"
import { readHealthCards, type ShownHealthCard, type ShownHealthCards } from "./read.ts"
import { healthCardWords } from "./words.ts"

const tones = { verified: "good", unchecked: "warn", wrong: "bad" } as const

const read = async (bytes: Uint8Array, left: AbortSignal): Promise<ShownHealthCards> =>
  readHealthCards(bytes, (await configuredHealthCards()).issuers, left)

const dayOf = (seconds: number): string => formatDate(new Date(seconds * 1000).toISOString())

const One = ({
  card: { issuer, signature, issuedAt, expiresAt, summary, bundle },
  before,
}: {
  card: ShownHealthCard
  before: (summary: Summary) => ComponentChildren
}) => {
  const says = healthCardWords.value
  const isOver = expiresAt !== undefined && expiresAt * 1000 < Date.now()
  return (
    <section class="stack" aria-label={says.cardTitle}>
      <Banner tone={tones[signature]}>
        <p>{says.signatures[signature](issuer)}</p>
        {issuedAt !== undefined && <p>{says.issued(dayOf(issuedAt))}</p>}
        {isOver && <p class="strong">{says.ended(dayOf(expiresAt))}</p>}
      </Banner>
      {summary !== undefined && bundle !== undefined ? (
        <>
          {before(summary)}
          <SummaryView summary={summary} bytes={bundle} />
        </>
      ) : (
        signature !== "wrong" && <p>{says.empty}</p>
      )}
    </section>
  )
}

/** The cards of a file, each below what its signature is worth. `before`: what has to be said before one is read. */
export const HealthCardView = ({
  bytes,
  before = () => null,
}: {
  bytes: Uint8Array
  before?: (summary: Summary) => ComponentChildren
}) => {
  const says = healthCardWords.value
  const found = useRead(bytes, read)
  if (found === undefined) return <Loading />
  return (
    <>
      {found.cards.map((card, place) => (
        <One key={place} card={card} before={before} />
      ))}
      {found.unread > 0 && (
        <Banner tone="warn">
          <p>{says.unread(found.unread)}</p>
        </Banner>
      )}
    </>
  )
}
