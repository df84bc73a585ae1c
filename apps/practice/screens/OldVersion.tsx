import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { LinkButton } from "../../shared/parts/Button.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Busy } from "../../shared/parts/Progress.tsx"
import { useFragment } from "../../shared/use-fragment.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { Documents } from "../file/Documents.tsx"
import { FactsView } from "../file/FactsView.tsx"
import { Undecided } from "../file/Undecided.tsx"
import { useFile } from "../file/use-file.ts"
import { patientWords } from "../file/words.ts"
import { FileHead } from "../parts/FileHead.tsx"

/** An earlier version of what a file holds, to look at. */
export const OldVersion = () => {
  const { history: says, reading } = patientWords.value
  const [fileId = "", number = ""] = useFragment().split("/")
  const wanted = /^\d{1,6}$/.test(number) ? Number(number) : 0
  const { retry, ...file } = useFile(fileId, wanted)
  if (file.state === "absent" || file.state === "person")
    return <Screen title={sharedWords.value.notFound}>{null}</Screen>
  return (
    <Screen title={says.shownTitle(wanted)}>
      <FileHead entry={file.entry} />
      <Banner tone="warn">
        <p>{says.old}</p>
        <div class="no-print">
          <LinkButton href={`/patients/file#${fileId}`}>{says.back}</LinkButton>
        </div>
      </Banner>
      {file.state === "reading" && <Busy>{reading}</Busy>}
      {file.state === "failed" && <TroubleBanner error={file.error} retry={retry} />}
      {file.state === "ready" && (
        <>
          <Undecided fileId={fileId} open={file.facts.open} isFixed />
          <FactsView facts={file.facts} entry={file.entry} />
          <Documents fileId={fileId} documents={file.facts.documents} isFixed />
        </>
      )}
    </Screen>
  )
}
