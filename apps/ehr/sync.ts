/** What happens by itself: the list is read, documents are fetched, and what waits is sent, whenever there is a network and a session. */
import { effect } from "@preact/signals"
import { online } from "../shared/online.ts"
import { forgetAccesses, watchAccesses } from "./accesses.ts"
import { forgetOutbox, openOutbox, outgoing, sendAll } from "./outbox.ts"
import { copied, documents, fetchInAdvance, fresh, refresh, showKept } from "./record-store.ts"
import { account, session } from "./state.ts"

/** Between two tries of what found no network, milliseconds. */
const pause = 15_000

export const syncNow = async (): Promise<void> => {
  if (session.value === undefined) return
  fresh.value = false
  await refresh()
  await sendAll()
  void fetchInAdvance()
}

let begun = false

/** Begins with what the device has, and goes on as long as the page is open. */
export const beginSync = async (): Promise<void> => {
  if (begun) return
  begun = true
  // What can't be shown of it is read anew where there is a session.
  if (documents.value === undefined) await showKept().catch(() => undefined)
  await openOutbox().catch(() => undefined)
  effect(() => {
    if (session.value !== undefined && online.value) void syncNow().catch(() => undefined)
  })
  // Whose record it was is gone from the device, and so from the page: the next account begins with nothing.
  effect(() => {
    if (account.value !== undefined) return
    documents.value = undefined
    copied.value = new Set()
    forgetOutbox()
    fresh.value = false
    forgetAccesses()
  })
  setInterval(() => {
    if (session.value === undefined) return
    if (!fresh.value) void syncNow().catch(() => undefined)
    else if (outgoing.value.some(({ phase }) => phase === "waiting")) void sendAll()
  }, pause)
  watchAccesses()
}
