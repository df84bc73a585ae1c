import { useState } from "preact/hooks"
import { listCards } from "../../../sdk/patient/held-cards.ts"
import { listRecords } from "../../../sdk/patient/listed.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button, LinkButton } from "../../shared/parts/Button.tsx"
import { Field } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { sharedWords } from "../../shared/words/shared.ts"
import { destroyAccount } from "../account-actions.ts"
import { FromCloud } from "../NeedsCloud.tsx"
import { inCloud } from "../state.ts"
import { useDeed } from "../useCloud.ts"
import { words } from "../words/words.ts"

/** What there is to destroy, as the cloud holds it now. */
const readHoldings = () =>
  inCloud(async (by) => ({
    documents: (await listRecords(by)).length,
    cards: (await listCards(by)).filter(({ status }) => status === "active").length,
  }))

export const Deactivate = () => {
  const { deactivate: says, record } = words.value
  const [typed, setTyped] = useState("")
  const [done, setDone] = useState<{ indexEntriesLeft: number }>()
  const { busy, error, run } = useDeed()
  if (done !== undefined)
    return (
      <Screen key="done" title={says.done} narrow>
        {done.indexEntriesLeft > 0 ? <p>{says.indexLeft}</p> : null}
      </Screen>
    )
  return (
    <Screen title={says.title} narrow>
      <FromCloud read={readHoldings}>
        {({ documents, cards }) => (
          <form
            class="panel"
            onSubmit={(event) => {
              event.preventDefault()
              if (typed.trim() === says.word) run(async () => setDone(await destroyAccount()))
            }}
          >
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
                {busy ? says.going : says.go}
              </Button>
              <LinkButton href="/account">{sharedWords.value.cancel}</LinkButton>
            </div>
          </form>
        )}
      </FromCloud>
    </Screen>
  )
}
