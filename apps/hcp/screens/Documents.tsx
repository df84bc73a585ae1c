import { Button } from "../../shared/parts/Button.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { CategoryList } from "../parts/CategoryList.tsx"
import { type Encounter, lists, sensitiveWanted } from "../state.ts"
import { words } from "../words/words.ts"

const Sensitive = ({ encounter }: { encounter: Encounter }) => {
  const { lists: own } = words.value
  if (sensitiveWanted.value || lists.value.sensitive !== undefined)
    return <CategoryList encounter={encounter} category="sensitive" title={own.sensitiveTitle} />
  return (
    <section class="panel no-print" aria-label={own.sensitiveTitle}>
      <h2>{own.sensitiveTitle}</h2>
      <p>{own.sensitiveText}</p>
      <div>
        <Button
          onClick={() => {
            sensitiveWanted.value = true
          }}
        >
          {own.sensitiveShow}
        </Button>
      </div>
    </section>
  )
}

/** Everything that is neither laboratory nor images, category by category. */
export const Documents = ({ encounter }: { encounter: Encounter }) => {
  const { categories } = encounter.access
  return (
    <Screen title={words.value.lists.documents}>
      {(["document", "medication", "summary"] as const)
        .filter((category) => categories.includes(category))
        .map((category) => (
          <CategoryList key={category} encounter={encounter} category={category} />
        ))}
      {categories.includes("sensitive") && <Sensitive encounter={encounter} />}
    </Screen>
  )
}

export const Images = ({ encounter }: { encounter: Encounter }) => (
  <Screen title={words.value.lists.images}>
    <CategoryList encounter={encounter} category="imaging" />
  </Screen>
)
