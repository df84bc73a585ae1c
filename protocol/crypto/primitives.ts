/**
 * The only file that calls Web Crypto itself. What is built of it lies beside this file; JWS and JWE are jose's. Keys are
 * raw bytes here, and every key that isn't the platform's own is 32 bytes.
 */
import { type Bytes, utf8 } from "./bytes.ts"
import { orFailure } from "./failure.ts"

/** Randomness comes in as an argument where a vector needs to fix it. */
export type Random = (length: number) => Bytes

const keyLength = 32
const wrappedKeyLength = 40
const pointLength = 65
const p256 = { name: "ECDH", namedCurve: "P-256" } as const
const noBytes = new Uint8Array(0)

export const randomBytes: Random = (length) => crypto.getRandomValues(new Uint8Array(length))

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))
}

/** RFC 2104. */
export async function hmacSha256(key: Bytes, bytes: Bytes): Promise<Bytes> {
  const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"])
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, bytes))
}

/** RFC 5869; `length` in bytes. */
export async function hkdfSha256(key: Bytes, salt: Bytes, info: Bytes, length: number): Promise<Bytes> {
  const imported = await crypto.subtle.importKey("raw", key, "HKDF", false, ["deriveBits"])
  return new Uint8Array(
    await crypto.subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, imported, length * 8),
  )
}

/** A key for one purpose, 32 bytes (docs/protocol.md, "Primitives"). Numbers are written in decimal. */
export async function derive(key: Bytes, label: string, ...parts: readonly (string | number)[]): Promise<Bytes> {
  return hkdfSha256(key, noBytes, utf8(["ehr-cloud/1 ".concat(label), ...parts].join("\0")), keyLength)
}

/** `key` wrapped under `wrappingKey`, 40 bytes (A256KW, RFC 3394). */
export async function wrapKey(wrappingKey: Bytes, key: Bytes): Promise<Bytes> {
  const wrapping = await importWrappingKey(wrappingKey, "wrapKey")
  const wrapped = await crypto.subtle.wrapKey("raw", await importAesKey(key, true), wrapping, "AES-KW")
  return new Uint8Array(wrapped)
}

/** The key that `wrapKey` wrapped; `CryptoFailure` for any other bytes. */
export async function unwrapKey(wrappingKey: Bytes, wrapped: Bytes): Promise<Bytes> {
  const wrapping = await importWrappingKey(wrappingKey, "unwrapKey")
  return orFailure(async () => {
    if (wrapped.length !== wrappedKeyLength) throw new RangeError("not a wrapped 32-byte key")
    const key = await crypto.subtle.unwrapKey("raw", wrapped, wrapping, "AES-KW", "AES-GCM", true, ["encrypt"])
    return new Uint8Array(await crypto.subtle.exportKey("raw", key))
  })
}

function importWrappingKey(key: Bytes, usage: "wrapKey" | "unwrapKey"): Promise<CryptoKey> {
  requireKey(key)
  return crypto.subtle.importKey("raw", key, "AES-KW", false, [usage])
}

/** A key for `gcmSeal` and `gcmOpen`. */
export function importAesKey(key: Bytes, extractable = false): Promise<CryptoKey> {
  requireKey(key)
  return crypto.subtle.importKey("raw", key, "AES-GCM", extractable, ["encrypt", "decrypt"])
}

/** AES-256-GCM, the 16-byte tag at the end. `nonce`: 12 bytes, once per key. */
export async function gcmSeal(key: CryptoKey, nonce: Bytes, plaintext: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, plaintext))
}

/** What `gcmSeal` sealed; `CryptoFailure` for any other bytes. */
export function gcmOpen(key: CryptoKey, nonce: Bytes, sealed: Bytes): Promise<Bytes> {
  return orFailure(async () => new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce }, key, sealed)))
}

/** A P-256 pair for `agree`. The private half never leaves the platform unless `extractable`. */
export function generateAgreementPair(extractable: boolean): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(p256, extractable, ["deriveBits"])
}

/** A P-256 private key of a JWK for `agree`; rejects one whose halves don't belong together. */
export function importAgreementKey(jwk: JsonWebKey, extractable: boolean): Promise<CryptoKey> {
  return crypto.subtle.importKey("jwk", { ...jwk, key_ops: ["deriveBits"] }, p256, extractable, ["deriveBits"])
}

/** The JWK that `importAgreementKey` takes; rejects a key that isn't extractable. */
export function exportAgreementKey(privateKey: CryptoKey): Promise<JsonWebKey> {
  return crypto.subtle.exportKey("jwk", privateKey)
}

/** A point of P-256, uncompressed, 65 bytes; rejects what isn't on the curve. */
export async function importPoint(point: Bytes): Promise<CryptoKey> {
  // OpenSSL would take the hybrid form, too.
  if (point.length !== pointLength || point[0] !== 4) throw new RangeError("not an uncompressed point")
  return crypto.subtle.importKey("raw", point, p256, true, [])
}

/** The point that `importPoint` takes. */
export async function exportPoint(publicKey: CryptoKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.exportKey("raw", publicKey))
}

/** The x-coordinate of the ECDH secret, 32 bytes. */
export async function agree(privateKey: CryptoKey, publicKey: CryptoKey): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.deriveBits({ name: "ECDH", public: publicKey }, privateKey, keyLength * 8))
}

/** A key for `gcmSeal` and `gcmOpen` that nobody can read, not even the code that made it. */
export function generateLockingKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: keyLength * 8 }, false, ["encrypt", "decrypt"])
}

/** 32 bytes for a new key or share. */
export function randomKey(random: Random = randomBytes): Bytes {
  return random(keyLength)
}

function requireKey(key: Bytes): void {
  if (key.length !== keyLength) throw new RangeError(`a key has ${keyLength} bytes, not ${key.length}`)
}
