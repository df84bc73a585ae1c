import { useComputed } from "@preact/signals"
import { categories } from "../../../protocol/primitives.ts"
import { formatBytes, formatDate } from "../../shared/format.ts"
import { kindOf } from "../../shared/kind.ts"
import { Banner } from "../../shared/parts/Banner.tsx"
import { LinkButton } from "../../shared/parts/Button.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Icon } from "../../shared/parts/Icon.tsx"
import { Loading } from "../../shared/parts/Progress.tsx"
import { sharedWords } from "../../shared/words/shared.ts"
import { Outbox } from "../OutboxPanel.tsx"
import { NewDocuments } from "../offers/NewDocuments.tsx"
import { copied, documents, type Listed, placeOf } from "../record-store.ts"
import { account } from "../state.ts"
import { SummaryPanel } from "../stated/SummaryPanel.tsx"
import { CardsBehind } from "../WitnessBanner.tsx"
import { words } from "../words/words.ts"

export const DocumentList = ({ listed }: { listed: readonly Listed[] }) => {
  const { record: says, add } = words.value
  const { categories: names } = sharedWords.value
  return (
    <ul class="list">
      {listed.map(({ descriptor, metadata }) => (
        <li key={placeOf(descriptor)}>
          <a class="list-link" href={`/record/open#${descriptor.recordId}`}>
            <span class="list-link-title">{metadata?.title ?? says.unreadable}</span>
            <span class="small muted">
              {metadata !== undefined &&
                [
                  names[descriptor.category],
                  add.kinds[kindOf(metadata.contentType)],
                  formatDate(metadata.createdAt),
                  formatBytes(metadata.size),
                ].join(" · ")}
              {copied.value.has(placeOf(descriptor)) && ` · ${says.onDevice}`}
            </span>
          </a>
        </li>
      ))}
    </ul>
  )
}

const byAge = (listed: readonly Listed[]): Listed[] =>
  listed.toSorted((a, b) => (b.metadata?.createdAt ?? "").localeCompare(a.metadata?.createdAt ?? ""))

/** How many documents the overview shows by themselves. */
const recent = 5

export const Record = () => {
  const { record: says } = words.value
  const { categories: names, categoryHints } = sharedWords.value
  const counts = useComputed(() => Map.groupBy(documents.value ?? [], ({ descriptor }) => descriptor.category))
  const listed = documents.value
  return (
    <Screen
      title={says.title}
      actions={
        <LinkButton look="main" href="/record/add">
          <Icon name="add" />
          {says.add}
        </LinkButton>
      }
    >
      {account.value?.stage === "consents" && (
        <Banner tone="warn" title={says.consentMissing}>
          <div>
            <LinkButton href="/consents">{says.consentSee}</LinkButton>
          </div>
        </Banner>
      )}
      <CardsBehind />
      <SummaryPanel />
      <NewDocuments />
      <Outbox />
      {listed === undefined ? (
        <Loading />
      ) : listed.length === 0 ? (
        <div class="panel">
          <p>{says.empty}</p>
        </div>
      ) : null}
      {listed !== undefined && (
        <section class="stack stack-s" aria-labelledby="categories">
          <h2 id="categories">{says.categories}</h2>
          <ul class="tiles">
            {categories.map((category) => {
              const count = counts.value.get(category)?.length ?? 0
              return (
                <li key={category}>
                  <a class="tile" href={`/record/category#${category}`}>
                    <span class="strong">{names[category]}</span>
                    <span class="tile-count">{count === 0 ? says.noneIn : says.count(count)}</span>
                    <span class="small muted">{categoryHints[category]}</span>
                  </a>
                </li>
              )
            })}
          </ul>
        </section>
      )}
      {listed !== undefined && listed.length > 0 && (
        <section class="panel" aria-labelledby="recent">
          <h2 id="recent">{says.recent}</h2>
          <DocumentList listed={byAge(listed).slice(0, recent)} />
        </section>
      )}
    </Screen>
  )
}
