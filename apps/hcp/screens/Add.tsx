import { useEffect, useId, useRef, useState } from "preact/hooks"
import { type Category, categories } from "../../../protocol/primitives.ts"
import { formatBytes, formatTime, zoneHere } from "../../shared/format.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Dialog } from "../../shared/parts/Dialog.tsx"
import { Field, SelectField, TextField } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { Icon } from "../../shared/parts/Icon.tsx"
import { later } from "../../shared/parts/later.tsx"
import { Loading, Progress } from "../../shared/parts/Progress.tsx"
import { trendWords } from "../../shared/trends/words.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import type { HeldCertificate } from "../certificate-store.ts"
import {
  categoryOf,
  type Draft,
  emptyDraft,
  entryOf,
  type FaultAt,
  type Faults,
  faultsOf,
  measurementOf,
} from "../draft.ts"
import { professionOf } from "../parts/CertificatePanel.tsx"
import { SaveReceipts } from "../parts/SaveReceipts.tsx"
import type { Addition } from "../send.ts"
import { added, certificate, type Encounter, isPractice, draft as kept, lists, sending } from "../state.ts"
import { changeWords } from "../words/changes.ts"
import { pinWords } from "../words/pin.ts"
import { practiceWords } from "../words/practice.ts"
import { words } from "../words/words.ts"
import { UnlockForm } from "./Unlock.tsx"

const kinds = ["note", "observation", "medication", "file"] as const

interface Editing {
  readonly draft: Draft
  readonly change: (part: Partial<Draft>) => void
  readonly fault: (at: FaultAt) => string | undefined
}

const Moment = ({ draft, change, fault }: Editing) => {
  const id = useId()
  const { add } = words.value
  const wrong = fault("at")
  return (
    <div class="field">
      <label for={id}>{add.at(zoneHere())}</label>
      <input
        id={id}
        class="input"
        type="datetime-local"
        value={draft.at}
        aria-invalid={wrong === undefined ? undefined : "true"}
        aria-describedby={wrong === undefined ? undefined : `${id}-fault`}
        onInput={({ currentTarget }) => change({ at: currentTarget.value })}
      />
      {wrong !== undefined && (
        <div class="field-fault" id={`${id}-fault`}>
          {wrong}
        </div>
      )}
    </div>
  )
}

const Remark = ({ draft, change }: Editing) => {
  const { add } = words.value
  return (
    <TextField
      label={`${add.remark} (${sharedWords.value.optional})`}
      value={draft.remark}
      onValue={(remark) => change({ remark })}
      rows={2}
      maxLength={2000}
    />
  )
}

const NoteFields = ({ draft, change, fault }: Editing) => {
  const { add } = words.value
  return (
    <>
      <Field
        label={`${add.noteTitle} (${sharedWords.value.optional})`}
        value={draft.title}
        onValue={(title) => change({ title })}
        maxLength={150}
      />
      <TextField
        label={add.noteText}
        hint={add.noteHint}
        value={draft.text}
        onValue={(text) => change({ text })}
        fault={fault("text")}
        rows={8}
        maxLength={20_000}
        spellcheck
      />
    </>
  )
}

const ObservationFields = (editing: Editing) => {
  const { draft, change, fault } = editing
  const { add } = words.value
  const measurement = measurementOf(draft)
  const unit = (name: string) => (name === "" ? "" : ` (${name})`)
  return (
    <>
      <SelectField
        label={add.measurement}
        value={draft.measurement}
        options={trendWords.value.measurements}
        onValue={(chosen) => change({ measurement: chosen, unit: "" })}
      />
      {measurement.shape === "free" && (
        <Field
          label={add.what}
          value={draft.what}
          onValue={(what) => change({ what })}
          fault={fault("what")}
          maxLength={150}
        />
      )}
      <div class="row fields">
        <Field
          label={
            measurement.shape === "pressure"
              ? `${trendWords.value.systolic}${unit(measurement.systolic.unit)}`
              : measurement.shape === "one" && measurement.units.length === 1
                ? `${add.value}${unit(measurement.units[0].unit)}`
                : add.value
          }
          value={draft.value}
          onValue={(value) => change({ value })}
          fault={fault("value")}
          autocomplete="off"
        />
        {measurement.shape === "pressure" && (
          <Field
            label={`${trendWords.value.diastolic}${unit(measurement.diastolic.unit)}`}
            value={draft.diastolic}
            onValue={(diastolic) => change({ diastolic })}
            fault={fault("diastolic")}
            autocomplete="off"
          />
        )}
        {measurement.shape === "free" && (
          <Field
            label={`${add.unit} (${sharedWords.value.optional})`}
            value={draft.unit}
            onValue={(typed) => change({ unit: typed })}
            maxLength={30}
            autocomplete="off"
          />
        )}
        {measurement.shape === "one" && measurement.units.length > 1 && (
          <SelectField
            label={add.unit}
            value={draft.unit === "" ? measurement.units[0].unit : draft.unit}
            options={Object.fromEntries(measurement.units.map((each) => [each.unit, each.unit]))}
            onValue={(chosen) => change({ unit: chosen })}
          />
        )}
      </div>
      <Moment {...editing} />
      <Remark {...editing} />
    </>
  )
}

const MedicationFields = (editing: Editing) => {
  const { draft, change, fault } = editing
  const { add } = words.value
  return (
    <>
      <Field
        label={add.medicine}
        hint={add.medicineHint}
        value={draft.medicine}
        onValue={(medicine) => change({ medicine })}
        fault={fault("medicine")}
        maxLength={150}
      />
      <Field
        label={add.dose}
        hint={add.doseHint}
        value={draft.dose}
        onValue={(dose) => change({ dose })}
        fault={fault("dose")}
        maxLength={150}
      />
      <Moment {...editing} />
      <Remark {...editing} />
    </>
  )
}

const PreparedFacts = later(async () => (await import("../../shared/files/PreparedFacts.tsx")).PreparedFacts)

/** Takes a chosen file, and no other that was chosen before it. */
const useChosenFile = ({ draft, change }: Editing) => {
  const [state, setState] = useState<"preparing" | "unread">()
  const newest = useRef<File | undefined>(undefined)
  const latest = useRef(draft)
  latest.current = draft
  useEffect(
    () => () => {
      newest.current = undefined
    },
    [],
  )
  const take = async (file: File) => {
    newest.current = file
    setState("preparing")
    try {
      const { prepareFile } = await import("../../shared/files/prepare.ts")
      const prepared = await prepareFile(file)
      if (newest.current !== file) return
      const { title: typed } = latest.current
      const title = typed === "" ? file.name.replace(/\.[^.]+$/, "").slice(0, 150) : typed
      change({ prepared, asItIs: false, title })
      setState(undefined)
    } catch {
      if (newest.current === file) setState("unread")
    }
  }
  return { state, take: (file: File) => void take(file) }
}

const FileFields = (editing: Editing) => {
  const { draft, change, fault } = editing
  const picker = useRef<HTMLInputElement>(null)
  const id = useId()
  const { add } = words.value
  const { state, take } = useChosenFile(editing)
  const { prepared } = draft
  const wrong = state === "unread" ? add.unread : (fault("file") ?? fault("asItIs"))
  return (
    <>
      <div class="field">
        <div class="row">
          <Button aria-describedby={id} onClick={() => picker.current?.click()}>
            <Icon name="add" />
            {add.chooseFile}
          </Button>
          <span id={id} role="status">
            {state === "preparing"
              ? sharedWords.value.loading
              : prepared !== undefined && `${prepared.file.name} (${formatBytes(prepared.file.size)})`}
          </span>
        </div>
        <input
          ref={picker}
          type="file"
          class="hidden-visually"
          tabIndex={-1}
          aria-label={add.file}
          onChange={({ currentTarget }) => {
            const [file] = currentTarget.files ?? []
            currentTarget.value = ""
            if (file !== undefined) take(file)
          }}
        />
        {wrong !== undefined && (
          <div class="field-fault" role="alert">
            {wrong}
          </div>
        )}
      </div>
      {prepared !== undefined && (
        <PreparedFacts prepared={prepared} asItIs={draft.asItIs === true} onAsItIs={(asItIs) => change({ asItIs })} />
      )}
      <Field
        label={`${add.fileTitle} (${sharedWords.value.optional})`}
        value={draft.title}
        onValue={(title) => change({ title })}
        maxLength={150}
      />
    </>
  )
}

const fieldsOf = { note: NoteFields, observation: ObservationFields, medication: MedicationFields, file: FileFields }

/** What it is called in lists: by its own title, else by what it is. */
const titleOf = (draft: Draft): string => {
  const { add } = words.value
  const { kind, title, measurement, what, medicine, prepared } = draft
  if (kind === "medication") return `${add.kinds.medication}: ${medicine.trim()}`.slice(0, 200)
  if (kind === "observation")
    return (measurement === "other" ? what.trim() : trendWords.value.measurements[measurement]).slice(0, 200)
  const own = title.trim()
  if (own !== "") return own
  return kind === "file" ? (prepared?.file.name ?? add.kinds.file).slice(0, 200) : add.noteTitleDefault
}

/** As the certificate names them. */
export const authorOf = (held: HeldCertificate): string => held.facts.name ?? professionOf(held)

const additionOf = (draft: Draft, held: HeldCertificate, category: Category): Addition | undefined => {
  const title = titleOf(draft)
  if (draft.kind === "file")
    return draft.prepared === undefined ? undefined : { title, category, what: { prepared: draft.prepared } }
  const entry = entryOf(
    draft,
    {
      measurement: trendWords.value.measurements[draft.measurement],
      systolic: trendWords.value.systolic,
      diastolic: trendWords.value.diastolic,
    },
    new Date(),
  )
  return entry === undefined ? undefined : { title, category, what: { entry, author: authorOf(held) } }
}

export const Sent = ({ encounter }: { encounter: Encounter }) => {
  const { add } = words.value
  if (added.value.length === 0) return null
  return (
    <section class="panel" aria-label={add.sentTitle}>
      <h2>{add.sentTitle}</h2>
      <ul class="list">
        {added.value.map(({ contributionId, title, category, at }) => {
          const listed = lists.value[category]?.listed?.some(
            ({ descriptor, unreviewed }) => descriptor.recordId === contributionId && unreviewed !== undefined,
          )
          return (
            <li key={contributionId} class="stack stack-s">
              <p class="row">
                <span class="strong">{title}</span>
                {!isPractice(encounter.access) && <span class="badge badge-warn">{add.waits}</span>}
              </p>
              <p class="small muted">
                {sharedWords.value.categories[category]} · {formatTime(at)}
                {listed === true && ` · ${add.seen}`}
              </p>
            </li>
          )
        })}
      </ul>
      <SaveReceipts receipts={encounter.access.receipts} />
    </section>
  )
}

export const Running = () => {
  const { add } = words.value
  const running = sending.value
  if (running === undefined || running.error !== undefined) return null
  const { progress, stop } = running
  return (
    <div class="panel" role="group" aria-label={add.sending}>
      <p class="strong" role="status">
        {add.sending}
      </p>
      {progress === undefined ? (
        <Loading />
      ) : (
        <Progress
          label={add.sending}
          bytes={progress.bytes}
          total={progress.total}
          secondsLeft={progress.secondsLeft}
        />
      )}
      <div>
        <Button onClick={stop}>{add.stop}</Button>
      </div>
    </div>
  )
}

const Form = ({ encounter, held }: { encounter: Encounter; held: HeldCertificate }) => {
  const { add } = words.value
  const { cancel, categories: categoryWords } = sharedWords.value
  const [faults, setFaults] = useState<Faults>({})
  const [review, setReview] = useState<Addition>()
  const form = useRef<HTMLFormElement>(null)
  const draft = kept.value ?? emptyDraft(new Date())
  const granted = encounter.access.categories
  const category = categoryOf(draft, granted)
  if (category === undefined)
    return (
      <Banner tone="warn">
        <p>{add.noCategory}</p>
      </Banner>
    )
  const place: string = category
  const change = (part: Partial<Draft>) => {
    // What was written since, while a file was being prepared, stays.
    const changed = { ...(kept.value ?? draft), ...part }
    kept.value = changed
    if (Object.keys(faults).length > 0) setFaults(faultsOf(changed, new Date()))
  }
  const sentences = { missing: add.missing, number: add.valueFault, moment: add.atFault }
  const fault = (at: FaultAt) => {
    const wrong = faults[at]
    if (wrong === undefined) return undefined
    if (at === "file") return add.noFile
    return at === "asItIs" ? add.notAsItIs : sentences[wrong]
  }
  const check = () => {
    const found = faultsOf(draft, new Date())
    setFaults(found)
    if (Object.keys(found).length > 0)
      // Once the faults are on the screen.
      setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
    else setReview(additionOf(draft, held, category))
  }
  const send = async (addition: Addition) => {
    setReview(undefined)
    const { sendAddition } = await import("../send.ts")
    await sendAddition(encounter, addition)
  }
  const Fields = fieldsOf[draft.kind]
  return (
    <>
      <TroubleBanner error={sending.value?.error} />
      <form
        ref={form}
        class="panel"
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          check()
        }}
      >
        <fieldset class="stack stack-s">
          <legend>{add.kind}</legend>
          <div class="kinds">
            {kinds.map((kind) => (
              <label key={kind} class="choice">
                <input
                  type="radio"
                  name="kind"
                  checked={draft.kind === kind}
                  onChange={() => {
                    setFaults({})
                    kept.value = { ...draft, kind }
                  }}
                />
                {add.kinds[kind]}
              </label>
            ))}
          </div>
        </fieldset>
        <Fields draft={draft} change={change} fault={fault} />
        <SelectField
          label={add.category}
          hint={add.categoryHint}
          value={place}
          options={Object.fromEntries(
            categories.filter((each) => granted.includes(each)).map((each) => [each, categoryWords[each]]),
          )}
          onValue={(chosen) => {
            const found = granted.find((each) => each === chosen)
            if (found !== undefined) change({ category: found })
          }}
        />
        <div class="row">
          <Button type="submit" look="main">
            {add.review}
          </Button>
          {kept.value !== undefined && (
            <Button
              look="plain"
              onClick={() => {
                setFaults({})
                kept.value = undefined
              }}
            >
              {add.discard}
            </Button>
          )}
        </div>
      </form>
      <Dialog open={review !== undefined} title={add.reviewTitle} onClose={() => setReview(undefined)}>
        {review !== undefined && (
          <>
            <p class="strong">
              {review.title} · {categoryWords[review.category]}
            </p>
            <Reviewed addition={review} />
            <p>{add.reviewText(`${authorOf(held)}, ${professionOf(held)}`)}</p>
            <div class="dialog-actions">
              <Button onClick={() => setReview(undefined)}>{cancel}</Button>
              <Button look="main" onClick={() => void send(review)}>
                {add.sign}
              </Button>
            </div>
          </>
        )}
      </Dialog>
    </>
  )
}

/** What is about to be signed, as it will be read. */
const Reviewed = ({ addition: { what } }: { addition: Addition }) => {
  if ("prepared" in what) {
    const { name, size } = what.prepared.file
    return (
      <p>
        {name} ({formatBytes(size)})
      </p>
    )
  }
  if ("proposals" in what) return null
  const { entry } = what
  if (entry.kind === "note") return <p class="written">{entry.text}</p>
  const values =
    entry.kind === "medication"
      ? [entry.dose]
      : entry.value === undefined
        ? (entry.parts ?? []).map(({ name, value }) => `${name} ${value.value} ${value.unit}`)
        : [`${entry.value.value} ${entry.value.unit}`]
  return (
    <>
      <p>{values.join(", ")}</p>
      {entry.remark !== undefined && <p class="written">{entry.remark}</p>}
    </>
  )
}

/** Something new for the patient to decide on. */
export const Add = ({ encounter }: { encounter: Encounter }) => {
  const { add } = words.value
  const held = certificate.value
  if (held === undefined || held === "none") return null
  if (!("credential" in held))
    return (
      <Screen title={add.title} lead={pinWords.value.toSign} narrow>
        <UnlockForm locked={held} />
        <Sent encounter={encounter} />
      </Screen>
    )
  const running = sending.value !== undefined && sending.value.error === undefined
  const latest = added.value.at(-1)
  return (
    <Screen title={add.title} lead={add.lead} narrow>
      {!running && latest !== undefined && kept.value === undefined && (
        <Banner key={latest.contributionId} tone="good" title={latest.title} alert>
          <p>{isPractice(encounter.access) ? practiceWords.value.sent : add.sent}</p>
        </Banner>
      )}
      {running ? <Running /> : <Form encounter={encounter} held={held} />}
      <p>
        <a href="/add/changes">{changeWords.value.link}</a>
      </p>
      <Sent encounter={encounter} />
    </Screen>
  )
}
