import { useState } from "preact/hooks"
import { TroubleBanner } from "../shared/parts/Banner.tsx"
import { Button } from "../shared/parts/Button.tsx"
import { type Login, LoginFields } from "../shared/parts/LoginFields.tsx"
import { useDeed } from "../shared/use-deed.ts"
import { words } from "./words/words.ts"

/** Signs in where somebody is: the screen around it goes on by itself. */
export const SignInForm = ({ lead }: { lead: string }) => {
  const { login } = words.value
  const [typed, setTyped] = useState<Login>({ email: "", password: "" })
  const { busy, error, run } = useDeed()
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault()
        run(async () => {
          const { openSession } = await import("./account-actions.ts")
          await openSession(typed)
        })
      }}
    >
      <p>{lead}</p>
      <LoginFields says={words.value.login} login={typed} onLogin={setTyped} />
      <TroubleBanner error={error} />
      <div>
        <Button look="main" type="submit" busy={busy}>
          {login.signIn}
        </Button>
      </div>
    </form>
  )
}
