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

/** 32 bytes for a new key or share. */
export function randomKey(random: Random = randomBytes): Bytes {
  return random(keyLength)
}

function requireKey(key: Bytes): void {
  if (key.length !== keyLength) throw new RangeError(`a key has ${keyLength} bytes, not ${key.length}`)
}
