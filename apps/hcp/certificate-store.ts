import type { DBSchema } from "idb"
import type { CertificateFacts } from "../../sdk/hcp/certificate.ts"
import type { Credential } from "../../sdk/hcp/emergency-access.ts"
import type { LockedKey } from "../../sdk/hcp/pin-lock.ts"
import { deviceStore } from "../shared/device-store.ts"

/** The professional who uses this device: their certificate, and a key that only their PIN opens. */
export interface LockedCertificate {
  readonly chain: Credential["chain"]
  readonly alg: Credential["alg"]
  readonly facts: CertificateFacts
  readonly lock: LockedKey
}

/** The same with its key, which this browser can use and nobody can export. `locked`: what is left of it when nobody uses it for a while. */
export interface HeldCertificate {
  readonly credential: Credential
  readonly facts: CertificateFacts
  readonly locked?: LockedCertificate
}

interface Kept extends DBSchema {
  certificate: { key: "own"; value: HeldCertificate | (LockedCertificate & { readonly tries: number }) }
  /** By the thumbprint of the provider's key: the newest that this app has verified, as a compact statement. */
  checkpoint: { key: string; value: string }
}

/** All that outlives the page of this app. Nothing of a patient ever goes in. */
export const device = deviceStore<Kept>("professional", (database) => {
  database.createObjectStore("certificate")
  database.createObjectStore("checkpoint")
})

/** The newest checkpoint that was kept of this provider; none where the device can't tell: no access waits for it. */
export const keptCheckpoint = async (provider: string): Promise<string | undefined> => {
  try {
    return await (await device.open()).get("checkpoint", provider)
  } catch {
    return undefined
  }
}

export const keepCheckpoint = async (provider: string, checkpoint: string): Promise<void> => {
  await (await device.open()).put("checkpoint", checkpoint, provider)
}

export const keptCertificate = async (): Promise<HeldCertificate | LockedCertificate | undefined> =>
  (await device.open()).get("certificate", "own")

/** Of one with a PIN, only what the PIN opens. */
export const keepCertificate = async ({ locked, ...held }: HeldCertificate): Promise<void> => {
  await (await device.open()).put("certificate", locked === undefined ? held : { ...locked, tries: 0 }, "own")
}

/** Rejects where the browser kept it. */
export const removeCertificate = (): Promise<void> => device.forget()

/** Calls `act` in this page when another has removed the certificate. */
export const onCertificateRemoved = (act: () => void): void => device.onForgotten(act)
