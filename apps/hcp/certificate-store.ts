import { type DBSchema, openDB } from "idb"
import type { CertificateFacts } from "../../sdk/hcp/certificate.ts"
import type { Credential } from "../../sdk/hcp/emergency-access.ts"

/** The professional who uses this device: their certificate and its key, which this browser can use and nobody can export. */
export interface HeldCertificate {
  readonly credential: Credential
  readonly facts: CertificateFacts
}

interface Kept extends DBSchema {
  certificate: { key: "own"; value: HeldCertificate }
}

/** The one thing of this app that outlives the page. Nothing of a patient ever goes in. */
const database = () =>
  openDB<Kept>("professional", 1, { upgrade: (created) => void created.createObjectStore("certificate") })

const withDatabase = async <T>(use: (opened: Awaited<ReturnType<typeof database>>) => Promise<T>): Promise<T> => {
  const opened = await database()
  try {
    return await use(opened)
  } finally {
    opened.close()
  }
}

export const keptCertificate = (): Promise<HeldCertificate | undefined> =>
  withDatabase((opened) => opened.get("certificate", "own"))

export const keepCertificate = (held: HeldCertificate): Promise<unknown> =>
  withDatabase((opened) => opened.put("certificate", held, "own"))

export const removeCertificate = (): Promise<void> => withDatabase((opened) => opened.delete("certificate", "own"))
