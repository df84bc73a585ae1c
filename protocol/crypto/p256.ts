/** P-256 keys as JWKs (RFC 7517), spelled in the one way there is. */
import type { EcPublicJwk } from "../primitives.ts"
import { fromBase64url } from "./bytes.ts"

export type EcPrivateJwk = EcPublicJwk & { d: string }

/** The four members of a P-256 key, strictly spelled; `TypeError` for any other key. */
export function publicPart({
  kty,
  crv,
  x,
  y,
}: {
  kty?: unknown
  crv?: unknown
  x?: unknown
  y?: unknown
}): EcPublicJwk {
  if (kty !== "EC" || crv !== "P-256" || !isCoordinate(x) || !isCoordinate(y)) throw new TypeError("not a P-256 key")
  return { kty, crv, x, y }
}

/** As `publicPart`, with the private half. */
export function privatePart(jwk: {
  kty?: unknown
  crv?: unknown
  x?: unknown
  y?: unknown
  d?: unknown
}): EcPrivateJwk {
  if (!isCoordinate(jwk.d)) throw new TypeError("not a private P-256 key")
  return { ...publicPart(jwk), d: jwk.d }
}

function isCoordinate(value: unknown): value is string {
  return typeof value === "string" && fromBase64url(value).length === 32
}
