import type { Bytes } from "../../protocol/crypto/bytes.ts"
import { gcmOpen, gcmSeal, generateLockingKey, randomBytes } from "../../protocol/crypto/primitives.ts"

/**
 * A private key that a PIN opens, on this device alone: its PKCS #8, wrapped by AES-256-GCM under a key that PBKDF2 makes of the PIN (RFC 8018), and
 * sealed once more under a key that this browser uses and gives to nobody. Whoever copies the one without the other has nothing to try PINs on.
 */
export interface LockedKey {
  readonly deviceKey: CryptoKey
  readonly salt: Bytes
  readonly rounds: number
  readonly innerNonce: Bytes
  readonly outerNonce: Bytes
  readonly sealed: Bytes
  /** What the key is for, as Web Crypto names it. */
  readonly algorithm: { readonly name: string; readonly namedCurve?: string; readonly hash?: string }
}

/** OWASP's for PBKDF2 with HMAC-SHA-256 (Password Storage Cheat Sheet). */
const rounds = 600_000

/** As it is typed on any keyboard. */
const pinKey = async (pin: string, salt: Bytes, iterations: number): Promise<CryptoKey> => {
  const typed = new TextEncoder().encode(pin.normalize("NFKC"))
  const material = await crypto.subtle.importKey("raw", typed, "PBKDF2", false, ["deriveKey"])
  const kdf = { name: "PBKDF2", hash: "SHA-256", salt, iterations }
  return crypto.subtle.deriveKey(kdf, material, { name: "AES-GCM", length: 256 }, false, ["wrapKey", "unwrapKey"])
}

const textOf = (algorithm: object, name: string): string | undefined => {
  const value: unknown = Reflect.get(algorithm, name)
  if (typeof value === "string") return value
  return typeof value === "object" && value !== null ? textOf(value, "name") : undefined
}

/** Locks an extractable key. */
export const lockKey = async (key: CryptoKey, pin: string): Promise<LockedKey> => {
  const [salt, innerNonce, outerNonce] = [randomBytes(16), randomBytes(12), randomBytes(12)]
  const deviceKey = await generateLockingKey()
  const wrapping = await pinKey(pin, salt, rounds)
  const wrapped = await crypto.subtle.wrapKey("pkcs8", key, wrapping, { name: "AES-GCM", iv: innerNonce })
  const [namedCurve, hash] = [textOf(key.algorithm, "namedCurve"), textOf(key.algorithm, "hash")]
  return {
    deviceKey,
    salt,
    rounds,
    innerNonce,
    outerNonce,
    sealed: await gcmSeal(deviceKey, outerNonce, new Uint8Array(wrapped)),
    algorithm: {
      name: key.algorithm.name,
      ...(namedCurve === undefined ? {} : { namedCurve }),
      ...(hash === undefined ? {} : { hash }),
    },
  }
}

/** The key, which signs and can't be exported; `undefined` for another PIN. */
export const unlockKey = async (locked: LockedKey, pin: string): Promise<CryptoKey | undefined> => {
  const wrapped = await gcmOpen(locked.deviceKey, locked.outerNonce, locked.sealed)
  const wrapping = await pinKey(pin, locked.salt, locked.rounds)
  const inner = { name: "AES-GCM", iv: locked.innerNonce }
  try {
    return await crypto.subtle.unwrapKey("pkcs8", wrapped, wrapping, inner, locked.algorithm, false, ["sign"])
  } catch {
    return undefined
  }
}
