import { useState } from "preact/hooks"
import { useLocation } from "preact-iso"
import { TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Field } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { type Login, LoginFields } from "../../shared/parts/LoginFields.tsx"
import { Phrase } from "../../shared/phrase/Phrase.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { confirmAccount, openAccount } from "../account-actions.ts"
import { useCertificate } from "../certificate.ts"
import { CertificatePart } from "../parts/CertificatePart.tsx"
import { login, phrase } from "../signing-up.ts"
import { account, changeAccount } from "../state.ts"
import { words } from "../words/words.ts"

const steps = 4

const Credentials = () => {
  const { signUp: says, login: labels } = words.value
  const [typed, setTyped] = useState<Login>({ email: "", password: "" })
  const certificate = useCertificate()
  const { busy, error, run } = useDeed()
  const open = async () => {
    const read = await certificate.read()
    if (read === undefined) return
    phrase.value = await openAccount(typed, read.credential, read.facts.name ?? "")
    login.value = typed
  }
  return (
    <Screen title={says.title} lead={says.lead} narrow>
      <div class="panel">
        <p class="small muted">{says.step(1, steps)}</p>
        <CertificatePart certificate={certificate} />
      </div>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault()
          run(open)
        }}
      >
        <LoginFields
          says={{ email: labels.email, password: says.password, rules: says.rules }}
          login={typed}
          onLogin={setTyped}
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

const Confirm = () => {
  const { confirm: says, login: labels, signUp } = words.value
  const { route } = useLocation()
  const [code, setCode] = useState("")
  const [typed, setTyped] = useState<Login>({ email: "", password: "" })
  const { busy, error, run } = useDeed()
  const known = login.value
  const confirm = async () => {
    try {
      await confirmAccount(known ?? typed, code.trim())
    } finally {
      // The account is open, also where nobody could be signed in to it yet: the next screen asks for that.
      if (account.value?.stage === "done") {
        login.value = undefined
        phrase.value = undefined
        route("/patients")
      }
    }
  }
  return (
    <Screen title={says.title} lead={says.lead} narrow>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault()
          run(confirm)
        }}
      >
        <p class="small muted">{signUp.step(steps, steps)}</p>
        {known === undefined && (
          <>
            <p>{says.signInFirst}</p>
            <LoginFields says={labels} login={typed} onLogin={setTyped} />
          </>
        )}
        <Field
          label={says.code}
          value={code}
          onValue={setCode}
          inputMode="numeric"
          autocomplete="one-time-code"
          maxLength={6}
          required
        />
        <TroubleBanner error={error} />
        <div class="row">
          <Button look="main" type="submit" busy={busy}>
            {says.go}
          </Button>
          <Button
            look="plain"
            onClick={() => {
              login.value = undefined
              phrase.value = undefined
              account.value = undefined
            }}
          >
            {says.restart}
          </Button>
        </div>
      </form>
    </Screen>
  )
}

/** Certificate and password, the phrase, a check of the note, the code: one after the other, on one address. */
export const SignUp = () => {
  const { name, phrase: says, signUp } = words.value
  const text = phrase.value
  const stage = account.value?.stage
  // Once the code was right, until the way leads on.
  const isConfirmed = stage === "done" && text !== undefined
  if (stage === "confirm" || isConfirmed) return <Confirm key="confirm" />
  if (text === undefined) return <Credentials key="credentials" />
  return (
    <Phrase
      text={text}
      says={says}
      app={name}
      steps={[signUp.step(2, steps), signUp.step(3, steps)]}
      onRight={() => void changeAccount({ stage: "confirm" })}
    />
  )
}
