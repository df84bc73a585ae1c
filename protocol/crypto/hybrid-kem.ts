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
/** `seed`: FIPS 203's `d` and `z`, 64 bytes. `p256` may be non-extractable; `point` is its public half. */
export type DecapsulationKey = { readonly seed: Bytes; readonly p256: CryptoKey; readonly point: Bytes }
/** `enc`: 1,153 bytes, ML-KEM's ciphertext before the ephemeral point. `secret`: 32 bytes. */
export type Encapsulation = { readonly enc: Bytes; readonly secret: Bytes }
/** What an encapsulation draws: 32 bytes for ML-KEM and an ephemeral pair. */
export type Coins = { readonly mlkem768: Bytes; readonly ephemeral: CryptoKeyPair }

export const seedLength = 64
export const encLength = 1153
const ciphertextLength = 1088
const label = utf8("MLKEM768-P256")

/** The public half of an ML-KEM seed, 1,184 bytes. */
export function encapsulationKeyOf(seed: Bytes): Bytes {
  return new Uint8Array(ml_kem768.keygen(seed).publicKey)
}

/** Rejects a key whose point isn't on the curve or whose ML-KEM half isn't encoded as FIPS 203, 7.2, demands. */
export async function encapsulate(to: EncapsulationKey, coins?: Coins): Promise<Encapsulation> {
  const recipient = await importPoint(to.p256)
  // Coins come in for vectors only.
  const { mlkem768, ephemeral } = coins ?? {
    mlkem768: randomBytes(32),
    ephemeral: await generateAgreementPair(false),
  }
  const { cipherText, sharedSecret } = ml_kem768.encapsulate(to.mlkem768, mlkem768)
  const ephemeralPoint = await exportPoint(ephemeral.publicKey)
  const agreed = await agree(ephemeral.privateKey, recipient)
  return {
    enc: concat(cipherText, ephemeralPoint),
    secret: combine(sharedSecret, agreed, ephemeralPoint, to.p256),
  }
}

/**
 * The secret that `encapsulate` made. An `enc` of another length or with a point off the curve is rejected; a changed ML-KEM
 * ciphertext yields another secret (implicit rejection), which opens nothing.
 */
export async function decapsulate(own: DecapsulationKey, enc: Bytes): Promise<Bytes> {
  const ciphertext = enc.slice(0, ciphertextLength)
  const ephemeralPoint = enc.slice(ciphertextLength)
  const agreed = await agree(own.p256, await importPoint(ephemeralPoint))
  const sharedSecret = ml_kem768.decapsulate(ciphertext, ml_kem768.keygen(own.seed).secretKey)
  return combine(sharedSecret, agreed, ephemeralPoint, own.point)
}

/** The C2PRI combiner: ML-KEM's ciphertext needs no place in it, since ML-KEM's secret depends on all of it. */
function combine(mlkemSecret: Uint8Array, agreed: Bytes, ephemeralPoint: Bytes, recipientPoint: Bytes): Bytes {
  return new Uint8Array(sha3_256(concat(mlkemSecret, agreed, ephemeralPoint, recipientPoint, label)))
}
