import { IntegrityFailure } from "../protocol/integrity.ts"
import { goesOnFrom, type KnownProvider } from "../protocol/provider-keys.ts"
import type { Cloud } from "./cloud.ts"

/** That a cloud is the known one, by its keys: `provider-changed` where it isn't. */
export const requireKnown = (known: KnownProvider, { provider }: Pick<Cloud, "provider">): void => {
  if (!goesOnFrom(known, provider)) throw new IntegrityFailure("provider-changed")
}
