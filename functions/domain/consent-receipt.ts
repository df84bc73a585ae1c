import type * as z from "zod/mini"
import type { consentReceipt as schema } from "../../contract/statements.ts"
import { concat, toBase64url, utf8 } from "../../sdk/crypto/bytes.ts"
import type { Provider } from "./ports.ts"

/** The provider's countersignature: compact JWS (RFC 7515), ES256 by the provider's KMS key. */
export const consentReceipt = async (provider: Provider, claims: z.infer<typeof schema>): Promise<string> => {
  const part = (value: object) => toBase64url(utf8(JSON.stringify(value)))
  const input = `${part({ alg: "ES256", typ: "consent-receipt" })}.${part(claims)}`
  return `${input}.${toBase64url(concat(await provider.sign(utf8(input))))}`
}
