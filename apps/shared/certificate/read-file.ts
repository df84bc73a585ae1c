import { type CertificateFacts, readCertificateFacts } from "../../../sdk/hcp/certificate.ts"
import type { Credential } from "../../../sdk/hcp/emergency-access.ts"
import { type Pkcs12Reading, readPkcs12 } from "../../../sdk/hcp/pkcs12.ts"

export type CertificateReading =
  | { readonly outcome: "ok"; readonly credential: Credential; readonly facts: CertificateFacts }
  | Exclude<Pkcs12Reading, { outcome: "ok" }>
  /** The file opens; the certificate in it is none. */
  | { readonly outcome: "unreadable" }

/** Opens the file that an authority gave a professional. `extractable`: whether the key may leave the browser's keeping. */
export const readCertificateFile = async (
  file: File,
  password: string,
  { extractable }: { readonly extractable: boolean },
): Promise<CertificateReading> => {
  const reading = await readPkcs12(new Uint8Array(await file.arrayBuffer()), password, { extractable })
  if (reading.outcome !== "ok") return reading
  const { credential } = reading
  const [own] = credential.chain
  const facts = own === undefined ? undefined : readCertificateFacts(own)
  return facts === undefined ? { outcome: "unreadable" } : { outcome: "ok", credential, facts }
}
