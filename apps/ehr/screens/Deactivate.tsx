import { useState } from "preact/hooks"
import type { PhraseFault } from "../../../protocol/recovery.ts"
import { listCards } from "../../../sdk/patient/held-cards.ts"
import { listRecords } from "../../../sdk/patient/listed.ts"
import { formatDate } from "../../shared/format.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { Choice, Field, TextField } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { destroyAccount } from "../account-actions.ts"
import { FromCloud } from "../NeedsCloud.tsx"
import { inCloud } from "../state.ts"
import { askForEnd, waitingEnd } from "../waiting-end.ts"
import { words } from "../words/words.ts"

/** What there is to destroy, as the cloud holds it now. */
const readHoldings = () =>
  inCloud(async (by) => ({
    documents: (await listRecords(by)).length,
    cards: (await listCards(by)).filter(({ status }) => status === "active").length,
  }))

interface Holdings {
  readonly documents: number
  readonly cards: number
}

const Destroyed = ({ documents, cards }: Holdings) => {
  const { deactivate: says, record } = words.value
  return (
    <>
      <p class="strong">{says.lead}</p>
      <ul class="destroyed">
        <li>{says.destroyed.documents(documents)}</li>
        <li>{says.destroyed.cards(cards)}</li>
        <li>{says.destroyed.additions}</li>
        <li>{says.destroyed.keys}</li>
        <li>{says.destroyed.account}</li>
      </ul>
      <p>{says.stays}</p>
      <Banner tone="warn">
        <p>{says.saveFirst}</p>
        <div>
          <LinkButton href="/record">{record.title}</LinkButton>
        </div>
      </Banner>
    </>
  )
}

type Done = { readonly dueAt: number } | { readonly finished: boolean; readonly indexEntriesLeft: number }

const Deactivating = ({ holdings, onDone }: { holdings: Holdings; onDone: (done: Done) => void }) => {
  const { deactivate: says } = words.value
  const waiting = waitingEnd.value
  const [atOnce, setAtOnce] = useState(waiting !== undefined)
  const [phrase, setPhrase] = useState("")
  const [fault, setFault] = useState<PhraseFault>()
  const [typed, setTyped] = useState("")
  const { busy, error, run } = useDeed()
  const destroy = async () => {
    if (!atOnce) return onDone(await askForEnd())
    const destroyed = await destroyAccount(phrase)
    setFault(destroyed.outcome === "ok" ? undefined : destroyed.outcome)
    if (destroyed.outcome === "ok") onDone(destroyed)
  }
  return (
    <form
      class="panel"
      onSubmit={(event) => {
        event.preventDefault()
        if (typed.trim() === says.word) run(destroy)
      }}
    >
      <Destroyed {...holdings} />
      <fieldset class="stack stack-s">
        <legend class="strong">{says.when}</legend>
        {waiting === undefined ? (
          <Choice
            type="radio"
            name="when"
            label={says.later}
            hint={says.laterHint}
            checked={!atOnce}
            onChecked={() => setAtOnce(false)}
          />
        ) : (
          <p>{says.waitsAlready(formatDate(waiting.dueAt * 1000))}</p>
        )}
        <Choice
          type="radio"
          name="when"
          label={says.now}
          hint={says.nowHint}
          checked={atOnce}
          onChecked={() => setAtOnce(true)}
        />
      </fieldset>
      {atOnce && (
        <TextField
          label={says.phrase}
          hint={says.phraseHint}
          value={phrase}
          onValue={setPhrase}
          fault={fault === undefined ? undefined : sharedWords.value.codes[fault]}
          rows={4}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          required
        />
      )}
      <Field
        label={says.typed}
        hint={says.type(says.word)}
        value={typed}
        onValue={setTyped}
        autocomplete="off"
        spellcheck={false}
      />
      <TroubleBanner error={error} />
      <div class="row">
        <Button look="danger" type="submit" busy={busy} disabled={typed.trim() !== says.word}>
          {busy ? says.going : atOnce ? says.go : says.ask}
        </Button>
        <LinkButton href="/account">{sharedWords.value.cancel}</LinkButton>
      </div>
    </form>
  )
}

export const Deactivate = () => {
  const { deactivate: says } = words.value
  const [done, setDone] = useState<Done>()
  if (done !== undefined && "dueAt" in done)
    return (
      <Screen key="asked" title={says.asked(formatDate(done.dueAt * 1000))} narrow>
        <p>{says.askedText}</p>
      </Screen>
    )
  if (done !== undefined)
    return (
      <Screen key="done" title={done.finished ? says.done : says.unfinished} narrow>
        {done.indexEntriesLeft > 0 ? <p>{says.indexLeft}</p> : null}
      </Screen>
    )
  return (
    <Screen title={says.title} narrow>
      <FromCloud read={readHoldings}>{(holdings) => <Deactivating holdings={holdings} onDone={setDone} />}</FromCloud>
    </Screen>
  )
}
