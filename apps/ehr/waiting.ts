import { signal } from "@preact/signals"

/** How many additions wait for a decision; set by what watches them, shown before that is loaded. */
export const waitingReviews = signal(0)
