import { signal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import type { Professional } from "../../protocol/professional.ts"
import type { CertificateFacts } from "../../sdk/hcp/certificate.ts"

/** By thumbprint; reading a certificate is loaded when there is one to read. Of professionals, not of patients. */
const known = signal<ReadonlyMap<string, CertificateFacts | undefined>>(new Map())

const read = async (thumbprint: string, certificate: Professional["certificate"]): Promise<void> => {
  const { readCertificateFacts } = await import("../../sdk/hcp/certificate.ts")
  known.value = new Map(known.value).set(thumbprint, readCertificateFacts(certificate))
}

/** What the certificate that signed says of its holder; `undefined` until it was read, and where it can't be. */
export const useCertificateFacts = ({
  thumbprint,
  certificate,
}: Pick<Professional, "thumbprint"> & Partial<Professional>): CertificateFacts | undefined => {
  useEffect(() => {
    if (certificate !== undefined && !known.value.has(thumbprint)) void read(thumbprint, certificate)
  }, [thumbprint])
  return known.value.get(thumbprint)
}
