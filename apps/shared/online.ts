import { signal } from "@preact/signals"

/** What the browser believes; a cloud that gives no answer says it better. */
export const online = signal(navigator.onLine)

addEventListener("online", () => (online.value = true))
addEventListener("offline", () => (online.value = false))

/** Each time that there is a network again, until the function returned is called. */
export const onNetworkReturn = (act: () => void): (() => void) => {
  addEventListener("online", act)
  return () => removeEventListener("online", act)
}
