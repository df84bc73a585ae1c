/** Emergency accesses and what professionals added, watched while the app is open. */
import { computed, effect, signal } from "@preact/signals"
import { type Contribution, listContributions } from "../../sdk/patient/contributions.ts"
import { type Grant, haltGrant, listGrants } from "../../sdk/patient/grants.ts"
import { inCloud, session } from "./state.ts"
import { waitingReviews } from "./waiting.ts"

export const grants = signal<readonly Grant[] | undefined>(undefined)
export const contributions = signal<readonly Contribution[] | undefined>(undefined)
/** Why the last look failed; an answer that can't be true must show wherever somebody is. */
export const accessTrouble = signal<unknown>(undefined)
/** Moves on while the page is open, so that what has ended shows as ended. */
export const now = signal(Date.now())

export const running = computed(() =>
  (grants.value ?? []).filter(
    ({ status, expiresAt }) => status === "active" && expiresAt !== undefined && Date.parse(expiresAt) > now.value,
  ),
)
export const pending = computed(() => (contributions.value ?? []).filter(({ status }) => status === "pending"))

/** Between two looks, milliseconds. */
const pause = 20_000

export const lookAtAccesses = async (): Promise<void> => {
  try {
    grants.value = await inCloud(listGrants)
    contributions.value = await inCloud(listContributions)
    accessTrouble.value = undefined
  } catch (error) {
    accessTrouble.value = error
  }
}

/** Accesses that somebody ended here, and was not told of yet, or has not put the notice away. */
export const halted = signal<readonly Grant[]>([])

export const forgetAccesses = (): void => {
  halted.value = []
  grants.value = undefined
  contributions.value = undefined
  accessTrouble.value = undefined
}

/** One after the other; those that were ended before one fails stay so. */
export const halt = async (ending: readonly Grant[]): Promise<void> => {
  try {
    for (const grant of ending) {
      await inCloud((by) => haltGrant(by, grant))
      halted.value = [...halted.value, grant]
    }
  } finally {
    await lookAtAccesses()
  }
}

export const watchAccesses = (): void => {
  effect(() => {
    waitingReviews.value = pending.value.length
  })
  effect(() => {
    if (session.value !== undefined) void lookAtAccesses()
  })
  setInterval(() => {
    now.value = Date.now()
    if (session.value !== undefined && document.visibilityState === "visible") void lookAtAccesses()
  }, pause)
}
