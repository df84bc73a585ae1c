import type { PrivateJwks } from "../../../protocol/keys.ts"
import vectors from "./vectors.json" with { type: "json" }

const { signing, agreement } = vectors.patient

/** Keys of a patient who doesn't exist, the same in all vectors. */
export const frozenKeys: PrivateJwks = {
  signing: { ...signing, kty: "EC", crv: "P-256" },
  agreement: { ...agreement, kty: "EC", crv: "P-256" },
}

/** `{ kty, crv, x, y }` of the frozen keys. */
export const frozenPublicKeys = {
  signing: { kty: "EC", crv: "P-256", x: signing.x, y: signing.y },
  agreement: { kty: "EC", crv: "P-256", x: agreement.x, y: agreement.y },
} as const
