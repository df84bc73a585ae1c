import { isLocal, serviceAddress } from "../../protocol/address.ts"

/** The Health Record Index that knows the cards of this page: told by whoever serves it. Throws where that is no address for a phone. */
export const readIndexAddress = async (): Promise<string> => {
  // oxlint-disable-next-line eslint/no-restricted-globals -- the page's own file, from its own origin, before there is an index to speak to
  const response = await fetch("/config.json", { credentials: "omit", redirect: "error" })
  const config: unknown = await response.json()
  const local = isLocal(location.origin)
  if (typeof config !== "object" || config === null || !("hri" in config) || typeof config.hri !== "string")
    throw new TypeError("the page was not told where its index is")
  if (serviceAddress(config.hri, { local }) === undefined) throw new TypeError("not the address of an index")
  return config.hri
}
