import { formatMoment } from "../../shared/format.ts"
import { TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Busy } from "../../shared/parts/Progress.tsx"
import { useFragment } from "../../shared/use-fragment.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { Actions } from "../file/Actions.tsx"
import { Documents } from "../file/Documents.tsx"
import { FactsView } from "../file/FactsView.tsx"
import { Merges } from "../file/Merges.tsx"
import { Timeline } from "../file/Timeline.tsx"
import { Undecided } from "../file/Undecided.tsx"
import { type OpenedFile, useFile } from "../file/use-file.ts"
import { patientWords } from "../file/words.ts"
import { FileHead } from "../parts/FileHead.tsx"
import { words } from "../words/words.ts"

const Body = ({ file, fileId, retry }: { file: OpenedFile; fileId: string; retry: () => void }) => {
  const says = patientWords.value
  if (file.state === "absent") return null
  if (file.state === "reading") return <Busy>{says.reading}</Busy>
  if (file.state === "failed") return <TroubleBanner error={file.error} retry={retry} />
  if (file.state === "person") return <p>{says.notYours}</p>
  const { facts, entry } = file
  return (
    <>
      <Undecided fileId={fileId} open={facts.open} />
      <FactsView facts={facts} entry={entry} />
      <Documents fileId={fileId} documents={facts.documents} />
    </>
  )
}

/** What is done most stands first. */
const Ways = ({ fileId, isClinical }: { fileId: string; isClinical: boolean }) => {
  const says = patientWords.value
  return (
    <div class="row no-print">
      {isClinical && (
        <>
          <LinkButton look="main" href={`/patients/encounter#${fileId}`}>
            {says.addEncounter}
          </LinkButton>
          <LinkButton href={`/patients/facts#${fileId}`}>{says.editFacts}</LinkButton>
        </>
      )}
      <LinkButton href={`/patients/person#${fileId}`}>{says.editPerson}</LinkButton>
      {isClinical && <Button onClick={() => window.print()}>{sharedWords.value.print}</Button>}
    </div>
  )
}

/** One patient's file. */
export const PatientFile = () => {
  const fileId = useFragment()
  const { retry, ...file } = useFile(fileId)
  if (file.state === "absent") return <Screen title={sharedWords.value.notFound}>{null}</Screen>
  const { entry } = file
  const isDeleted = entry.deletedAt !== undefined
  return (
    <Screen title={words.value.file.title}>
      <FileHead entry={entry} />
      <p class="print-only small">{patientWords.value.exported.printed(formatMoment(Date.now()))}</p>
      <Merges entry={entry} />
      {!isDeleted && <Ways fileId={fileId} isClinical={file.state !== "person"} />}
      <Body file={file} fileId={fileId} retry={retry} />
      <Timeline fileId={fileId} />
      <Actions entry={entry} facts={file.state === "ready" ? file.facts : undefined} />
    </Screen>
  )
}
