/** What a reload of this page leaves of the patient who was open: sealed, in this tab alone, under a key that lies elsewhere. */
export interface Aside {
  /** The grant's id. */
  readonly id: string
  readonly expiresAt: string
  /** Somebody had confirmed who it is. */
  readonly confirmed: boolean
  /** base64url. */
  readonly sealed: string
}

/** The request that ends an access, for the service worker, which outlives the page. */
export interface EndRequest {
  readonly url: string
  readonly body: string
}

const place = "access"

const isAside = (value: unknown): value is Aside =>
  typeof value === "object" &&
  value !== null &&
  "id" in value &&
  typeof value.id === "string" &&
  "expiresAt" in value &&
  typeof value.expiresAt === "string" &&
  "confirmed" in value &&
  typeof value.confirmed === "boolean" &&
  "sealed" in value &&
  typeof value.sealed === "string"

export const forgetAside = (): void => sessionStorage.removeItem(place)

/** Throws where the tab has no room for it. */
export const putAside = (aside: Aside): void => sessionStorage.setItem(place, JSON.stringify(aside))

/** What this tab has, of an access that still runs. */
export const asideHere = (): Aside | undefined => {
  try {
    const found: unknown = JSON.parse(sessionStorage.getItem(place) ?? "null")
    if (isAside(found) && Date.parse(found.expiresAt) > Date.now()) return found
  } catch {
    // None of ours.
  }
  forgetAside()
  return undefined
}

const tellWorker = (message: object): boolean => {
  const worker = "serviceWorker" in navigator ? navigator.serviceWorker.controller : null
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's takes none: it is of this origin
  worker?.postMessage(message)
  return worker !== null
}

/** Has the access ended in a while, unless its page comes back: whether there is somebody to do so. */
export const endUnlessBack = (id: string, request: EndRequest): boolean =>
  tellWorker({ kind: "end-unless-back", id, ...request })

/** The page of this access is back. */
export const isBack = ({ id }: Aside): boolean => tellWorker({ kind: "back", id })
