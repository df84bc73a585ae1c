import { CertificateFile } from "../../shared/certificate/CertificateFile.tsx"
import { SecretField } from "../../shared/parts/SecretField.tsx"
import type { useCertificate } from "../certificate.ts"
import { words } from "../words/words.ts"

/** Asks for a certificate and the password of its file: a form of its own, so that no browser takes that password for the account's. */
export const CertificatePart = ({ certificate }: { certificate: ReturnType<typeof useCertificate> }) => {
  const { signUp: says } = words.value
  return (
    <form class="stack" noValidate onSubmit={(event) => event.preventDefault()}>
      <CertificateFile says={says} file={certificate.file} fault={certificate.fileFault} onFile={certificate.setFile} />
      <SecretField
        label={says.filePassword}
        value={certificate.password}
        onValue={certificate.setPassword}
        fault={certificate.passwordFault}
      />
    </form>
  )
}
