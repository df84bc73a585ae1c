import { calculateJwkThumbprint } from "jose/jwk/thumbprint"
import { exportJWK } from "jose/key/export"
import { generateKeyPair } from "jose/key/generate/keypair"
import { importJWK } from "jose/key/import"
import { type EcPrivateJwk, privatePart, publicPart } from "./crypto/p256.ts"
import type { EcPublicJwk } from "./primitives.ts"
import {
  exportSealingKeyPair,
  generateSealingKeyPair,
  importSealingKeyPair,
  type LockedSealingKeyPair,
  lockSealingKeyPair,
  type SealingKeyPair,
  unlockSealingKeyPair,
} from "./sealing.ts"
import type { SealingKey, SealingPrivateKey } from "./sealing-key.ts"

/** What the root has, and each signer: a pair that signs and a pair that others seal to. */
export type KeyPairs = { readonly signing: CryptoKeyPair; readonly sealing: SealingKeyPair }
export type PublicKeys = { readonly signing: EcPublicJwk; readonly sealing: SealingKey }
/** As a device stores them: no code can read the private halves. */
export type LockedKeyPairs = { readonly signing: CryptoKeyPair; readonly sealing: LockedSealingKeyPair }
export type PrivateKeys = { readonly signing: EcPrivateJwk; readonly sealing: SealingPrivateKey }

const signatureAlgorithm = "ES256"

/** New pairs. `extractable`: for the recovery bundle, or for a device that seals them itself. */
export async function generateKeyPairs({ extractable }: { extractable: boolean }): Promise<KeyPairs> {
  const [signing, sealing] = await Promise.all([
    generateKeyPair(signatureAlgorithm, { extractable }),
    generateSealingKeyPair({ extractable }),
  ])
  return { signing, sealing }
}

/** The public halves. */
export async function publicKeysOf({ signing, sealing }: KeyPairs): Promise<PublicKeys> {
  return { signing: await publicJwk(signing.publicKey), sealing: sealing.publicKey }
}

/** For the device's store. */
export async function lockKeyPairs({ signing, sealing }: KeyPairs): Promise<LockedKeyPairs> {
  const locked = signing.privateKey.extractable
    ? await importSigningPair(await privateJwk(signing.privateKey), false)
    : signing
  return { signing: locked, sealing: await lockSealingKeyPair(sealing) }
}

/** From the device's store; `CryptoFailure` where the parts don't belong together. */
export async function unlockKeyPairs({ signing, sealing }: LockedKeyPairs): Promise<KeyPairs> {
  return { signing, sealing: await unlockSealingKeyPair(sealing) }
}

/** Exactly `{ kty, crv, x, y }`, whatever else the platform knows of the key. */
export async function publicJwk(key: CryptoKey): Promise<EcPublicJwk> {
  return publicPart(await exportJWK(key))
}

/** `TypeError` for keys that are locked. */
export async function exportKeyPairs({ signing, sealing }: KeyPairs): Promise<PrivateKeys> {
  return { signing: await privateJwk(signing.privateKey), sealing: await exportSealingKeyPair(sealing) }
}

/** Rejects what isn't a P-256 key or a seed, and a public half that isn't that of its private half. */
export async function importKeyPairs(keys: PrivateKeys, { extractable }: { extractable: boolean }): Promise<KeyPairs> {
  const [signing, sealing] = await Promise.all([
    importSigningPair(keys.signing, extractable),
    importSealingKeyPair(keys.sealing, { extractable }),
  ])
  return { signing, sealing }
}

/** RFC 7638, SHA-256, base64url. */
export function thumbprint(jwk: EcPublicJwk): Promise<string> {
  return calculateJwkThumbprint(publicPart(jwk), "sha256")
}

/** Whether the coordinates are those of a point of the curve, each spelled in the one way there is. */
export async function isPublicKey(jwk: EcPublicJwk): Promise<boolean> {
  try {
    await importJWK(publicPart(jwk), signatureAlgorithm)
    return true
  } catch {
    return false
  }
}

/** Whether two JWKs are the same public key. */
export function sameKey(a: EcPublicJwk, b: EcPublicJwk): boolean {
  return a.crv === b.crv && a.x === b.x && a.y === b.y
}

async function privateJwk(key: CryptoKey): Promise<EcPrivateJwk> {
  return privatePart(await exportJWK(key))
}

async function importSigningPair(jwk: EcPrivateJwk, extractable: boolean): Promise<CryptoKeyPair> {
  const [privateKey, publicKey] = await Promise.all([
    importJWK(privatePart(jwk), signatureAlgorithm, { extractable }),
    importJWK(publicPart(jwk), signatureAlgorithm, { extractable: true }),
  ])
  if (!(privateKey instanceof CryptoKey) || !(publicKey instanceof CryptoKey)) throw new TypeError("not a key pair")
  return { privateKey, publicKey }
}
