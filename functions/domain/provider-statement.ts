import { concat, toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import type { Provider } from "./ports.ts"

/** What the provider says: compact JWS (RFC 7515), ES256 by the provider's KMS key, told apart by `typ`. */
export const signAsProvider = async (
  provider: Pick<Provider, "sign">,
  typ: "consent-receipt" | "receipt" | "audit-checkpoint",
  claims: object,
): Promise<string> => {
  const part = (value: object) => toBase64url(utf8(JSON.stringify(value)))
  const input = `${part({ alg: "ES256", typ })}.${part(claims)}`
  return `${input}.${toBase64url(concat(await provider.sign(utf8(input))))}`
}
