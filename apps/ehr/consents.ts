import { signal } from "@preact/signals"
import type { ConsentKind } from "../../protocol/primitives.ts"
import type { Consent } from "../../sdk/patient/consents.ts"

/** What is known of the consents since they were last read. */
export const consentStates = signal<Partial<Record<ConsentKind, Consent["status"]>>>({})
