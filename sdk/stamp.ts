import { toBase64url } from "../protocol/crypto/bytes.ts"
import { randomBytes } from "../protocol/crypto/primitives.ts"

/** What makes a statement of this moment, and unlike any other. */
export const stamp = (): { iat: number; jti: string } => ({
  iat: Math.floor(Date.now() / 1000),
  jti: toBase64url(randomBytes(16)),
})
