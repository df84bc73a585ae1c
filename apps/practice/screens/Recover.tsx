import { useState } from "preact/hooks"
import { useLocation } from "preact-iso"
import { TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Field, TextField } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { type Login, LoginFields } from "../../shared/parts/LoginFields.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { sharedWords } from "../../shared/words/shared.ts"
import { recoverAccount } from "../account-actions.ts"
import { words } from "../words/words.ts"

/** An owner comes back on another device, by the 24 words. */
export const Recover = () => {
  const { recover: says, login } = words.value
  const { route } = useLocation()
  const [typed, setTyped] = useState<Login>({ email: "", password: "" })
  const [phrase, setPhrase] = useState("")
  const [author, setAuthor] = useState("")
  const [outcome, setOutcome] = useState<Awaited<ReturnType<typeof recoverAccount>>>("ok")
  const { busy, error, run } = useDeed()
  const recover = async () => {
    const recovered = await recoverAccount(typed, phrase, author.trim())
    setOutcome(recovered)
    if (recovered === "ok") route("/patients")
  }
  return (
    <Screen title={says.title} lead={says.lead} narrow>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault()
          run(recover)
        }}
      >
        <LoginFields says={login} login={typed} onLogin={setTyped} />
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
        <Field label={says.author} value={author} onValue={setAuthor} maxLength={100} autocomplete="name" required />
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
