/**
 * MLKEM768-P256, the hybrid KEM of draft-irtf-cfrg-concrete-hybrid-kems-04 (CG framework, SHA3-256). The shared secret
 * is secret as long as ML-KEM-768 or ECDH on P-256 is. The draft derives both private halves from one seed; here each
 * half is made by itself, so that the platform can hold the P-256 half and never show it. What travels is the same.
 */
import { sha3_256 } from "@noble/hashes/sha3.js"
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js"
import { type Bytes, concat, utf8 } from "./bytes.ts"
import { agree, exportPoint, generateAgreementPair, importPoint, randomBytes } from "./primitives.ts"

/** `mlkem768`: FIPS 203's encapsulation key, 1,184 bytes. `p256`: a point, uncompressed, 65 bytes. */
export type EncapsulationKey = { readonly mlkem768: Bytes; readonly p256: Bytes }
/** `mlkem768`: FIPS 203's decapsulation key, 2,400 bytes. `p256` may be non-extractable; `point` is its public half. */
export type DecapsulationKey = { readonly mlkem768: Bytes; readonly p256: CryptoKey; readonly point: Bytes }
/** `enc`: 1,153 bytes, ML-KEM's ciphertext before the ephemeral point. `secret`: 32 bytes. */
export type Encapsulation = { readonly enc: Bytes; readonly secret: Bytes }
/** What an encapsulation draws: 32 bytes for ML-KEM and an ephemeral pair. */
export type Coins = { readonly mlkem768: Bytes; readonly ephemeral: CryptoKeyPair }

export const seedLength = 64
export const encLength = 1153
const ciphertextLength = 1088
/** Of an encapsulation key: 768 numbers of 12 bits below the modulus, and 32 bytes that may be any. */
const numbersLength = 1152
const encapsulationKeyLength = 1184
const modulus = 3329
const label = utf8("MLKEM768-P256")

/** ML-KEM's two keys of a seed (FIPS 203's `d` and `z`, 64 bytes): `encapsulation` has 1,184 bytes, `decapsulation` 2,400. */
export function latticeKeysOf(seed: Bytes): { encapsulation: Bytes; decapsulation: Bytes } {
  const { publicKey, secretKey } = ml_kem768.keygen(seed)
  return { encapsulation: new Uint8Array(publicKey), decapsulation: new Uint8Array(secretKey) }
}

/** Rejects a key whose point isn't on the curve, or whose ML-KEM half hasn't the length and the encoding that FIPS 203, 7.2, demands. */
export async function requireEncapsulationKey({ mlkem768, p256 }: EncapsulationKey): Promise<void> {
  if (mlkem768.length !== encapsulationKeyLength) throw new RangeError("an encapsulation key of another length")
  const view = new DataView(mlkem768.buffer, mlkem768.byteOffset)
  for (let at = 0; at < numbersLength; at += 3)
    if ((view.getUint16(at, true) & 0xfff) >= modulus || view.getUint16(at + 1, true) >> 4 >= modulus)
      throw new RangeError("an encapsulation key with a number beyond the modulus")
  await importPoint(p256)
}

/** Rejects what `requireEncapsulationKey` rejects. */
export async function encapsulate(to: EncapsulationKey, coins?: Coins): Promise<Encapsulation> {
  // Coins come in for vectors only.
  const [recipient, { mlkem768, ephemeral }] = await Promise.all([importPoint(to.p256), coins ?? drawCoins()])
  // The platform works on the curve while this thread works on the lattice, which it has to begin last.
  const [ephemeralPoint, agreed, { cipherText, sharedSecret }] = await Promise.all([
    exportPoint(ephemeral.publicKey),
    agree(ephemeral.privateKey, recipient),
    (async () => ml_kem768.encapsulate(to.mlkem768, mlkem768))(),
  ])
  return {
    enc: concat(cipherText, ephemeralPoint),
    secret: combine(sharedSecret, agreed, ephemeralPoint, to.p256),
  }
}

async function drawCoins(): Promise<Coins> {
  return { mlkem768: randomBytes(32), ephemeral: await generateAgreementPair(false) }
}

/**
 * The secret that `encapsulate` made. An `enc` of another length or with a point off the curve is rejected; a changed ML-KEM
 * ciphertext yields another secret (implicit rejection), which opens nothing.
 */
export async function decapsulate(own: DecapsulationKey, enc: Bytes): Promise<Bytes> {
  const ciphertext = enc.slice(0, ciphertextLength)
  const ephemeralPoint = enc.slice(ciphertextLength)
  const [agreed, sharedSecret] = await Promise.all([
    importPoint(ephemeralPoint).then((point) => agree(own.p256, point)),
    (async () => ml_kem768.decapsulate(ciphertext, own.mlkem768))(),
  ])
  return combine(sharedSecret, agreed, ephemeralPoint, own.point)
}

/** The C2PRI combiner: ML-KEM's ciphertext needs no place in it, since ML-KEM's secret depends on all of it. */
function combine(mlkemSecret: Uint8Array, agreed: Bytes, ephemeralPoint: Bytes, recipientPoint: Bytes): Bytes {
  return new Uint8Array(sha3_256(concat(mlkemSecret, agreed, ephemeralPoint, recipientPoint, label)))
}
