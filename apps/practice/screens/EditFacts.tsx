import { useEffect, useMemo, useRef, useState } from "preact/hooks"
import { useLocation } from "preact-iso"
import * as z from "zod/mini"
import { Problem } from "../../../contract/errors.ts"
import { checkStated } from "../../../fhir/check-stated.ts"
import type { StatedSummary } from "../../../fhir/stated-summary.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Loading } from "../../shared/parts/Progress.tsx"
import { Body } from "../../shared/stated/Body.tsx"
import { type FormDraft, type StatedForm, StatedFormProvider, today, typed } from "../../shared/stated/form.ts"
import {
  Allergies,
  Contacts,
  Devices,
  Directives,
  Illnesses,
  Medicines,
  Vaccinations,
} from "../../shared/stated/sections.tsx"
import { loadSuggestions } from "../../shared/suggestions/suggested.ts"
import { useDeed } from "../../shared/use-deed.ts"
import { useFragment } from "../../shared/use-fragment.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { language } from "../../shared/words.ts"
import { type Draft, openDraft } from "../drafts.ts"
import { factsIn, withStated } from "../file/content.ts"
import { type Base, base, baseOf, saveEdit, versionAt } from "../file/save.ts"
import { patientWords } from "../file/words.ts"
import { FileHead } from "../parts/FileHead.tsx"
import { Keeping } from "../parts/Keeping.tsx"
import { account, inPractice, known } from "../state.ts"
import { statedFormWords } from "../stated/words.ts"

const stated = z.pipe(
  z.unknown(),
  z.transform((value, context): StatedSummary => {
    const checked = checkStated(value)
    if (checked.outcome === "stated") return checked.stated
    context.issues.push({ code: "custom", message: "not a stated summary", input: value })
    return z.NEVER
  }),
)
const drafted = z.object({ stated, typed: z.record(z.string(), typed), base })

interface FactsDraft extends FormDraft {
  readonly base: Base
}

/** What the file says now, and what a change is made on. */
const fresh = (fileId: string): Promise<FactsDraft> =>
  inPractice(async (current) => {
    const opened = baseOf(current, fileId)
    if (opened === undefined) throw new Problem("not-found")
    const { stated } = factsIn(await versionAt(current, fileId, opened.version), language.value, today())
    return { stated, typed: {}, base: opened }
  })

const formOf = (draft: Draft<FactsDraft>): StatedForm => ({
  draft: () => draft.value.value,
  change: (to) => draft.change((before) => ({ ...before, ...to(before) })),
  origin: () => ({ from: "professional", name: account.value?.author ?? "" }),
  words: statedFormWords,
})

const Discard = ({ onDiscard }: { onDiscard: () => Promise<void> }) => {
  const { facts: says } = patientWords.value
  const [asking, setAsking] = useState(false)
  const { busy, error, run } = useDeed()
  return (
    <>
      <Button look="plain" onClick={() => setAsking(true)}>
        {says.discard}
      </Button>
      <ConfirmDialog
        open={asking}
        title={says.discardTitle}
        confirm={says.discard}
        busy={busy}
        error={error}
        onConfirm={() => run(onDiscard)}
        onClose={() => setAsking(false)}
      >
        <p>{says.discardText}</p>
      </ConfirmDialog>
    </>
  )
}

const Form = ({ fileId, draft }: { fileId: string; draft: Draft<FactsDraft> }) => {
  const { facts: says } = patientWords.value
  const { route } = useLocation()
  const form = useRef<HTMLFormElement>(null)
  const provided = useMemo(() => formOf(draft), [draft])
  const [refused, setRefused] = useState(false)
  const { busy, error, run } = useDeed()
  const { value } = draft.value
  if (value === undefined) return null
  const save = () => {
    const faulty = Object.values(value.typed).some(({ fault }) => fault)
    setRefused(faulty)
    if (faulty) {
      const first = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')
      first?.closest("details")?.setAttribute("open", "")
      first?.focus()
      return
    }
    run(async () => {
      await draft.keepNow()
      await inPractice((current) =>
        saveEdit(current, { fileId, base: value.base, content: (before) => withStated(before, value.stated) }),
      )
      await draft.drop()
      route(`/patients/file#${fileId}`)
    })
  }
  return (
    <form
      ref={form}
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <StatedFormProvider value={provided}>
        <Allergies stated={value.stated} />
        <Medicines stated={value.stated} />
        <Illnesses stated={value.stated} />
        <Devices stated={value.stated} />
        <Body stated={value.stated} />
        <Directives stated={value.stated} />
        <Vaccinations stated={value.stated} />
        <Contacts stated={value.stated} />
      </StatedFormProvider>
      {refused && (
        <Banner tone="warn" alert>
          <p>{says.some}</p>
        </Banner>
      )}
      <TroubleBanner error={error} />
      <div class="row save-row">
        <Button look="main" type="submit" busy={busy}>
          {says.save}
        </Button>
        <LinkButton href={`/patients/file#${fileId}`}>{says.later}</LinkButton>
        {draft.state.value !== "unchanged" && (
          <Discard
            onDiscard={async () => {
              await draft.drop()
              route(`/patients/file#${fileId}`)
            }}
          />
        )}
      </div>
      <Keeping draft={draft} />
    </form>
  )
}

/** Allergies, medicines, conditions and the rest, by the editors of the patient's summary. */
export const EditFacts = () => {
  const { facts: says } = patientWords.value
  const fileId = useFragment()
  const draft = useMemo(() => openDraft<FactsDraft>(`facts/${fileId}`, drafted, () => fresh(fileId)), [fileId])
  useEffect(() => void loadSuggestions().catch(() => undefined), [])
  const entry = known()?.directory.get(fileId)
  if (entry === undefined) return <Screen title={sharedWords.value.notFound}>{null}</Screen>
  return (
    <Screen title={says.title} narrow>
      <FileHead entry={entry} />
      <TroubleBanner error={draft.error.value} retry={draft.retry} />
      {draft.value.value === undefined ? (
        draft.error.value === undefined && <Loading />
      ) : (
        <Form fileId={fileId} draft={draft} />
      )}
    </Screen>
  )
}
