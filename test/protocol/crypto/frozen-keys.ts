import { type EcPrivateJwk, publicPart } from "../../../protocol/crypto/p256.ts"
import type { PrivateKeys } from "../../../protocol/keys.ts"
import type { EcPublicJwk } from "../../../protocol/primitives.ts"
import vectors from "./vectors.json" with { type: "json" }

const { root, device } = vectors.patient
const jwk = (of: typeof root.signing): EcPrivateJwk => ({ ...of, kty: "EC", crv: "P-256" })
const keysOf = ({ signing, sealing }: typeof root): PrivateKeys => ({
  signing: jwk(signing),
  sealing: { p256: jwk(sealing.p256), seed: sealing.seed },
})

/** Keys of a patient who doesn't exist, and of their first device, the same in all vectors. */
export const frozenRoot = keysOf(root)
export const frozenDevice = keysOf(device)

/** The public halves that sign. */
export const rootSigning: EcPublicJwk = publicPart(frozenRoot.signing)
export const deviceSigning: EcPublicJwk = publicPart(frozenDevice.signing)
export const { fingerprint, signer } = vectors.patient
