import { type ProviderKeys, verifyProviderKeys } from "../protocol/provider-keys.ts"
import { type Api, apiAt } from "./api.ts"

/** An EHR cloud as it introduced itself. Who registers keeps what is known of its provider, and holds it against that from then on. */
export interface Cloud {
  readonly api: Api
  /** The `aud` of statements sent there. */
  readonly cloudId: string
  /** The provider's name. */
  readonly name: string
  /** By which keys it signs. */
  readonly provider: ProviderKeys
}

/** Asks the cloud at an address that the device's owner, or whoever serves the app, has named. */
export const openCloud = async (address: string): Promise<Cloud> => {
  const api = apiAt(address, { local: true })
  return introduced(api)
}

/** Asks a cloud who it is. `provider-changed` where its keys aren't of the id that it names. */
export const introduced = async (api: Api): Promise<Cloud> => {
  const { cloudId, name, providerKeys } = await api.call("system/well-known", {})
  return { api, cloudId, name, provider: await verifyProviderKeys(cloudId, providerKeys) }
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
