import { categories } from "../../../protocol/primitives.ts"
import { LinkButton } from "../../shared/parts/Button.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Loading } from "../../shared/parts/Progress.tsx"
import { useFragment } from "../../shared/use-fragment.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { documents } from "../record-store.ts"
import { words } from "../words/words.ts"
import { DocumentList } from "./Record.tsx"

export const Category = () => {
  const { record: says } = words.value
  const { categories: names, categoryHints, back } = sharedWords.value
  const fragment = useFragment()
  const category = categories.find((each) => each === fragment)
  const listed = documents.value
    ?.filter(({ descriptor }) => category === undefined || descriptor.category === category)
    .toReversed()
  return (
    <Screen
      key={fragment}
      title={category === undefined ? says.all : names[category]}
      lead={category === undefined ? undefined : categoryHints[category]}
      actions={<LinkButton href="/record">{back}</LinkButton>}
    >
      {listed === undefined ? (
        <Loading />
      ) : (
        <div class="panel">{listed.length === 0 ? <p>{says.noneIn}</p> : <DocumentList listed={listed} />}</div>
      )}
    </Screen>
  )
}
