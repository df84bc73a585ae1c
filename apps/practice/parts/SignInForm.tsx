import { useState } from "preact/hooks"
import { Banner, TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { type Login, LoginFields } from "../../shared/parts/LoginFields.tsx"
import { troubleOf } from "../../shared/problem.ts"
import { useDeed } from "../../shared/use-deed.ts"
import { openSession } from "../account-actions.ts"
import { useCertificate } from "../certificate.ts"
import { unreachable } from "../state.ts"
import { words } from "../words/words.ts"
import { CertificatePart } from "./CertificatePart.tsx"

/** Signs in where somebody is: the screen around it goes on by itself. */
export const SignInForm = () => {
  const { login, signIn: says } = words.value
  const [typed, setTyped] = useState<Login>({ email: "", password: "" })
  const [isOther, setOther] = useState(false)
  const certificate = useCertificate()
  const { busy, error, run } = useDeed()
  const open = async () => {
    const read = isOther ? await certificate.read() : undefined
    if (isOther && read === undefined) return
    try {
      await openSession(typed, read?.credential)
      unreachable.value = false
    } catch (failed) {
      unreachable.value = troubleOf(failed).kind === "offline"
      throw failed
    }
  }
  return (
    <div class="stack">
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          run(open)
        }}
      >
        <LoginFields says={login} login={typed} onLogin={setTyped} />
        {troubleOf(error).code === "not-found" ? (
          <Banner tone="warn" alert>
            <p>{says.notIn}</p>
          </Banner>
        ) : (
          <TroubleBanner error={error} />
        )}
        <div>
          <Button look="main" type="submit" busy={busy}>
            {login.signIn}
          </Button>
        </div>
      </form>
      <details open={isOther} onToggle={({ currentTarget }) => setOther(currentTarget.open)}>
        <summary>{says.certificate}</summary>
        <div class="more">
          <CertificatePart certificate={certificate} />
        </div>
      </details>
    </div>
  )
}
