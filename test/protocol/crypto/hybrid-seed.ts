import { createECDH } from "node:crypto"
import { shake256 } from "@noble/hashes/sha3.js"
import { type Bytes, concat, toBase64url } from "../../../protocol/crypto/bytes.ts"
import { type Coins, type DecapsulationKey, latticeKeysOf } from "../../../protocol/crypto/hybrid-kem.ts"
import { importAgreementKey, importPoint } from "../../../protocol/crypto/primitives.ts"

/** The two halves that the draft derives from one seed of 32 bytes: `expandDecapsulationKey`, whose first candidate for a scalar is taken but in 2^-32. */
export async function expandSeed(
  seed: Bytes,
  { extractable = false } = {},
): Promise<DecapsulationKey & { readonly seed: Bytes }> {
  const expanded = new Uint8Array(shake256(seed, { dkLen: 64 + 128 }))
  const { privateKey, point } = await pairOfScalar(expanded.slice(64, 96), extractable)
  const lattice = expanded.slice(0, 64)
  return { seed: lattice, mlkem768: latticeKeysOf(lattice).decapsulation, p256: privateKey, point }
}

/** The coins that the draft's `EncapsDerand` takes: 32 bytes for ML-KEM and 128 for the scalar. */
export async function coinsOf(randomness: Bytes): Promise<Coins> {
  const { privateKey, point } = await pairOfScalar(randomness.slice(32, 64), false)
  return { mlkem768: randomness.slice(0, 32), ephemeral: { privateKey, publicKey: await importPoint(point) } }
}

/** OpenSSL multiplies the base point, so that a test of ours doesn't take the point from the vector. */
async function pairOfScalar(scalar: Bytes, extractable: boolean): Promise<{ privateKey: CryptoKey; point: Bytes }> {
  const ecdh = createECDH("prime256v1")
  ecdh.setPrivateKey(scalar)
  const point = concat(ecdh.getPublicKey())
  const [x, y, d] = [point.slice(1, 33), point.slice(33), scalar].map(toBase64url)
  const jwk: JsonWebKey = { kty: "EC", crv: "P-256", x: x!, y: y!, d: d! }
  return { privateKey: await importAgreementKey(jwk, extractable), point }
}
