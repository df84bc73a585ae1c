import { signal } from "@preact/signals"
import type { ConsentKind } from "../../protocol/primitives.ts"

/** What is known of the consents since they were last read. */
export const consentStates = signal<Partial<Record<ConsentKind, "none" | "active" | "inactive">>>({})
