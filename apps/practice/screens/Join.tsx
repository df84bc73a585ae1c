import { useState } from "preact/hooks"
import { useLocation } from "preact-iso"
import type { OpenedInvitation } from "../../../sdk/practice/members.ts"
import { TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { Field, TextField } from "../../shared/parts/Field.tsx"
import { Screen } from "../../shared/parts/Frame.tsx"
import { type Login, LoginFields } from "../../shared/parts/LoginFields.tsx"
import { troubleOf } from "../../shared/problem.ts"
import { ScanCode } from "../../shared/scan/ScanCode.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { joinWith, openInvitation } from "../account-actions.ts"
import { useCertificate } from "../certificate.ts"
import { memberWords } from "../members/words.ts"
import { CertificatePart } from "../parts/CertificatePart.tsx"
import { login as signingUp } from "../signing-up.ts"
import { words } from "../words/words.ts"

const Secret = ({ onOpened }: { onOpened: (opened: OpenedInvitation) => void }) => {
  const says = memberWords.value
  const [typed, setTyped] = useState("")
  const { busy, error, run } = useDeed()
  const isMistyped = troubleOf(error).code === "not-found"
  const open = (text: string) => run(async () => onOpened(await openInvitation(text)))
  return (
    <Screen title={says.joinTitle} lead={says.joinLead} narrow>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault()
          open(typed)
        }}
      >
        <TextField
          label={says.words}
          hint={says.wordsHint}
          value={typed}
          onValue={setTyped}
          fault={isMistyped ? says.wordsFault : undefined}
          rows={3}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          required
        />
        <TroubleBanner error={isMistyped ? undefined : error} />
        <div>
          <Button look="main" type="submit" busy={busy}>
            {says.next}
          </Button>
        </div>
      </form>
      <div class="panel">
        <ScanCode onText={open} />
      </div>
    </Screen>
  )
}

const Details = ({ opened }: { opened: OpenedInvitation }) => {
  const says = memberWords.value
  const { account, login: labels, signUp } = words.value
  const { route } = useLocation()
  const [typed, setTyped] = useState<Login>({ email: "", password: "" })
  const [author, setAuthor] = useState("")
  const certificate = useCertificate()
  const { busy, error, run } = useDeed()
  const { role } = opened.said
  const isReception = role === "reception"
  const join = async () => {
    const isWithout = isReception && certificate.file === undefined
    const read = isWithout ? undefined : await certificate.read()
    if (!isWithout && read === undefined) return
    await joinWith(opened, typed, read?.credential, read?.facts.name ?? author.trim())
    signingUp.value = typed
    route("/sign-up")
  }
  return (
    <Screen title={says.joinTitle} lead={says.asRole(account.roles[role])} narrow>
      <div class="panel">
        {isReception && <p>{says.certificateOptional}</p>}
        <CertificatePart certificate={certificate} />
      </div>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault()
          run(join)
        }}
      >
        {isReception && certificate.file === undefined && (
          <Field label={says.author} value={author} onValue={setAuthor} maxLength={100} autocomplete="name" required />
        )}
        <LoginFields
          says={{ email: labels.email, password: signUp.password, rules: signUp.rules }}
          login={typed}
          onLogin={setTyped}
        />
        <TroubleBanner error={error} />
        <div>
          <Button look="main" type="submit" busy={busy}>
            {says.join}
          </Button>
        </div>
      </form>
    </Screen>
  )
}

/** Somebody who was invited makes keys and an account of their own. */
export const Join = () => {
  const [opened, setOpened] = useState<OpenedInvitation>()
  return opened === undefined ? <Secret onOpened={setOpened} /> : <Details opened={opened} />
}
