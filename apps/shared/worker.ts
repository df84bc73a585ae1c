import { signal } from "@preact/signals"
import { workerUrl } from "./trusted-types.ts"

/** A newer version of the app waits, or has been let in by another page; `update` opens it here. */
export const newVersion = signal<{ update(): void } | undefined>(undefined)

/** What somebody is at, which a page that opens anew would lose: something written and not sent, a question that is open, or what is on its way. */
export const isWriting = (): boolean =>
  document.querySelector('dialog[open], progress, [aria-busy="true"]') !== null ||
  [...document.querySelectorAll("main input, main textarea")].some(
    (field) =>
      (field instanceof HTMLTextAreaElement || (field instanceof HTMLInputElement && typed.has(field.type))) &&
      field.value !== "",
  )

const typed: ReadonlySet<string> = new Set(["text", "email", "password", "search", "tel", "url", "number", "date"])

/** This page let the new version in. */
let wanted = false

const offer = (waiting: ServiceWorker) => {
  newVersion.value = {
    update: () => {
      wanted = true
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker's takes none: it is of this origin
      waiting.postMessage("take-over")
    },
  }
}

/** How often a page that stays open asks whether there is a new version, milliseconds. */
const askEvery = 60 * 60 * 1000

const askLater = (registration: ServiceWorkerRegistration): void => {
  let asked = Date.now()
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible" || Date.now() - asked < askEvery) return
    asked = Date.now()
    registration.update().catch(() => undefined)
  })
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
    askLater(registration)
    const takenOver = () => {
      // Only the page that asked: another one may be in the middle of something.
      if (wanted) location.reload()
      else newVersion.value = { update: () => location.reload() }
    }
    if (controlled) serviceWorker.addEventListener("controllerchange", takenOver, { once: true })
  } catch {
    // The app is whole without it, but for a network.
  }
}
