import { useEffect, useMemo, useRef, useState } from "preact/hooks"
import { isSingle, itemBefore, itemsIn, type Proposal, type ProposedItem } from "../../../fhir/proposals.ts"
import { newItemId, type StatedSummary } from "../../../fhir/stated-summary.ts"
import { oneLine } from "../../../text/plain-text.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Combobox } from "../../shared/parts/Combobox.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { Field, SelectField } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { type Chosen, loadSuggestions, suggestions } from "../../shared/suggestions/suggested.ts"
import type { SuggestionKind } from "../../shared/suggestions/suggestion.ts"
import { nameOfItem, ProposalSides, StatedItemView } from "../../shared/summary/ProposalSides.tsx"
import { proposalWords } from "../../shared/words/proposals.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import type { HeldCertificate } from "../certificate-store.ts"
import {
  addable,
  type ChangeDraft,
  changesOf,
  type Fault,
  type FieldName,
  fieldsOf,
  needsFields,
  proposalOf,
  statusesOf,
} from "../changes.ts"
import { categoryOf, emptyDraft } from "../draft.ts"
import { type OwnSummary, ownSummary } from "../own-summary.ts"
import { professionOf } from "../parts/CertificatePanel.tsx"
import { added, certificate, type Encounter, isPractice, proposals, sending } from "../state.ts"
import { changeWords } from "../words/changes.ts"
import { pinWords } from "../words/pin.ts"
import { practiceWords } from "../words/practice.ts"
import { words } from "../words/words.ts"
import { authorOf, Running, Sent } from "./Add.tsx"
import { UnlockForm } from "./Unlock.tsx"

type Section = ProposedItem["section"]

const kinds: Readonly<Partial<Record<Section, SuggestionKind>>> = {
  allergies: "allergy",
  medicines: "medicine",
  illnesses: "illness",
  devices: "device",
  vaccinations: "vaccine",
}

const groups = ["A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-", "A", "B", "AB", "O"] as const

/** What can be chosen for a field; absent: it is written. */
const optionsOf = (name: FieldName, section: Section): Readonly<Record<string, string>> | undefined => {
  const { criticalities, statuses, withoutRhesus } = changeWords.value
  if (name === "criticality") return criticalities
  if (name === "bloodGroup")
    return Object.fromEntries(
      groups.map((group) => [group, /[+-]$/.test(group) ? group.replace("-", "−") : withoutRhesus(group)]),
    )
  if (name !== "status") return undefined
  const known: Readonly<Partial<Record<Section, readonly (keyof typeof statuses)[]>>> = statusesOf
  return Object.fromEntries((known[section] ?? []).map((status) => [status, statuses[status]]))
}

interface Editing {
  readonly draft: ChangeDraft
  readonly change: (part: Partial<ChangeDraft>) => void
  readonly faults: readonly Fault[]
}

const ChangeFields = ({ draft, change, faults }: Editing) => {
  const says = changeWords.value
  const { section, fields } = draft
  const none = draft.change === "add" ? says.notChosen : says.stays
  return (
    <>
      {fieldsOf[section].map((name) => {
        const options = optionsOf(name, section)
        const fault = faults.includes(name) ? says.faults[name] : undefined
        const given = {
          label: says.fields[name],
          value: fields[name] ?? "",
          fault,
          onValue: (value: string) => change({ fields: { ...fields, [name]: value } }),
        }
        return options === undefined ? (
          <Field key={name} {...given} maxLength={300} autocomplete="off" />
        ) : (
          <SelectField key={name} {...given} options={{ "": none, ...options }} />
        )
      })}
    </>
  )
}

/** What is added: from the list, or as it was written. */
const What = ({ draft, change, faults }: Editing) => {
  const says = changeWords.value
  const kind = kinds[draft.section]
  useEffect(() => void loadSuggestions().catch(() => undefined), [])
  if (kind === undefined) return null
  if (draft.what !== undefined)
    return (
      <p class="row">
        <span class="strong">{draft.what.text}</span>
        <Button look="plain" onClick={() => change({ what: undefined, category: undefined })}>
          {says.remove}
        </Button>
      </p>
    )
  return (
    <div class="field">
      <Combobox<Chosen>
        label={says.addWhat}
        hint={says.addWhatHint}
        suggest={(typed) => suggestions(kind, typed)}
        asTyped={(typed) => {
          const text = oneLine(typed)
          return { value: { what: { text, codes: [] } }, text, also: says.asTyped }
        }}
        onChoose={({ what, category }) => change({ what, category: kind === "allergy" ? category : undefined })}
      />
      {faults.includes("what") && (
        <div class="field-fault" role="alert">
          {says.faults.what}
        </div>
      )}
    </div>
  )
}

/** Writes one proposal, and keeps it among those that are to be sent. */
const ChangeForm = ({ begun, author, onDone }: { begun: ChangeDraft; author: string; onDone: () => void }) => {
  const says = changeWords.value
  const { cancel } = sharedWords.value
  const [draft, setDraft] = useState(begun)
  const [faults, setFaults] = useState<readonly Fault[]>([])
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => form.current?.querySelector<HTMLElement>("input, select")?.focus(), [])
  const editing = { draft, faults, change: (part: Partial<ChangeDraft>) => setDraft({ ...draft, ...part }) }
  const propose = () => {
    const written = proposalOf(draft, author, new Date())
    if (written.outcome === "faults") {
      setFaults(written.faults)
      setTimeout(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
      return
    }
    proposals.value = [...proposals.value.filter(({ item }) => item.id !== draft.id), written.proposal]
    onDone()
  }
  return (
    <form
      ref={form}
      class="stack"
      noValidate
      aria-label={proposalWords.value.changes[draft.change]}
      onSubmit={(event) => {
        event.preventDefault()
        propose()
      }}
    >
      {draft.change === "add" && <What {...editing} />}
      {needsFields(draft) && draft.change === "alter" && <p class="small muted">{says.unchanged}</p>}
      {needsFields(draft) && <ChangeFields {...editing} />}
      <Field
        label={`${says.because} (${sharedWords.value.optional})`}
        hint={says.becauseHint}
        value={draft.because}
        onValue={(because) => setDraft({ ...draft, because })}
        maxLength={300}
        autocomplete="off"
      />
      {faults.includes("nothing") && (
        <div class="field-fault" role="alert">
          {says.faults.nothing}
        </div>
      )}
      <div class="row">
        <Button type="submit" look="main">
          {says.propose}
        </Button>
        <Button onClick={onDone}>{cancel}</Button>
      </div>
    </form>
  )
}

/** One item of the summary, and the changes that can be proposed of it. */
const OneItem = ({ of, author }: { of: ProposedItem; author: string }) => {
  const { changes } = proposalWords.value
  const [draft, setDraft] = useState<ChangeDraft>()
  const name = nameOfItem(of)
  const { section } = of
  return (
    <li class="panel" aria-label={name}>
      <p class="small muted">{proposalWords.value.sections[section]}</p>
      <StatedItemView of={of} />
      {draft === undefined ? (
        <div class="row">
          {changesOf(of).map((change) => (
            <Button
              key={change}
              aria-label={`${changes[change]}: ${name}`}
              onClick={() => setDraft({ change, section, id: of.item.id, before: of, fields: {}, because: "" })}
            >
              {changes[change]}
            </Button>
          ))}
        </div>
      ) : (
        <ChangeForm begun={draft} author={author} onDone={() => setDraft(undefined)} />
      )}
    </li>
  )
}

/** Something that the summary doesn't say. */
const AddOne = ({ stated, author }: { stated: StatedSummary; author: string }) => {
  const says = changeWords.value
  const { sections } = proposalWords.value
  const [section, setSection] = useState<Section>("allergies")
  const [round, setRound] = useState(0)
  const [begun, setBegun] = useState<ChangeDraft>()
  const isThere = (of: Section) =>
    isSingle(of) && [...itemsIn(stated), ...proposals.value].some((item) => item.section === of)
  const open = addable.filter((of) => !isThere(of))
  return (
    <section class="panel" aria-labelledby="add-one">
      <h2 id="add-one">{says.add}</h2>
      <SelectField<string>
        label={says.section}
        value={section}
        options={Object.fromEntries(open.map((of) => [of, sections[of]]))}
        onValue={(chosen) => {
          const found = open.find((of) => of === chosen)
          if (found !== undefined) setSection(found)
          setBegun(undefined)
          setRound(round + 1)
        }}
      />
      {begun === undefined ? (
        <div>
          <Button onClick={() => setBegun({ change: "add", section, id: newItemId(), fields: {}, because: "" })}>
            {says.add}
          </Button>
        </div>
      ) : (
        <ChangeForm key={round} begun={begun} author={author} onDone={() => setBegun(undefined)} />
      )}
    </section>
  )
}

const Proposed = ({ own: { stated } }: { own: OwnSummary }) => {
  const says = changeWords.value
  return (
    <section class="panel" aria-labelledby="proposed">
      <h2 id="proposed">{says.proposed}</h2>
      {proposals.value.length === 0 && <p role="status">{says.noneYet}</p>}
      <ul class="stack">
        {proposals.value.map((proposal) => {
          const name = nameOfItem(proposal)
          return (
            <li key={proposal.item.id} class="stack stack-s" aria-label={name}>
              <h3>{name}</h3>
              <ProposalSides proposal={proposal} now={itemBefore(stated, proposal)} />
              <div>
                <Button
                  look="plain"
                  aria-label={`${says.remove}: ${name}`}
                  onClick={() => {
                    proposals.value = proposals.value.filter(({ item }) => item.id !== proposal.item.id)
                  }}
                >
                  {says.remove}
                </Button>
              </div>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

const Signing = ({ encounter, held }: { encounter: Encounter; held: HeldCertificate }) => {
  const says = changeWords.value
  const { add } = words.value
  const { categories } = sharedWords.value
  const { changes } = proposalWords.value
  const [asking, setAsking] = useState(false)
  const category = categoryOf(emptyDraft(new Date()), encounter.access.categories)
  if (category === undefined) return null
  const send = async (wanted: readonly Proposal[]) => {
    setAsking(false)
    const { sendAddition } = await import("../send.ts")
    const what = { proposals: wanted, author: authorOf(held) }
    await sendAddition(encounter, { title: proposalWords.value.title, category, what })
  }
  return (
    <>
      <div>
        <Button look="main" disabled={proposals.value.length === 0} onClick={() => setAsking(true)}>
          {says.review}
        </Button>
      </div>
      <ConfirmDialog
        open={asking}
        title={says.reviewTitle}
        confirm={add.sign}
        look="main"
        onConfirm={() => void send(proposals.value)}
        onClose={() => setAsking(false)}
      >
        <p class="small muted">{categories[category]}</p>
        <ul>
          {proposals.value.map((proposal) => (
            <li key={proposal.item.id}>
              {changes[proposal.change]}: {nameOfItem(proposal)}
            </li>
          ))}
        </ul>
        <p>{add.reviewText(`${authorOf(held)}, ${professionOf(held)}`)}</p>
      </ConfirmDialog>
    </>
  )
}

const Proposing = ({ encounter, held }: { encounter: Encounter; held: HeldCertificate }) => {
  const says = changeWords.value
  const own = useMemo(() => ownSummary(encounter), [encounter])
  const author = authorOf(held)
  const proposed = new Set(proposals.value.map(({ item }) => item.id))
  const items = itemsIn(own.stated).filter(({ item }) => !proposed.has(item.id))
  return (
    <>
      <TroubleBanner error={sending.value?.error} />
      {own.base === undefined && (
        <Banner tone="note">
          <p>{says.noSummary}</p>
        </Banner>
      )}
      <Proposed own={own} />
      <Signing encounter={encounter} held={held} />
      <AddOne stated={own.stated} author={author} />
      {items.length > 0 && (
        <section class="stack" aria-labelledby="items">
          <h2 id="items">{says.now}</h2>
          <ul class="stack">
            {items.map((item) => (
              <OneItem key={item.item.id} of={item} author={author} />
            ))}
          </ul>
        </section>
      )}
    </>
  )
}

/** Changes of the patient's own summary, for the patient to decide on one by one. */
export const Changes = ({ encounter }: { encounter: Encounter }) => {
  const says = changeWords.value
  const { add } = words.value
  const held = certificate.value
  if (held === undefined || held === "none") return null
  if (!("credential" in held))
    return (
      <Screen title={says.title} lead={pinWords.value.toSign} narrow>
        <UnlockForm locked={held} />
      </Screen>
    )
  if (encounter.access.categories.length === 0)
    return (
      <Screen title={says.title} narrow>
        <p>{add.noCategory}</p>
      </Screen>
    )
  const running = sending.value !== undefined && sending.value.error === undefined
  const latest = added.value.at(-1)
  return (
    <Screen title={says.title} lead={says.lead} narrow>
      {!running && latest !== undefined && proposals.value.length === 0 && (
        <Banner key={latest.contributionId} tone="good" title={latest.title} alert>
          <p>{isPractice(encounter.access) ? practiceWords.value.sent : add.sent}</p>
        </Banner>
      )}
      {running ? <Running /> : <Proposing encounter={encounter} held={held} />}
      <Sent encounter={encounter} />
    </Screen>
  )
}
