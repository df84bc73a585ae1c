/** What certificates, OCSP answers and CRLs may be signed with, and by which keys; whatever verifies the signatures (RFC 5758, RFC 8017). */
import type { BitString, OctetString } from "asn1js"
import { AlgorithmIdentifier, CryptoEngine, type PublicKeyInfo, RSASSAPSSParams } from "pkijs"

export type KeyKind =
  | "P-256"
  | "P-384"
  | "P-521"
  | "brainpoolP256r1"
  | "brainpoolP384r1"
  | "brainpoolP512r1"
  | "RSA"
  | "RSA-PSS"

/** How a signature was made. `saltLength`: of PSS, whose mask has the same hash; absent for PKCS#1 and ECDSA. */
export interface Scheme {
  readonly hash: "sha256" | "sha384" | "sha512"
  readonly saltLength?: number
}

/** The public key of a certificate. */
export interface CertifiedKey {
  /** Undefined for keys that are too weak, or of another kind, to be relied on. */
  readonly kind: KeyKind | undefined
  /** Whether the signature is by this key; asked only of kinds that the scheme is for. May throw instead of saying no. */
  verifies(scheme: Scheme, bytes: Uint8Array, signature: Uint8Array): boolean | Promise<boolean>
}

/** Who reads keys and verifies by them: OpenSSL in the cloud, Web Crypto and a curve library on devices. */
export interface Keys {
  /** The key of a DER certificate; throws for what is none. */
  ofCertificate(der: Uint8Array<ArrayBuffer>): CertifiedKey
  /** Of a DER SubjectPublicKeyInfo; throws for what is none. */
  ofInfo(spki: Uint8Array<ArrayBuffer>): CertifiedKey
}

type Family = "ecdsa" | "pkcs1" | "pss"

/** By OID; nothing with SHA-1. */
const signatures: ReadonlyMap<string, { family: Family; hash: Scheme["hash"] }> = new Map([
  ["1.2.840.10045.4.3.2", { family: "ecdsa", hash: "sha256" }],
  ["1.2.840.10045.4.3.3", { family: "ecdsa", hash: "sha384" }],
  ["1.2.840.10045.4.3.4", { family: "ecdsa", hash: "sha512" }],
  ["1.2.840.113549.1.1.11", { family: "pkcs1", hash: "sha256" }],
  ["1.2.840.113549.1.1.12", { family: "pkcs1", hash: "sha384" }],
  ["1.2.840.113549.1.1.13", { family: "pkcs1", hash: "sha512" }],
])
const rsassaPss = "1.2.840.113549.1.1.10"
const mgf1 = "1.2.840.113549.1.1.8"
const pssHashes: ReadonlyMap<string, { hash: Scheme["hash"]; length: number }> = new Map([
  ["2.16.840.1.101.3.4.2.1", { hash: "sha256", length: 32 }],
  ["2.16.840.1.101.3.4.2.2", { hash: "sha384", length: 48 }],
  ["2.16.840.1.101.3.4.2.3", { hash: "sha512", length: 64 }],
])

const may = (kind: KeyKind, family: Family): boolean =>
  kind === "RSA" ? family !== "ecdsa" : kind === "RSA-PSS" ? family === "pss" : family === "ecdsa"

export interface Signed {
  readonly bytes: Uint8Array
  readonly algorithm: AlgorithmIdentifier
  readonly signature: BitString | OctetString
}

/**
 * One hash for both the message and the mask, a salt at least as long as it, and nothing by default: the defaults are SHA-1 (RFC 4055, 3.1).
 */
export const pssScheme = (params: unknown): Required<Scheme> | undefined => {
  const { hashAlgorithm, maskGenAlgorithm, saltLength, trailerField } = new RSASSAPSSParams({ schema: params })
  const found = pssHashes.get(hashAlgorithm.algorithmId)
  if (found === undefined || maskGenAlgorithm.algorithmId !== mgf1 || trailerField !== 1) return undefined
  const mask = new AlgorithmIdentifier({ schema: maskGenAlgorithm.algorithmParams })
  if (mask.algorithmId !== hashAlgorithm.algorithmId || saltLength < found.length) return undefined
  return { hash: found.hash, saltLength }
}

const schemeOf = (algorithm: AlgorithmIdentifier): (Scheme & { readonly family: Family }) | undefined => {
  if (algorithm.algorithmId !== rsassaPss) return signatures.get(algorithm.algorithmId)
  const scheme = pssScheme(algorithm.algorithmParams)
  return scheme && { ...scheme, family: "pss" }
}

/** False for a wrong signature, and for every algorithm, key and encoding that isn't accepted. */
export const signedBy = async (key: CertifiedKey, { bytes, algorithm, signature }: Signed): Promise<boolean> => {
  try {
    const accepted = schemeOf(algorithm)
    if (accepted === undefined || key.kind === undefined || !may(key.kind, accepted.family)) return false
    const { family: _, ...scheme } = accepted
    return await key.verifies(scheme, bytes, signature.valueBlock.valueHexView)
  } catch {
    return false
  }
}

const bytesOf = (data: BufferSource) =>
  ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)

/** pkijs's engine, verifying by the rules above: Web Crypto has no brainpool curves, and would take keys and hashes that we don't. */
class StrictEngine extends CryptoEngine {
  readonly #keys: Keys

  constructor(keys: Keys) {
    super({ name: "strict", crypto: globalThis.crypto })
    this.#keys = keys
  }

  override async verifyWithPublicKey(
    data: BufferSource,
    signature: BitString | OctetString,
    publicKeyInfo: PublicKeyInfo,
    algorithm: AlgorithmIdentifier,
  ): Promise<boolean> {
    const key = this.#keys.ofInfo(new Uint8Array(publicKeyInfo.toSchema().toBER()))
    return signedBy(key, { bytes: bytesOf(data), algorithm, signature })
  }
}

export const strictEngine = (keys: Keys): CryptoEngine => new StrictEngine(keys)
