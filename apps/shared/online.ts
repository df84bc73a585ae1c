import { signal } from "@preact/signals"

/** What the browser believes; a cloud that gives no answer says it better. */
export const online = signal(navigator.onLine)

addEventListener("online", () => (online.value = true))
addEventListener("offline", () => (online.value = false))
