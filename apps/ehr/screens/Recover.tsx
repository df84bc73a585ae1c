import { useState } from "preact/hooks"
import { useLocation } from "preact-iso"
import type { CardFault } from "../../../protocol/card.ts"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Choice, TextField } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { type Login, LoginFields } from "../../shared/parts/LoginFields.tsx"
import { troubleOf } from "../../shared/problem.ts"
import { ScanCode } from "../../shared/scan/ScanCode.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { type Recovered, recoverAccount } from "../account-actions.ts"
import { words } from "../words/words.ts"

/** The printed card, as a witness of the record's newest state: it may be left out, and what is then unchecked is said. */
const CardWitness = ({ card, onCard }: { card: string | undefined; onCard: (card: string | undefined) => void }) => {
  const { recover: says } = words.value
  const [fault, setFault] = useState<CardFault>()
  const read = async (text: string) => {
    const { decodeCard } = await import("../../../protocol/card.ts")
    const { outcome } = decodeCard(text)
    setFault(outcome === "ok" ? undefined : outcome)
    onCard(outcome === "ok" ? text : undefined)
  }
  return (
    <section class="panel" aria-labelledby="card-witness">
      <h2 id="card-witness">{says.card}</h2>
      {card === undefined ? (
        <>
          <p>{says.cardHint}</p>
          <ScanCode
            fault={fault === undefined ? undefined : sharedWords.value.codes[fault]}
            onText={(text) => void read(text)}
          />
          <Banner tone="warn">
            <p>{says.unwitnessed}</p>
          </Banner>
        </>
      ) : (
        <>
          <p role="status">{says.cardRead}</p>
          <div>
            <Button onClick={() => onCard(undefined)}>{says.cardRemove}</Button>
          </div>
        </>
      )}
    </section>
  )
}

/** Whether the card's index names what the cloud doesn't show: the cloud hides it, or a lost device wrote it. */
const contradicts = (error: unknown): boolean => {
  const { code } = troubleOf(error)
  return code === "manifest-rolled-back" || code === "signers-invalid" || code === "provider-changed"
}

export const Recover = () => {
  const { recover: says } = words.value
  const { route } = useLocation()
  const [typed, setTyped] = useState<Login>({ email: "", password: "" })
  const [phrase, setPhrase] = useState("")
  const [card, setCard] = useState<string>()
  const [keepOthers, setKeepOthers] = useState(false)
  const [overrule, setOverrule] = useState(false)
  const [outcome, setOutcome] = useState<Recovered>("ok")
  const { busy, error, run } = useDeed()
  return (
    <Screen title={says.title} lead={says.lead} narrow>
      <form
        id="recover"
        class="panel"
        onSubmit={(event) => {
          event.preventDefault()
          run(async () => {
            const recovered = await recoverAccount(typed, phrase, { card, keepOthers, overrule })
            setOutcome(recovered)
            if (recovered === "ok") route("/consents")
          })
        }}
      >
        <LoginFields says={words.value.login} login={typed} onLogin={setTyped} />
        <TextField
          label={says.phrase}
          hint={says.phraseHint}
          value={phrase}
          onValue={setPhrase}
          fault={outcome === "ok" ? undefined : sharedWords.value.codes[outcome]}
          rows={4}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          required
        />
        <Choice label={says.keepOthers} hint={says.keepOthersHint} checked={keepOthers} onChecked={setKeepOthers} />
      </form>
      {/* Its text field is a form of its own, and forms can't be nested. */}
      <CardWitness card={card} onCard={setCard} />
      <TroubleBanner error={error} />
      {card !== undefined && (overrule || contradicts(error)) && (
        <Choice label={says.overrule} hint={says.overruleHint} checked={overrule} onChecked={setOverrule} />
      )}
      <div>
        <Button look="main" type="submit" form="recover" busy={busy}>
          {says.go}
        </Button>
      </div>
    </Screen>
  )
}
