/** Where the clouds are: told by whoever serves the app, kept by the service worker for when nobody does. */
export interface AppConfig {
  /** Of the EHR cloud; the HCP App, which learns it from each card, needs none. */
  readonly cloud: string
  /** Of the Health Record Index that new cards name. */
  readonly hri: string
}

export const readConfig = async (): Promise<AppConfig> => {
  // oxlint-disable-next-line eslint/no-restricted-globals -- the app's own file, from its own origin, before there is a cloud to speak to
  const response = await fetch("/config.json", { credentials: "omit" })
  const config: unknown = await response.json()
  if (
    typeof config !== "object" ||
    config === null ||
    !("cloud" in config && typeof config.cloud === "string") ||
    !("hri" in config && typeof config.hri === "string")
  )
    throw new TypeError("the app was not told where its cloud is")
  return { cloud: config.cloud, hri: config.hri }
}
