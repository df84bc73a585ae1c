import { useState } from "preact/hooks"
import { useLocation } from "preact-iso"
import { TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Field, PasswordField, TextField } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { type Recovered, recoverAccount } from "../account-actions.ts"
import { useDeed } from "../useCloud.ts"
import { words } from "../words/words.ts"

export const Recover = () => {
  const { recover: says, login } = words.value
  const { route } = useLocation()
  const [email, setEmail] = useState("")
  const [password, setPassword] = useState("")
  const [phrase, setPhrase] = useState("")
  const [outcome, setOutcome] = useState<Recovered>("ok")
  const { busy, error, run } = useDeed()
  const faults = { ok: undefined, mistyped: says.mistyped, "wrong-phrase": says.wrong }
  return (
    <Screen title={says.title} lead={says.lead} narrow>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault()
          run(async () => {
            const recovered = await recoverAccount({ email, password }, phrase)
            setOutcome(recovered)
            if (recovered === "ok") route("/consents")
          })
        }}
      >
        <Field label={login.email} type="email" value={email} onValue={setEmail} autocomplete="username" required />
        <PasswordField
          label={login.password}
          value={password}
          onValue={setPassword}
          autocomplete="current-password"
          required
        />
        <TextField
          label={says.phrase}
          hint={says.phraseHint}
          value={phrase}
          onValue={setPhrase}
          fault={faults[outcome]}
          rows={4}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          required
        />
        <TroubleBanner error={error} />
        <div>
          <Button look="main" type="submit" busy={busy}>
            {says.go}
          </Button>
        </div>
      </form>
    </Screen>
  )
}
