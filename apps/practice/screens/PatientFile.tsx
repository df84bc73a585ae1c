import { Screen } from "../../shared/parts/Frame.tsx"
import { useFragment } from "../../shared/use-fragment.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { FileHead } from "../parts/FileHead.tsx"
import { learnt, practice } from "../state.ts"
import { words } from "../words/words.ts"

export const PatientFile = () => {
  const fileId = useFragment()
  const round = learnt.value
  const entry = round < 0 ? undefined : practice.value?.directory.get(fileId)
  if (entry === undefined) return <Screen title={sharedWords.value.notFound}>{null}</Screen>
  return (
    <Screen title={words.value.file.title}>
      <FileHead entry={entry} />
    </Screen>
  )
}
