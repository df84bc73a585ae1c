import { calculateJwkThumbprint } from "jose/jwk/thumbprint"
import { exportJWK } from "jose/key/export"
import { generateKeyPair } from "jose/key/generate/keypair"
import { importJWK } from "jose/key/import"
import { fromBase64url } from "./crypto/bytes.ts"
import type { EcPublicJwk } from "./primitives.ts"

/** The patient's two pairs, both P-256. */
export type PatientKeys = { readonly signing: CryptoKeyPair; readonly agreement: CryptoKeyPair }
export type EcPrivateJwk = EcPublicJwk & { d: string }
export type PrivateJwks = { signing: EcPrivateJwk; agreement: EcPrivateJwk }

const algorithms = { signing: "ES256", agreement: "ECDH-ES+A256KW" } as const

/** Extractable, so that the recovery bundle can be made of them; `lockKeys` before they are stored. */
export async function generatePatientKeys(): Promise<PatientKeys> {
  const [signing, agreement] = await Promise.all([
    generateKeyPair(algorithms.signing, { extractable: true }),
    generateKeyPair(algorithms.agreement, { crv: "P-256", extractable: true }),
  ])
  return { signing, agreement }
}

/** The same keys, of which no code can read the private halves any more. */
export async function lockKeys(keys: PatientKeys): Promise<PatientKeys> {
  return importPatientKeys(await exportPrivateJwks(keys), { extractable: false })
}

/** Exactly `{ kty, crv, x, y }`, whatever else the platform knows of the key. */
export async function publicJwk(key: CryptoKey): Promise<EcPublicJwk> {
  return publicPart(await exportJWK(key))
}

/** `TypeError` for keys that are locked. */
export async function exportPrivateJwks({ signing, agreement }: PatientKeys): Promise<PrivateJwks> {
  return { signing: await privateJwk(signing.privateKey), agreement: await privateJwk(agreement.privateKey) }
}

/** Rejects what isn't a P-256 key, and a public half that isn't that of its private half. */
export async function importPatientKeys(
  jwks: PrivateJwks,
  { extractable }: { extractable: boolean },
): Promise<PatientKeys> {
  const [signing, agreement] = await Promise.all([
    importPair(jwks.signing, algorithms.signing, extractable),
    importPair(jwks.agreement, algorithms.agreement, extractable),
  ])
  return { signing, agreement }
}

/** RFC 7638, SHA-256, base64url. */
export function thumbprint(jwk: EcPublicJwk): Promise<string> {
  return calculateJwkThumbprint(publicPart(jwk), "sha256")
}

/** Whether the coordinates are those of a point of the curve, each spelled in the one way there is. */
export async function isPublicKey(jwk: EcPublicJwk): Promise<boolean> {
  try {
    await importJWK(publicPart(jwk), algorithms.signing)
    return true
  } catch {
    return false
  }
}

/** Whether two JWKs are the same public key. */
export function sameKey(a: EcPublicJwk, b: EcPublicJwk): boolean {
  return a.crv === b.crv && a.x === b.x && a.y === b.y
}

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

async function privateJwk(key: CryptoKey): Promise<EcPrivateJwk> {
  return privatePart(await exportJWK(key))
}

async function importPair(jwk: EcPrivateJwk, algorithm: string, extractable: boolean): Promise<CryptoKeyPair> {
  const [privateKey, publicKey] = await Promise.all([
    importJWK(privatePart(jwk), algorithm, { extractable }),
    importJWK(publicPart(jwk), algorithm, { extractable: true }),
  ])
  if (!(privateKey instanceof CryptoKey) || !(publicKey instanceof CryptoKey)) throw new TypeError("not a key pair")
  return { privateKey, publicKey }
}

function isCoordinate(value: unknown): value is string {
  return typeof value === "string" && fromBase64url(value).length === 32
}
