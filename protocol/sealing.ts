/** The one way to seal something to somebody's key (docs/protocol.md; ADR 0009). */
import { type Bytes, concat, fromBase64url, toBase64url, utf8 } from "./crypto/bytes.ts"
import { canonicalHash, canonicalText } from "./crypto/canonical.ts"
import { orFailure } from "./crypto/failure.ts"
import { open, sealer } from "./crypto/hpke.ts"
import {
  type Coins,
  type DecapsulationKey,
  type EncapsulationKey,
  latticeKeysOf,
  requireEncapsulationKey,
  seedLength,
} from "./crypto/hybrid-kem.ts"
import { privatePart, publicPart } from "./crypto/p256.ts"
import {
  exportAgreementKey,
  exportPoint,
  gcmOpen,
  gcmSeal,
  generateAgreementPair,
  generateLockingKey,
  importAgreementKey,
  randomBytes,
} from "./crypto/primitives.ts"
import type { SealingKey, SealingPrivateKey } from "./sealing-key.ts"

/** The private half of `publicKey`, in memory alone: `lockSealingKeyPair` before it is stored. */
export type SealingKeyPair = {
  readonly publicKey: SealingKey
  readonly p256: CryptoKey
  /** The 64 bytes of ML-KEM's half. */
  readonly seed: Bytes
  /** ML-KEM's decapsulation key, which the seed expands to. */
  readonly mlkem768: Bytes
}

/** A pair as a device keeps it: whoever copies it can't use it elsewhere, since both keys are non-extractable. */
export type LockedSealingKeyPair = {
  readonly publicKey: SealingKey
  readonly p256: CryptoKey
  readonly lock: CryptoKey
  /** The seed under `lock`: 12 bytes of nonce, the ciphertext, the tag. */
  readonly lockedSeed: Bytes
}

/** What a sealed text belongs to. Whoever opens it states the same, or gets nothing. */
export type SealContext = {
  /** What is sealed, as `account-key`; each kind is opened in one place. */
  readonly kind: string
  /** The cloud: `cloudId`. */
  readonly aud: string
  /** Whose record it concerns: the patient's id. */
  readonly subject: string
  /** `sealingKeyThumbprint` of the key it is sealed to. */
  readonly recipient: string
  /** The statement's hash or the object's id; empty where the kind has one object only. */
  readonly object: string
  /** 0 where the kind has no epochs. */
  readonly epoch: number
}

const prefix = "H1."
const nonceLength = 12
const uncompressed = Uint8Array.of(4)

/** A new pair. `extractable` lets it go into the recovery bundle; an ephemeral pair needs none of that. */
export async function generateSealingKeyPair({ extractable = false } = {}): Promise<SealingKeyPair> {
  const { privateKey, publicKey } = await generateAgreementPair(extractable)
  const point = await exportPoint(publicKey)
  return assemblePair(jwkOf(point), privateKey, randomBytes(seedLength))
}

/** Both private halves; rejects a pair that isn't extractable. */
export async function exportSealingKeyPair(pair: SealingKeyPair): Promise<SealingPrivateKey> {
  return { p256: privatePart(await exportAgreementKey(pair.p256)), seed: toBase64url(pair.seed) }
}

/** The pair that was exported; rejects halves that don't belong together and any other spelling. */
export async function importSealingKeyPair(
  exported: SealingPrivateKey,
  { extractable }: { extractable: boolean },
): Promise<SealingKeyPair> {
  const jwk = privatePart(exported.p256)
  return assemblePair(publicPart(jwk), await importAgreementKey(jwk, extractable), fromBase64url(exported.seed))
}

/** The pair with both private halves out of the reach of any code, for the device's store. */
export async function lockSealingKeyPair(pair: SealingKeyPair): Promise<LockedSealingKeyPair> {
  const locked = pair.p256.extractable
    ? await importSealingKeyPair(await exportSealingKeyPair(pair), { extractable: false })
    : pair
  const lock = await generateLockingKey()
  const nonce = randomBytes(nonceLength)
  const lockedSeed = concat(nonce, await gcmSeal(lock, nonce, pair.seed))
  return { publicKey: pair.publicKey, p256: locked.p256, lock, lockedSeed }
}

/** The pair that was locked; `CryptoFailure` if its parts don't belong together. */
export function unlockSealingKeyPair(locked: LockedSealingKeyPair): Promise<SealingKeyPair> {
  return orFailure(async () => {
    const { publicKey, p256, lock, lockedSeed } = locked
    const seed = await gcmOpen(lock, lockedSeed.slice(0, nonceLength), lockedSeed.slice(nonceLength))
    const pair = assemblePair(publicKey.p256, p256, seed)
    if (pair.publicKey.mlkem768 !== publicKey.mlkem768) throw new TypeError("a seed of another key")
    return pair
  })
}

/** Whether both halves are keys, each spelled in the one way there is. */
export async function isSealingKey(key: SealingKey): Promise<boolean> {
  try {
    await requireEncapsulationKey(encapsulationKey(key))
    return true
  } catch {
    return false
  }
}

/**
 * `plaintext` sealed to `recipient`: `H1.` and base64url of `enc` and ciphertext, 1,562 characters and four thirds of the plaintext.
 * Rejects what `isSealingKey` doesn't take. `info` comes from `sealInfo`; `coins` are for vectors only.
 */
export async function sealTo(recipient: SealingKey, info: Bytes, plaintext: Bytes, coins?: Coins): Promise<string> {
  return (await sealerTo(recipient, info, coins))(plaintext)
}

/** What makes of one plaintext, and of no second one, what `sealTo` makes of it, with most of the work done before there is a plaintext. */
export async function sealerTo(
  recipient: SealingKey,
  info: Bytes,
  coins?: Coins,
): Promise<(plaintext: Bytes) => Promise<string>> {
  const seal = await sealer(encapsulationKey(recipient), info, coins)
  return async (plaintext) => prefix.concat(toBase64url(await seal(plaintext)))
}

/** What `sealTo` sealed under the same `info`. `CryptoFailure`, without a reason, for anything else. */
export function openSealed(own: SealingKeyPair, info: Bytes, sealed: string): Promise<Bytes> {
  return orFailure(async () => {
    if (!sealed.startsWith(prefix)) throw new TypeError("another construction")
    return open(decapsulationKey(own), info, fromBase64url(sealed.slice(prefix.length)))
  })
}

/** SHA-256 of the canonical JSON, base64url: names the key in `sealInfo` and in statements. */
export function sealingKeyThumbprint(key: SealingKey): Promise<string> {
  return canonicalHash({ p256: publicPart(key.p256), mlkem768: key.mlkem768 })
}

/** HPKE's `info`: a label and canonical JSON, so that two contexts never have the same bytes. */
export function sealInfo({ kind, aud, subject, recipient, object, epoch }: SealContext): Bytes {
  return utf8(`ehr-cloud/2 seal\0${canonicalText({ kind, aud, subject, recipient, object, epoch })}`)
}

function assemblePair(p256Public: SealingKey["p256"], p256: CryptoKey, seed: Bytes): SealingKeyPair {
  const { encapsulation, decapsulation } = latticeKeysOf(seed)
  const publicKey = { p256: p256Public, mlkem768: toBase64url(encapsulation) }
  return { publicKey, p256, seed, mlkem768: decapsulation }
}

function encapsulationKey({ p256, mlkem768 }: SealingKey): EncapsulationKey {
  return { p256: pointOf(p256), mlkem768: fromBase64url(mlkem768) }
}

function decapsulationKey({ publicKey, p256, mlkem768 }: SealingKeyPair): DecapsulationKey {
  return { p256, mlkem768, point: pointOf(publicKey.p256) }
}

function pointOf(jwk: SealingKey["p256"]): Bytes {
  const { x, y } = publicPart(jwk)
  return concat(uncompressed, fromBase64url(x), fromBase64url(y))
}

function jwkOf(point: Bytes): SealingKey["p256"] {
  return { kty: "EC", crv: "P-256", x: toBase64url(point.slice(1, 33)), y: toBase64url(point.slice(33)) }
}
