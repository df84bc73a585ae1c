import { signal } from "@preact/signals"
import { workerUrl } from "./trusted-types.ts"

/** A newer version of the app waits; `update` lets it take over and opens it. */
export const newVersion = signal<{ update(): void } | undefined>(undefined)

const offer = (waiting: ServiceWorker) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's takes none: it is of this origin
  newVersion.value = { update: () => waiting.postMessage("take-over") }
}

/** Makes the app open without a network. Without it (a private window) the app works while there is one. */
export const registerWorker = async (): Promise<void> => {
  if (!("serviceWorker" in navigator)) return
  const { serviceWorker } = navigator
  const controlled = serviceWorker.controller !== null
  try {
    const registration = await serviceWorker.register(workerUrl(), { type: "module", updateViaCache: "none" })
    if (registration.waiting !== null && controlled) offer(registration.waiting)
    registration.addEventListener("updatefound", () => {
      const next = registration.installing
      next?.addEventListener("statechange", () => {
        if (next.state === "installed" && serviceWorker.controller !== null) offer(next)
      })
    })
    if (controlled) serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true })
  } catch {
    // The app is whole without it, but for a network.
  }
}
