import type { EcPublicJwk } from "../protocol/primitives.ts"
import { type Api, apiAt } from "./api.ts"

/** An EHR cloud as it introduced itself. Who registers keeps `cloudId` and `providerKey` and compares them from then on. */
export interface Cloud {
  readonly api: Api
  /** The `aud` of statements sent there. */
  readonly cloudId: string
  /** The provider's name. */
  readonly name: string
  /** Countersigns consents. */
  readonly providerKey: EcPublicJwk
}

/** Asks the cloud at an address that the device's owner, or whoever serves the app, has named. */
export const openCloud = async (address: string): Promise<Cloud> => {
  const api = apiAt(address, { local: true })
  return { api, ...(await api.call("system/well-known", {})) }
}

export interface HealthRecordIndex {
  readonly api: Api
  /** The `aud` of statements sent there. */
  readonly hriId: string
}

/** `local`: whoever names the index may name this very machine. */
export const openIndex = async (
  address: string,
  named: { readonly local?: boolean } = {},
): Promise<HealthRecordIndex> => {
  const api = apiAt(address, named)
  return { api, ...(await api.call("hri/well-known", {})) }
}
