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

export const openCloud = async (address: string): Promise<Cloud> => {
  const api = apiAt(address)
  return { api, ...(await api.call("system/well-known", {})) }
}

export interface HealthRecordIndex {
  readonly api: Api
  /** The `aud` of statements sent there. */
  readonly hriId: string
}

export const openIndex = async (address: string): Promise<HealthRecordIndex> => {
  const api = apiAt(address)
  return { api, ...(await api.call("hri/well-known", {})) }
}
