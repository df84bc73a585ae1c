/** The end of the account that a device asked for, while it waits. */
import { computed } from "@preact/signals"
import type { WaitingDeactivation } from "../../protocol/deactivation.ts"
import { inCloud, learnt, session } from "./state.ts"

export interface WaitingEnd extends WaitingDeactivation {
  readonly byThisDevice: boolean
}

/** As the cloud told it last; nothing where nobody is signed in. */
export const waitingEnd = computed((): WaitingEnd | undefined => {
  // What is remembered of the cloud is no signal: this one says that it changed.
  void learnt.value
  const opened = session.value
  const waiting = opened?.cache.contents?.deactivation
  return waiting && { ...waiting, byThisDevice: waiting.by === opened?.signerId }
})

export const askForEnd = () =>
  inCloud(async (by) => (await import("../../sdk/patient/deactivation.ts")).requestDeactivation(by))

export const stopEnd = () =>
  inCloud(async (by) => (await import("../../sdk/patient/deactivation.ts")).cancelDeactivation(by))
