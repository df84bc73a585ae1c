import type * as z from "zod/mini"
import type { consentReceipt as schema } from "../../protocol/claims.ts"
import { signAsProvider } from "../../protocol/provider-keys.ts"
import type { Provider } from "./ports.ts"

/** The provider's countersignature. */
export const consentReceipt = (provider: Provider, claims: z.infer<typeof schema>): Promise<string> =>
  signAsProvider(provider, "consent-receipt", claims)
