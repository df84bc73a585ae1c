import { useMemo, useState } from "preact/hooks"
import { useLocation } from "preact-iso"
import * as z from "zod/mini"
import { Problem } from "../../../contract/errors.ts"
import { resultLines } from "../../../sdk/practice/result-lines.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Loading } from "../../shared/parts/Progress.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { useFragment } from "../../shared/use-fragment.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { type Draft, openDraft } from "../drafts.ts"
import { base, baseOf, PersonChanged, saveEdit } from "../file/save.ts"
import { patientWords } from "../file/words.ts"
import { asideOf, nameOfLine } from "../parts/EntryLine.tsx"
import { FileHead } from "../parts/FileHead.tsx"
import { Keeping } from "../parts/Keeping.tsx"
import { PersonFields } from "../parts/PersonFields.tsx"
import { faultsOf, personTyped, saidIn, typedPerson } from "../person-form.ts"
import { inPractice, known } from "../state.ts"
import { words } from "../words/words.ts"

const drafted = z.object({ typed: typedPerson, base })
type PersonDraft = z.infer<typeof drafted>

const fresh = (fileId: string): Promise<PersonDraft> =>
  inPractice(async (current) => {
    const opened = baseOf(current, fileId)
    if (opened === undefined) throw new Problem("not-found")
    return { typed: personTyped(opened.entry), base: opened }
  })

const Form = ({ fileId, draft, value }: { fileId: string; draft: Draft<PersonDraft>; value: PersonDraft }) => {
  const { facts, person: changed } = patientWords.value
  const { route } = useLocation()
  const [other, setOther] = useState<PersonChanged["now"]>()
  const { busy, error, run } = useDeed()
  const faults = faultsOf(value.typed, new Date(), { whole: false })
  const [line] = other === undefined ? [] : resultLines([{ ...other, fileId, version: 1 }])
  const save = async () => {
    if (Object.keys(faults).length > 0) return
    await draft.keepNow()
    try {
      const said = saidIn(value.typed, new Date(), value.base.entry)
      await inPractice((current) => saveEdit(current, { fileId, base: value.base, said }))
    } catch (failed) {
      if (!(failed instanceof PersonChanged)) throw failed
      setOther(failed.now)
      draft.change((before) => ({ ...before, base: { ...before.base, entry: failed.now } }))
      return
    }
    await draft.drop()
    route(`/patients/file#${fileId}`)
  }
  return (
    <form
      class="panel"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        run(save)
      }}
    >
      {line !== undefined && (
        <Banner tone="warn" title={changed.changed} alert>
          <p class="strong">{nameOfLine(line)}</p>
          <p>{asideOf(line)}</p>
          <p>{changed.changedText}</p>
        </Banner>
      )}
      <PersonFields
        typed={value.typed}
        faults={faults}
        onTyped={(to) => draft.change((before) => ({ ...before, typed: to(before.typed) }))}
      />
      <TroubleBanner error={error} />
      <div class="row">
        <Button look="main" type="submit" busy={busy}>
          {facts.save}
        </Button>
        <LinkButton href={`/patients/file#${fileId}`}>{facts.later}</LinkButton>
        {draft.state.value !== "unchanged" && (
          <Button
            look="plain"
            onClick={() =>
              run(async () => {
                await draft.drop()
                route(`/patients/file#${fileId}`)
              })
            }
          >
            {words.value.person.discard}
          </Button>
        )}
      </div>
      <Keeping draft={draft} />
    </form>
  )
}

/** Who a patient is: what the directory finds them by. */
export const EditPerson = () => {
  const fileId = useFragment()
  const draft = useMemo(() => openDraft<PersonDraft>(`person/${fileId}`, drafted, () => fresh(fileId)), [fileId])
  const entry = known()?.directory.get(fileId)
  const { value } = draft.value
  if (entry === undefined) return <Screen title={sharedWords.value.notFound}>{null}</Screen>
  return (
    <Screen title={patientWords.value.editPerson} narrow>
      <FileHead entry={entry} />
      <TroubleBanner error={draft.error.value} retry={draft.retry} />
      {value === undefined ? (
        draft.error.value === undefined && <Loading />
      ) : (
        <Form fileId={fileId} draft={draft} value={value} />
      )}
    </Screen>
  )
}
