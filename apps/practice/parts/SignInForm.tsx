import { useState } from "preact/hooks"
import { CertificateFile } from "../../shared/certificate/CertificateFile.tsx"
import { TroubleBanner } from "../../shared/parts/Banner.tsx"
import { Button } from "../../shared/parts/Button.tsx"
import { type Login, LoginFields } from "../../shared/parts/LoginFields.tsx"
import { SecretField } from "../../shared/parts/SecretField.tsx"
import { useDeed } from "../../shared/use-deed.ts"
import { openSession } from "../account-actions.ts"
import { useCertificate } from "../certificate.ts"
import { words } from "../words/words.ts"

/** Signs in where somebody is: the screen around it goes on by itself. */
export const SignInForm = () => {
  const { login, signIn: says, signUp } = words.value
  const [typed, setTyped] = useState<Login>({ email: "", password: "" })
  const [isOther, setOther] = useState(false)
  const certificate = useCertificate()
  const { busy, error, run } = useDeed()
  const open = async () => {
    const read = isOther ? await certificate.read() : undefined
    if (isOther && read === undefined) return
    await openSession(typed, read?.credential)
  }
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault()
        run(open)
      }}
    >
      <LoginFields says={login} login={typed} onLogin={setTyped} />
      <details open={isOther} onToggle={({ currentTarget }) => setOther(currentTarget.open)}>
        <summary>{says.certificate}</summary>
        <div class="stack more">
          <CertificateFile
            says={signUp}
            file={certificate.file}
            fault={certificate.fileFault}
            onFile={certificate.setFile}
          />
          <SecretField
            label={signUp.filePassword}
            value={certificate.password}
            onValue={certificate.setPassword}
            fault={certificate.passwordFault}
          />
        </div>
      </details>
      <TroubleBanner error={error} />
      <div>
        <Button look="main" type="submit" busy={busy}>
          {login.signIn}
        </Button>
      </div>
    </form>
  )
}
