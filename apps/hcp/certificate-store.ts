import type { DBSchema } from "idb"
import type { CertificateFacts } from "../../sdk/hcp/certificate.ts"
import type { Credential } from "../../sdk/hcp/emergency-access.ts"
import { deviceStore } from "../shared/device-store.ts"

/** The professional who uses this device: their certificate and its key, which this browser can use and nobody can export. */
export interface HeldCertificate {
  readonly credential: Credential
  readonly facts: CertificateFacts
}

interface Kept extends DBSchema {
  certificate: { key: "own"; value: HeldCertificate }
}

/** The one thing of this app that outlives the page. Nothing of a patient ever goes in. */
const device = deviceStore<Kept>("professional", (database) => void database.createObjectStore("certificate"))

export const keptCertificate = async (): Promise<HeldCertificate | undefined> =>
  (await device.open()).get("certificate", "own")

export const keepCertificate = async (held: HeldCertificate): Promise<void> => {
  await (await device.open()).put("certificate", held, "own")
}

/** Rejects where the browser kept it. */
export const removeCertificate = (): Promise<void> => device.forget()

/** Calls `act` in this page when another has removed the certificate. */
export const onCertificateRemoved = (act: () => void): void => device.onForgotten(act)
