import { signal } from "@preact/signals"
import { useState } from "preact/hooks"
import { useLocation } from "preact-iso"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Choice, Field, PasswordField } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { sharedWords } from "../../shared/words/shared.ts"
import { confirmAccount, type Login, openAccount } from "../account-actions.ts"
import { account, changeAccount } from "../state.ts"
import { useDeed } from "../useCloud.ts"
import { words } from "../words/words.ts"

/** Of the sign-up that runs on this page; nowhere else, and gone with it. */
const login = signal<Login | undefined>(undefined)
const phrase = signal<string | undefined>(undefined)

const Credentials = () => {
  const { signUp, login: labels } = words.value
  const [email, setEmail] = useState("")
  const [password, setPassword] = useState("")
  const { busy, error, run } = useDeed()
  return (
    <Screen title={signUp.title} lead={signUp.lead} narrow>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault()
          run(async () => {
            phrase.value = await openAccount({ email, password })
            login.value = { email, password }
          })
        }}
      >
        <p class="small muted">{signUp.step(1, 5)}</p>
        <Field label={labels.email} type="email" value={email} onValue={setEmail} autocomplete="username" required />
        <PasswordField
          label={labels.newPassword}
          hint={labels.passwordHint}
          value={password}
          onValue={setPassword}
          autocomplete="new-password"
          required
        />
        <TroubleBanner error={error} />
        <div>
          <Button look="main" type="submit" busy={busy}>
            {signUp.go}
          </Button>
        </div>
      </form>
    </Screen>
  )
}

const Words = ({ text }: { text: string }) => (
  <ol class="phrase" translate={false}>
    {text.split(" ").map((word, i) => (
      <li key={i}>{word}</li>
    ))}
  </ol>
)

const Phrase = ({ text, onKept }: { text: string; onKept: () => void }) => {
  const { phrase: says, signUp, name } = words.value
  const [kept, setKept] = useState(false)
  return (
    <Screen title={says.title} lead={says.lead} narrow>
      <p class="print-only">
        {name}: {says.printed}
      </p>
      <div class="panel">
        <p class="small muted no-print">{signUp.step(2, 5)}</p>
        <Words text={text} />
        <Banner tone="warn">
          <p>{says.write}</p>
        </Banner>
        <div class="row no-print">
          <Button onClick={() => window.print()}>{sharedWords.value.print}</Button>
        </div>
        <div class="no-print">
          <Choice label={says.kept} checked={kept} onChecked={setKept} />
        </div>
        <div class="no-print">
          <Button look="main" disabled={!kept} onClick={onKept}>
            {says.next}
          </Button>
        </div>
      </div>
    </Screen>
  )
}

/** Three places out of 24, in order; which ones nobody needs to guess, so they need no secrecy. */
const threePlaces = (): number[] => {
  const places = Array.from({ length: 24 }, (_, i) => i + 1)
  return Array.from({ length: 3 }, () => places.splice(Math.floor(Math.random() * places.length), 1)[0] ?? 1).sort(
    (a, b) => a - b,
  )
}

const Check = ({ text, onRight, onBack }: { text: string; onRight: () => void; onBack: () => void }) => {
  const { phrase: says, signUp } = words.value
  const [places] = useState(threePlaces)
  const [typed, setTyped] = useState<Readonly<Record<number, string>>>({})
  const [checked, setChecked] = useState(false)
  const secret = text.split(" ")
  const isRight = (place: number) => (typed[place] ?? "").trim().toLowerCase() === secret[place - 1]
  return (
    <Screen title={says.checkTitle} lead={says.checkLead} narrow>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault()
          setChecked(true)
          if (places.every(isRight)) onRight()
        }}
      >
        <p class="small muted">{signUp.step(3, 5)}</p>
        {places.map((place) => (
          <Field
            key={place}
            label={says.word(place)}
            value={typed[place] ?? ""}
            onValue={(value) => setTyped({ ...typed, [place]: value })}
            fault={checked && !isRight(place) ? says.wrong(place) : undefined}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            required
          />
        ))}
        <div class="row">
          <Button look="main" type="submit">
            {says.correct}
          </Button>
          <Button look="plain" onClick={onBack}>
            {says.showAgain}
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
  const [email, setEmail] = useState("")
  const [password, setPassword] = useState("")
  const { busy, error, run } = useDeed()
  const known = login.value
  return (
    <Screen title={says.title} lead={says.lead} narrow>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault()
          run(async () => {
            try {
              await confirmAccount(known ?? { email, password }, code.trim())
            } finally {
              // The account is open, also where nobody could be signed in to it yet: the next screen asks for that.
              if (account.value?.stage === "consents") {
                login.value = undefined
                phrase.value = undefined
                route("/consents")
              }
            }
          })
        }}
      >
        <p class="small muted">{signUp.step(4, 5)}</p>
        {known === undefined && (
          <>
            <p>{says.signInFirst}</p>
            <Field
              label={labels.email}
              type="email"
              value={email}
              onValue={setEmail}
              autocomplete="username"
              required
            />
            <PasswordField
              label={labels.password}
              value={password}
              onValue={setPassword}
              autocomplete="current-password"
              required
            />
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

/** Address and password, the phrase, a check of the note, the code: one after the other, on one address. */
export const SignUp = () => {
  const [checking, setChecking] = useState(false)
  const text = phrase.value
  const stage = account.value?.stage
  // Once the code was right, until the way leads on.
  const isConfirmed = stage === "consents" && text !== undefined
  if (stage === "confirm" || isConfirmed) return <Confirm key="confirm" />
  if (text === undefined) return <Credentials key="credentials" />
  if (!checking) return <Phrase key="phrase" text={text} onKept={() => setChecking(true)} />
  return (
    <Check
      key="check"
      text={text}
      onRight={() => void changeAccount({ stage: "confirm" })}
      onBack={() => setChecking(false)}
    />
  )
}
