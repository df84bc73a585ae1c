import { isLocal, serviceAddress } from "../../protocol/address.ts"

/** Where the clouds are: told by whoever serves the app, kept by the service worker for when nobody does. */
export interface AppConfig {
  /** Of the EHR cloud; the HCP App, which learns it from each card, needs none. */
  readonly cloud: string
  /** Of the Health Record Index that new cards name. */
  readonly hri: string
  /** Of the page that the front of a card opens; a site without one prints backs alone. */
  readonly card?: string
  /** Of the professionals' app, for people to read on a card's back. */
  readonly hcp?: string
}

/** An app served from this very machine may be told of a cloud on it. */
const isService = (address: unknown): address is string =>
  typeof address === "string" && serviceAddress(address, { local: isLocal(location.origin) }) !== undefined

/** Throws where an address is missing, or is none that a device may be sent to. */
export const readConfig = async (): Promise<AppConfig> => {
  // oxlint-disable-next-line eslint/no-restricted-globals -- the app's own file, from its own origin, before there is a cloud to speak to
  const response = await fetch("/config.json", { credentials: "omit", redirect: "error" })
  const config: unknown = await response.json()
  if (
    typeof config !== "object" ||
    config === null ||
    !("cloud" in config && isService(config.cloud)) ||
    !("hri" in config && isService(config.hri))
  )
    throw new TypeError("the app was not told where its cloud is")
  return {
    cloud: config.cloud,
    hri: config.hri,
    ...("card" in config && isService(config.card) ? { card: config.card } : {}),
    ...("hcp" in config && isService(config.hcp) ? { hcp: config.hcp } : {}),
  }
}
