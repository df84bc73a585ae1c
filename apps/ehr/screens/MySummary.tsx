import { useEffect, useRef, useState } from "preact/hooks"
import { missing } from "../../../fhir/missing.ts"
import type { StatedSummary } from "../../../fhir/stated-summary.ts"
import { formatFhirDate, formatMoment } from "../../shared/format.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Loading } from "../../shared/parts/Progress.tsx"
import { saveFile } from "../../shared/save-file.ts"
import { Body } from "../../shared/stated/Body.tsx"
import { StatedFormProvider, today } from "../../shared/stated/form.ts"
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
import { SummaryView } from "../../shared/summary/SummaryView.tsx"
import { documentOf } from "../../shared/summary/stated-document.ts"
import { useSummary } from "../../shared/summary/useSummary.ts"
import { useDeed } from "../../shared/use-deed.ts"
import { language } from "../../shared/words.ts"
import { NewDocuments } from "../offers/NewDocuments.tsx"
import { documents } from "../record-store.ts"
import { changeDraft, discardDraft, draft, keeping, patientForm, UnreadableDraft } from "../stated/draft.ts"
import { Person } from "../stated/Person.tsx"
import { saveStated } from "../stated/save.ts"
import { useDraft } from "../stated/useDraft.ts"
import { formWords } from "../stated/words.ts"

/** What a physician would miss most, the first few. Nothing of it has to be there. */
const Missing = ({ stated }: { stated: StatedSummary }) => {
  const { missing: says } = formWords.value
  const lacking = missing(stated, today()).filter(({ what }) => what !== "confirmation")
  return (
    <section class="panel" aria-label={says.title}>
      <h2>{says.title}</h2>
      {lacking.length === 0 ? (
        <p>{says.nothing}</p>
      ) : (
        <>
          <p class="small muted">{says.lead}</p>
          <ul class="destroyed">
            {lacking.slice(0, 5).map(({ what }) => (
              <li key={what}>{says.what[what]}</li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}

/** The document as a professional sees it. */
const Preview = ({ stated }: { stated: StatedSummary }) => {
  const [bytes, setBytes] = useState<Uint8Array>()
  useEffect(() => {
    let wanted = true
    void documentOf({ ...stated, language: language.value, lastConfirmed: today() })
      .arrayBuffer()
      .then((read) => wanted && setBytes(new Uint8Array(read)))
    return () => {
      wanted = false
    }
  }, [stated])
  return bytes === undefined ? <Loading /> : <Shown bytes={bytes} />
}

const Shown = ({ bytes }: { bytes: Uint8Array }) => {
  const summary = useSummary(bytes, undefined)
  return summary === undefined ? <Loading /> : <SummaryView summary={summary} bytes={bytes} />
}

/** The record has another version by now than the one that the draft changes. */
const Overtaken = () => {
  const { overtaken: says } = formWords.value
  const { replaces } = draft.value ?? {}
  const current = documents.value?.find(({ descriptor }) => descriptor.recordId === replaces?.recordId)
  if (replaces === undefined || current === undefined || current.descriptor.version <= replaces.version) return null
  return (
    <Banner tone="warn" title={says.title}>
      <p>{says.text(formatMoment(current.metadata?.createdAt ?? ""))}</p>
      <div class="row">
        <Button onClick={() => changeDraft((before) => ({ ...before, replaces: current.descriptor }))}>
          {says.keepMine}
        </Button>
        <Button onClick={() => void discardDraft()}>{says.takeNewer}</Button>
      </div>
    </Banner>
  )
}

const Standing = () => {
  const { draft: drafted, notKept, keeping: sentences, discardText } = formWords.value
  const state = keeping.value
  if (state === "unchanged") return null
  return (
    <Banner tone={state === "failed" ? "warn" : undefined} title={state === "failed" ? notKept : drafted}>
      <p role="status">{sentences[state]}</p>
      <Discard text={discardText} />
    </Banner>
  )
}

/** Gives up what stands in the form, once that was confirmed. */
const Discard = ({ text, onDone }: { text: string; onDone?: () => void }) => {
  const { discard, discardTitle } = formWords.value
  const [asking, setAsking] = useState(false)
  const { busy, error, run } = useDeed()
  const deed = async () => {
    await discardDraft()
    setAsking(false)
    onDone?.()
  }
  return (
    <div>
      <Button look="plain" onClick={() => setAsking(true)}>
        {discard}
      </Button>
      <ConfirmDialog
        open={asking}
        title={discardTitle}
        confirm={discard}
        busy={busy}
        error={error}
        onConfirm={() => run(deed)}
        onClose={() => setAsking(false)}
      >
        <p>{text}</p>
      </ConfirmDialog>
    </div>
  )
}

/** What stood in the form, which this version can't show: it can be saved as text before it is given up. */
const Unreadable = ({ draft: { text }, onDone }: { draft: UnreadableDraft; onDone: () => void }) => {
  const { unreadable: says } = formWords.value
  return (
    <Banner tone="warn" title={says.title} alert>
      <p>{text === undefined ? says.lost : says.text}</p>
      {text !== undefined && (
        <div>
          <Button onClick={() => saveFile(text, "emergency-summary-draft.txt", "text/plain")}>{says.save}</Button>
        </div>
      )}
      <Discard text={says.discardText} onDone={onDone} />
    </Banner>
  )
}

const Saved = () => {
  const { saved: says } = formWords.value
  return (
    <Screen title={says.title} lead={says.lead} narrow>
      <div class="row">
        <LinkButton look="main" href="/card">
          {says.card}
        </LinkButton>
        <LinkButton href="/record">{says.record}</LinkButton>
      </div>
    </Screen>
  )
}

const Form = ({ stated, onSaved }: { stated: StatedSummary; onSaved: () => void }) => {
  const { preview, faults, save: saveLabel, later, saveHint } = formWords.value
  const form = useRef<HTMLFormElement>(null)
  const [previewing, setPreviewing] = useState(false)
  const [refused, setRefused] = useState(false)
  const { busy, error, run } = useDeed()
  const save = () => {
    const faulty = Object.values(draft.value?.typed ?? {}).some(({ fault }) => fault)
    setRefused(faulty)
    if (faulty) {
      const first = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')
      first?.closest("details")?.setAttribute("open", "")
      first?.focus()
      return
    }
    run(async () => {
      await saveStated({ confirms: true })
      onSaved()
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
      <StatedFormProvider value={patientForm}>
        <Person stated={stated} />
        <Allergies stated={stated} />
        <Medicines stated={stated} />
        <Illnesses stated={stated} />
        <Devices stated={stated} />
        <Body stated={stated} />
        <Directives stated={stated} />
        <Vaccinations stated={stated} />
        <Contacts stated={stated} />
      </StatedFormProvider>
      <Missing stated={stated} />
      <details class="panel" onToggle={({ currentTarget }) => setPreviewing(currentTarget.open)}>
        <summary>{preview}</summary>
        {previewing && <Preview stated={stated} />}
      </details>
      {refused && (
        <Banner tone="warn" alert>
          <p>{faults.some}</p>
        </Banner>
      )}
      <TroubleBanner error={error} />
      <div class="row">
        <Button look="main" type="submit" busy={busy}>
          {saveLabel}
        </Button>
        <LinkButton href="/record">{later}</LinkButton>
      </div>
      <p class="small muted">{saveHint}</p>
    </form>
  )
}

export const MySummary = () => {
  const { title, lead, lastConfirmed } = formWords.value
  const [saved, setSaved] = useState(false)
  const { error, setError } = useDraft()
  useEffect(() => void loadSuggestions().catch(() => undefined), [])
  if (saved) return <Saved />
  const { stated, replaces } = draft.value ?? {}
  return (
    <Screen title={title} lead={lead} narrow>
      {error instanceof UnreadableDraft ? (
        <Unreadable draft={error} onDone={() => setError(undefined)} />
      ) : (
        <TroubleBanner error={error} />
      )}
      <Overtaken />
      <Standing />
      <NewDocuments />
      {stated !== undefined && replaces !== undefined && (
        <p class="small muted">{lastConfirmed(formatFhirDate(stated.lastConfirmed))}</p>
      )}
      {stated === undefined ? (
        error === undefined && <Loading />
      ) : (
        <Form stated={stated} onSaved={() => setSaved(true)} />
      )}
    </Screen>
  )
}
