import { useEffect, useMemo, useRef, useState } from "preact/hooks"
import { useLocation } from "preact-iso"
import * as z from "zod/mini"
import { duplicatesOf } from "../../../sdk/practice/duplicates.ts"
import { addFile, newFileId } from "../../../sdk/practice/files.ts"
import { resultLines } from "../../../sdk/practice/result-lines.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Loading } from "../../shared/parts/Progress.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { openDraft } from "../drafts.ts"
import { EntryLine } from "../parts/EntryLine.tsx"
import { Keeping } from "../parts/Keeping.tsx"
import { PersonFields } from "../parts/PersonFields.tsx"
import { emptyPerson, faultsOf, saidIn, type TypedPerson, typedPerson } from "../person-form.ts"
import { inPractice, practice } from "../state.ts"
import { words } from "../words/words.ts"

/** `fileId`: the file's that is to be opened, so that a save that is tried again opens one. */
const drafted = z.object({ fileId: z.string(), typed: typedPerson })

/** How long after a key the directory is looked through, milliseconds. */
const pause = 150

/** Whoever is there already and may be the same person: said while somebody types, and never forbidden. */
const Duplicates = ({ typed }: { typed: TypedPerson }) => {
  const { person: says } = words.value
  const [settled, setSettled] = useState(typed)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(typed), pause)
    return () => clearTimeout(timer)
  }, [typed])
  const directory = practice.value?.directory
  const found = useMemo(
    () => (directory === undefined ? [] : duplicatesOf(saidIn(settled, new Date()), directory)),
    [directory, settled],
  )
  const lines = resultLines(found.map(({ entry }) => entry))
  return (
    <div role="status">
      {found.length > 0 && (
        <Banner tone="warn" title={says.duplicates}>
          <ul class="list">
            {found.map(({ because }, i) => {
              const line = lines[i]
              return line === undefined ? null : (
                <EntryLine key={line.fileId} line={line}>
                  <span class="small strong">{because.map((each) => says.because[each]).join(" · ")}</span>
                </EntryLine>
              )
            })}
          </ul>
          <p class="small">{says.duplicatesHint}</p>
        </Banner>
      )}
    </div>
  )
}

export const NewPatient = () => {
  const { person: says } = words.value
  const { route } = useLocation()
  const draft = useMemo(() => openDraft("new", drafted, async () => ({ fileId: newFileId(), typed: emptyPerson })), [])
  const form = useRef<HTMLFormElement>(null)
  const [tried, setTried] = useState(false)
  const { busy, error, run } = useDeed()
  const { fileId, typed } = draft.value.value ?? {}
  const faults = typed === undefined ? {} : faultsOf(typed, new Date(), { whole: tried })
  const save = async () => {
    if (typed === undefined || fileId === undefined) return
    setTried(true)
    if (Object.keys(faultsOf(typed, new Date(), { whole: true })).length > 0) {
      requestAnimationFrame(() =>
        form.current?.querySelector<HTMLElement>('[aria-invalid="true"], .field-fault')?.focus(),
      )
      return
    }
    await draft.keepNow()
    await inPractice((current) => addFile(current, saidIn(typed, new Date()), undefined, fileId))
    await draft.drop()
    route(`/patients/file#${fileId}`)
  }
  return (
    <Screen title={says.newTitle} narrow>
      {typed === undefined ? (
        <Loading />
      ) : (
        <form
          ref={form}
          class="panel"
          noValidate
          onSubmit={(event) => {
            event.preventDefault()
            run(save)
          }}
        >
          <PersonFields
            typed={typed}
            faults={faults}
            onTyped={(to) => draft.change((before) => ({ ...before, typed: to(before.typed) }))}
          />
          <Duplicates typed={typed} />
          <TroubleBanner error={error} />
          <div class="row">
            <Button look="main" type="submit" busy={busy}>
              {says.save}
            </Button>
            {draft.state.value !== "unchanged" && (
              <Button
                look="plain"
                onClick={() => {
                  void draft.drop()
                  route("/patients")
                }}
              >
                {says.discard}
              </Button>
            )}
          </div>
          <Keeping draft={draft} />
        </form>
      )}
    </Screen>
  )
}
