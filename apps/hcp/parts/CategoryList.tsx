import { useEffect } from "preact/hooks"
import type { Category } from "../../../protocol/primitives.ts"
import { TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Loading } from "../../shared/parts/Progress.tsx"
import { sharedWords } from "../../shared/words/shared.ts"
import { type Encounter, lists } from "../state.ts"
import { words } from "../words/words.ts"
import { RecordItem } from "./RecordItem.tsx"

const load = async (encounter: Encounter, category: Category) => {
  const { loadList } = await import("../records.ts")
  await loadList(encounter, category)
}

/** What a category holds; the cloud is asked for it once, and again at somebody's wish. */
export const CategoryList = ({
  encounter,
  category,
  title = sharedWords.value.categories[category],
}: {
  encounter: Encounter
  category: Category
  title?: string
}) => {
  const { lists: own } = words.value
  const granted = encounter.access.categories.includes(category)
  const list = lists.value[category]
  const ask = () => void load(encounter, category)
  useEffect(() => {
    if (granted && lists.value[category] === undefined) ask()
  }, [])
  const { listed = [], loading = true, error } = list ?? {}
  return (
    <section class="panel" aria-label={title}>
      <div class="row row-between">
        <h2>{title}</h2>
        {granted && !loading && (
          <span class="no-print">
            <Button look="plain" aria-label={`${own.refresh}: ${title}`} onClick={ask}>
              {own.refresh}
            </Button>
          </span>
        )}
      </div>
      {granted ? (
        <>
          <TroubleBanner error={error} retry={ask} />
          {listed.length > 0 && (
            <ul class="list">
              {listed.map((each) => (
                <RecordItem key={each.descriptor.recordId} listed={each} encounter={encounter} />
              ))}
            </ul>
          )}
          {loading && <Loading />}
          {!loading && listed.length === 0 && error === undefined && <p class="muted">{own.none}</p>}
        </>
      ) : (
        <p class="muted">{own.notIncluded}</p>
      )}
    </section>
  )
}
