/** What TypeScript's DOM does not describe yet, of https://www.w3.org/TR/trusted-types/. */
interface Policies {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): TrustedScriptURL }
}
/** Passes where a URL of a script is wanted; made by a policy alone. */
type TrustedScriptURL = URL

declare global {
  interface Window {
    readonly trustedTypes?: Policies
  }
}

const workerPath = "/worker.js"

/** The one script URL the apps ever make: their own service worker's. Browsers without Trusted Types take the text. */
export const workerUrl = (): string | URL =>
  window.trustedTypes
    ?.createPolicy("ehr-cloud", {
      createScriptURL: (url) => {
        if (url !== workerPath) throw new TypeError("no script of ours")
        return url
      },
    })
    .createScriptURL(workerPath) ?? workerPath
