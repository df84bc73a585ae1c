import { useEffect, useState } from "preact/hooks"
import type { OpenLineKind, OpenPart } from "../../../protocol/open-part.ts"
import type { PatientCard } from "../../../sdk/patient/held-cards.ts"
import { removeOpenPart, setOpenPart } from "../../../sdk/patient/open-part.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { ConfirmDialog } from "../../shared/parts/ConfirmDialog.tsx"
import { Field, SelectField } from "../../shared/parts/Field.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { inCloud } from "../state.ts"
import { currentStated } from "../stated/current.ts"
import { type OfferedLine, offeredLines } from "./offered-lines.ts"
import {
  changeTyped,
  type Fault,
  faultsIn,
  linesIn,
  mostLines,
  readTyped,
  type TypedOpenPart,
  typedFrom,
  typedParts,
} from "./open-part-form.ts"
import { cardWords } from "./words.ts"

interface Line {
  readonly label: string
  readonly text: string
}

const linesOf = ({ name, lines, contact }: OpenPart): Line[] => {
  const { kinds, open } = cardWords.value
  return [
    ...(name === undefined ? [] : [{ label: open.name, text: name }]),
    ...lines.map(({ about, text }) => ({ label: kinds[about], text })),
    ...(contact === undefined ? [] : [{ label: kinds.contact, text: `${contact.name} ${contact.phone}` }]),
  ]
}

const Said = ({ said }: { said: OpenPart }) => (
  <dl class="facts">
    {linesOf(said).map(({ label, text }, i) => (
      <div key={i}>
        <dt>{label}</dt>
        <dd lang={said.language}>{text}</dd>
      </div>
    ))}
  </dl>
)

const offerWords = (offer: OfferedLine): string => {
  const { kinds, open } = cardWords.value
  if (offer.about === "name") return `${open.name}: ${offer.text}`
  if (offer.about === "call") return `${open.call}: ${offer.name} ${offer.phone}`
  return `${kinds[offer.about]}: ${offer.text}`
}

const isTaken = ({ name, lines, contact }: TypedOpenPart, offer: OfferedLine): boolean => {
  if (offer.about === "name") return name !== ""
  if (offer.about === "call") return contact !== undefined
  return lines.some(({ about, text }) => about === offer.about && text === offer.text)
}

const taking = (typed: TypedOpenPart, offer: OfferedLine): TypedOpenPart => {
  if (offer.about === "name") return { ...typed, name: offer.text }
  if (offer.about === "call") return { ...typed, contact: { name: offer.name, phone: offer.phone } }
  return { ...typed, lines: [...typed.lines, { about: offer.about, text: offer.text }] }
}

interface Editing {
  readonly typed: TypedOpenPart
  readonly change: (typed: TypedOpenPart) => void
}

/** `null`: the summary can't be had now. */
const useOffers = (): readonly OfferedLine[] | null | undefined => {
  const [offers, setOffers] = useState<readonly OfferedLine[] | null>()
  useEffect(() => {
    let wanted = true
    currentStated().then(
      (current) => wanted && setOffers(current === undefined ? [] : offeredLines(current.stated)),
      () => wanted && setOffers(null),
    )
    return () => {
      wanted = false
    }
  }, [])
  return offers
}

const Offers = ({ typed, change }: Editing) => {
  const { open: says } = cardWords.value
  const offers = useOffers()
  if (offers === undefined) return null
  if (offers === null || offers.length === 0)
    return (
      <div class="stack stack-s">
        <p>{offers === null ? says.offersFailed : says.noOffers}</p>
        <div>
          <LinkButton href="/summary">{says.summary}</LinkButton>
        </div>
      </div>
    )
  const isFull = linesIn(typed) >= mostLines
  return (
    <div class="stack stack-s">
      <p>{says.offers}</p>
      <div class="row">
        {offers
          .filter((offer) => !isTaken(typed, offer))
          .map((offer) => (
            <Button
              key={offerWords(offer)}
              aria-label={says.add(offerWords(offer))}
              disabled={isFull && offer.about !== "name"}
              onClick={() => change(taking(typed, offer))}
            >
              + {offerWords(offer)}
            </Button>
          ))}
      </div>
    </div>
  )
}

const LineFields = ({
  typed,
  change,
  faultAt,
}: Editing & { faultAt: (place: string | number) => string | undefined }) => {
  const { kinds, open: says } = cardWords.value
  const changeLine = (place: number, part: { about?: OpenLineKind; text?: string }) =>
    change({ ...typed, lines: typed.lines.map((line, i) => (i === place ? { ...line, ...part } : line)) })
  return (
    <ul class="stack">
      {typed.lines.map(({ about, text }, i) => (
        <li key={i} class="stated-item stack stack-s">
          <SelectField
            label={says.about(i + 1)}
            value={about}
            options={kinds}
            onValue={(kind) => changeLine(i, { about: kind })}
          />
          <Field
            label={says.line(i + 1)}
            value={text}
            fault={faultAt(i)}
            autocomplete="off"
            onValue={(words) => changeLine(i, { text: words })}
          />
          <div>
            <Button
              look="plain"
              aria-label={`${says.remove}: ${kinds[about]} ${text}`}
              onClick={() => change({ ...typed, lines: typed.lines.filter((_, place) => place !== i) })}
            >
              {says.remove}
            </Button>
          </div>
        </li>
      ))}
    </ul>
  )
}

const CallFields = ({ typed, change, faultAt }: Editing & { faultAt: (place: string) => string | undefined }) => {
  const { open: says } = cardWords.value
  const { contact } = typed
  if (contact === undefined) return null
  const remove = () => {
    const { contact: _, ...others } = typed
    change(others)
  }
  return (
    <div class="stated-item stack stack-s">
      <Field
        label={says.call}
        hint={says.callHint}
        value={contact.name}
        fault={faultAt("call")}
        autocomplete="off"
        onValue={(name) => change({ ...typed, contact: { ...contact, name } })}
      />
      <Field
        label={says.phone}
        value={contact.phone}
        fault={faultAt("phone")}
        inputMode="tel"
        autocomplete="off"
        onValue={(phone) => change({ ...typed, contact: { ...contact, phone } })}
      />
      <div>
        <Button look="plain" aria-label={`${says.remove}: ${says.call}`} onClick={remove}>
          {says.remove}
        </Button>
      </div>
    </div>
  )
}

const AddFields = ({ typed, change }: Editing) => {
  const { open: says } = cardWords.value
  if (linesIn(typed) >= mostLines) return <p class="small muted">{says.full}</p>
  return (
    <div class="row">
      <Button onClick={() => change({ ...typed, lines: [...typed.lines, { about: "other", text: "" }] })}>
        {says.own}
      </Button>
      {typed.contact === undefined && (
        <Button onClick={() => change({ ...typed, contact: { name: "", phone: "" } })}>{says.addCall}</Button>
      )}
    </div>
  )
}

const Form = ({ cardId, typed, onDone }: { cardId: string; typed: TypedOpenPart; onDone: () => void }) => {
  const { open: says } = cardWords.value
  const [checked, setChecked] = useState(false)
  const { busy, error, run } = useDeed()
  const change = (to: TypedOpenPart) => changeTyped(cardId, to)
  const faults = faultsIn(typed)
  const faultAt = (place: string | number) => {
    const fault: Fault | undefined = checked ? faults.get(place) : undefined
    return fault === undefined ? undefined : says.faults[fault]
  }
  const said = readTyped(typed)
  const save = () => {
    setChecked(true)
    if (faults.size > 0 || said === undefined) return
    run(async () => {
      await inCloud((by) => setOpenPart(by, cardId, said))
      onDone()
    })
  }
  return (
    <form
      class="stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <Banner tone="warn">
        <p>{says.whoReads}</p>
      </Banner>
      <Offers typed={typed} change={change} />
      <Field
        label={says.name}
        value={typed.name}
        fault={faultAt("name")}
        autocomplete="off"
        onValue={(name) => change({ ...typed, name })}
      />
      <LineFields typed={typed} change={change} faultAt={faultAt} />
      <CallFields typed={typed} change={change} faultAt={faultAt} />
      <AddFields typed={typed} change={change} />
      <TroubleBanner error={error} />
      <div class="row">
        <Button look="main" type="submit" busy={busy} disabled={said === undefined && faults.size === 0}>
          {says.save}
        </Button>
        <Button onClick={() => changeTyped(cardId, undefined)}>{sharedWords.value.cancel}</Button>
      </div>
    </form>
  )
}

const Stop = ({ cardId, onDone }: { cardId: string; onDone: () => void }) => {
  const { open: says } = cardWords.value
  const [asking, setAsking] = useState(false)
  const { busy, error, run } = useDeed()
  const stop = async () => {
    await inCloud((by) => removeOpenPart(by, cardId))
    setAsking(false)
    onDone()
  }
  return (
    <>
      <Button onClick={() => setAsking(true)}>{says.stop}</Button>
      <ConfirmDialog
        open={asking}
        title={says.stopTitle}
        confirm={says.stop}
        busy={busy}
        error={error}
        onConfirm={() => run(stop)}
        onClose={() => setAsking(false)}
      >
        <p>{says.stopText}</p>
      </ConfirmDialog>
    </>
  )
}

/** What a card says to anybody, and the form that changes it. */
export const OpenPartOfCard = ({
  card: { cardId, openPart },
  mayShare,
  onChange,
}: {
  card: PatientCard
  mayShare: boolean
  onChange: () => void
}) => {
  const { open: says } = cardWords.value
  const [saved, setSaved] = useState(false)
  const typed = typedParts.value[cardId]
  const said = openPart?.said
  const done = (isSaid: boolean) => {
    changeTyped(cardId, undefined)
    setSaved(isSaid)
    onChange()
  }
  return (
    <section class="stack stack-s no-print" aria-label={says.title}>
      <h2>{says.title}</h2>
      {typed !== undefined ? (
        <Form cardId={cardId} typed={typed} onDone={() => done(true)} />
      ) : (
        <>
          <p>{said === undefined ? says.silent : says.said}</p>
          {said !== undefined && <Said said={said} />}
          {saved && (
            <Banner tone="good">
              <p role="status">{says.saved}</p>
            </Banner>
          )}
          {!mayShare && <p class="small muted">{says.consent}</p>}
          <div class="row">
            <Button
              disabled={!mayShare}
              onClick={() => {
                setSaved(false)
                changeTyped(cardId, typedFrom(said))
              }}
            >
              {said === undefined ? says.begin : says.change}
            </Button>
            {said !== undefined && <Stop cardId={cardId} onDone={() => done(false)} />}
          </div>
        </>
      )}
    </section>
  )
}
