import { useState } from "preact/hooks"
import { TroubleBanner } from "../shared/parts/Banner.tsx"
import { Button } from "../shared/parts/Button.tsx"
import { Field, PasswordField } from "../shared/parts/Field.tsx"
import { useDeed } from "./useCloud.ts"
import { words } from "./words/words.ts"

/** Signs in where somebody is: the screen around it goes on by itself. */
export const SignInForm = ({ lead }: { lead: string }) => {
  const { login } = words.value
  const [email, setEmail] = useState("")
  const [password, setPassword] = useState("")
  const { busy, error, run } = useDeed()
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault()
        run(async () => {
          const { openSession } = await import("./account-actions.ts")
          await openSession({ email, password })
        })
      }}
    >
      <p>{lead}</p>
      <Field label={login.email} type="email" value={email} onValue={setEmail} autocomplete="username" required />
      <PasswordField
        label={login.password}
        value={password}
        onValue={setPassword}
        autocomplete="current-password"
        required
      />
      <TroubleBanner error={error} />
      <div>
        <Button look="main" type="submit" busy={busy}>
          {login.signIn}
        </Button>
      </div>
    </form>
  )
}
