/**
 * HPKE (RFC 9180) with HKDF-SHA-256: base mode, one message per encapsulation, no associated data (what a message belongs
 * to stands in `info`). The KEM is draft-ietf-hpke-pq-05's MLKEM768-P256 (0x0050), the AEAD AES-256-GCM (0x0002).
 */
import { type Bytes, concat, utf8 } from "./bytes.ts"
import {
  type Coins,
  type DecapsulationKey,
  decapsulate,
  type EncapsulationKey,
  encapsulate,
  encLength,
} from "./hybrid-kem.ts"
import { gcmOpen, gcmSeal, hmacSha256, importAesKey } from "./primitives.ts"

/** What RFC 9180, 7, calls a suite, but for the KDF: identifiers, and the AEAD's key length in bytes. */
export type Suite = { readonly kem: number; readonly aead: number; readonly keyLength: number }

const ourSuite: Suite = { kem: 0x0050, aead: 0x0002, keyLength: 32 }
const hkdfSha256Id = 0x0001
const baseMode = Uint8Array.of(0)
const noBytes = new Uint8Array(0)
const hashLength = 32
const nonceLength = 12

/**
 * Seals the one message of an encapsulation: `enc` and the ciphertext after it, 1,169 bytes more than `plaintext`. Rejects the second
 * one, which would have the same nonce.
 */
export type Sealer = (plaintext: Bytes) => Promise<Bytes>

/** RFC 9180's `SetupBaseS`: all of the work that needs no plaintext yet. `coins` are for vectors only. */
export async function sealer(to: EncapsulationKey, info: Bytes, coins?: Coins): Promise<Sealer> {
  const { enc, secret } = await encapsulate(to, coins)
  const { key, nonce } = await keySchedule(ourSuite, secret, info)
  const imported = await importAesKey(key)
  let spent = false
  return async (plaintext) => {
    if (spent) throw new Error("one message for each encapsulation")
    spent = true
    return concat(enc, await gcmSeal(imported, nonce, plaintext))
  }
}

/** What a sealer sealed under the same `info`; rejects anything else. */
export async function open(own: DecapsulationKey, info: Bytes, sealed: Bytes): Promise<Bytes> {
  const secret = await decapsulate(own, sealed.slice(0, encLength))
  const { key, nonce } = await keySchedule(ourSuite, secret, info)
  return gcmOpen(await importAesKey(key), nonce, sealed.slice(encLength))
}

/** RFC 9180, 5.1, in base mode. The suite is an argument, so that published vectors of other KEMs test this one. */
export async function keySchedule(suite: Suite, secret: Bytes, info: Bytes): Promise<{ key: Bytes; nonce: Bytes }> {
  const suiteId = concat(utf8("HPKE"), twoBytes(suite.kem), twoBytes(hkdfSha256Id), twoBytes(suite.aead))
  const [pskIdHash, infoHash, prk] = await Promise.all([
    labeledExtract(suiteId, noBytes, "psk_id_hash", noBytes),
    labeledExtract(suiteId, noBytes, "info_hash", info),
    labeledExtract(suiteId, secret, "secret", noBytes),
  ])
  const context = concat(baseMode, pskIdHash, infoHash)
  const [key, nonce] = await Promise.all([
    labeledExpand(suiteId, prk, "key", context, suite.keyLength),
    labeledExpand(suiteId, prk, "base_nonce", context, nonceLength),
  ])
  return { key, nonce }
}

/** RFC 9180, 4. HKDF takes a missing salt for 32 zero bytes (RFC 5869, 2.2). */
function labeledExtract(suiteId: Bytes, salt: Bytes, label: string, material: Bytes): Promise<Bytes> {
  const key = salt.length === 0 ? new Uint8Array(hashLength) : salt
  return hmacSha256(key, concat(utf8("HPKE-v1"), suiteId, utf8(label), material))
}

/** RFC 9180, 4, for what fits into the first block of HKDF's expansion, as all that base mode needs does. */
async function labeledExpand(suiteId: Bytes, prk: Bytes, label: string, info: Bytes, length: number): Promise<Bytes> {
  if (length > hashLength) throw new RangeError(`${length} bytes are more than one block`)
  const labeled = concat(twoBytes(length), utf8("HPKE-v1"), suiteId, utf8(label), info)
  return (await hmacSha256(prk, concat(labeled, Uint8Array.of(1)))).slice(0, length)
}

function twoBytes(value: number): Bytes {
  return Uint8Array.of(value >> 8, value & 255)
}
