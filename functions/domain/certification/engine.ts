import { constants, createPublicKey, type KeyObject, verify } from "node:crypto"
import type { BitString, OctetString } from "asn1js"
import { AlgorithmIdentifier, CryptoEngine, type PublicKeyInfo, RSASSAPSSParams } from "pkijs"

/** What certificates, OCSP answers and CRLs may be signed with, by OID; nothing with SHA-1 (RFC 5758, RFC 8017). */
const signatures = new Map([
  ["1.2.840.10045.4.3.2", { key: "ec", hash: "sha256" }],
  ["1.2.840.10045.4.3.3", { key: "ec", hash: "sha384" }],
  ["1.2.840.10045.4.3.4", { key: "ec", hash: "sha512" }],
  ["1.2.840.113549.1.1.11", { key: "rsa", hash: "sha256" }],
  ["1.2.840.113549.1.1.12", { key: "rsa", hash: "sha384" }],
  ["1.2.840.113549.1.1.13", { key: "rsa", hash: "sha512" }],
])
const rsassaPss = "1.2.840.113549.1.1.10"
const mgf1 = "1.2.840.113549.1.1.8"
const pssHashes = new Map([
  ["2.16.840.1.101.3.4.2.1", { hash: "sha256", length: 32 }],
  ["2.16.840.1.101.3.4.2.2", { hash: "sha384", length: 48 }],
  ["2.16.840.1.101.3.4.2.3", { hash: "sha512", length: 64 }],
])

export type KeyKind =
  | "P-256"
  | "P-384"
  | "P-521"
  | "brainpoolP256r1"
  | "brainpoolP384r1"
  | "brainpoolP512r1"
  | "RSA"
  | "RSA-PSS"

/** Node's names of the curves a key may be on (SEC 2, RFC 5639). */
const curves = new Map<string | undefined, KeyKind>([
  ["prime256v1", "P-256"],
  ["secp384r1", "P-384"],
  ["secp521r1", "P-521"],
  ["brainpoolP256r1", "brainpoolP256r1"],
  ["brainpoolP384r1", "brainpoolP384r1"],
  ["brainpoolP512r1", "brainpoolP512r1"],
])

/** Undefined for keys that are too weak, or of another kind, to be relied on. */
export const keyKind = (key: KeyObject): KeyKind | undefined => {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
  const type = key.asymmetricKeyType
  if (type === "ec") return curves.get(namedCurve)
  if (modulusLength < 2048) return undefined
  return type === "rsa" ? "RSA" : type === "rsa-pss" ? "RSA-PSS" : undefined
}

export interface Signed {
  readonly bytes: Uint8Array
  readonly algorithm: AlgorithmIdentifier
  readonly signature: BitString | OctetString
}

interface Accepted {
  readonly keys: readonly string[]
  readonly hash: string
  readonly padding?: { padding: number; saltLength?: number }
}

/** One hash for both the message and the mask, a salt at least as long as it, and nothing by default: the defaults are SHA-1 (RFC 4055, 3.1). */
const acceptedPss = ({ algorithmParams }: AlgorithmIdentifier): Accepted | undefined => {
  const params = new RSASSAPSSParams({ schema: algorithmParams })
  const { hashAlgorithm, maskGenAlgorithm, saltLength, trailerField } = params
  const found = pssHashes.get(hashAlgorithm.algorithmId)
  if (found === undefined || maskGenAlgorithm.algorithmId !== mgf1 || trailerField !== 1) return undefined
  const mask = new AlgorithmIdentifier({ schema: maskGenAlgorithm.algorithmParams })
  if (mask.algorithmId !== hashAlgorithm.algorithmId || saltLength < found.length) return undefined
  return {
    keys: ["rsa", "rsa-pss"],
    hash: found.hash,
    padding: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength },
  }
}

const acceptedBy = (algorithm: AlgorithmIdentifier): Accepted | undefined => {
  if (algorithm.algorithmId === rsassaPss) return acceptedPss(algorithm)
  const found = signatures.get(algorithm.algorithmId)
  if (found === undefined) return undefined
  const { key, hash } = found
  return key === "rsa"
    ? { keys: [key], hash, padding: { padding: constants.RSA_PKCS1_PADDING } }
    : { keys: [key], hash }
}

/** False for a wrong signature, and for every algorithm, key and encoding that isn't accepted. */
export const signedBy = (key: KeyObject, { bytes, algorithm, signature }: Signed): boolean => {
  try {
    const accepted = acceptedBy(algorithm)
    if (accepted === undefined || keyKind(key) === undefined) return false
    if (!accepted.keys.some((type) => type === key.asymmetricKeyType)) return false
    return verify(accepted.hash, bytes, { key, ...accepted.padding }, signature.valueBlock.valueHexView)
  } catch {
    return false
  }
}

const bytesOf = (data: BufferSource) =>
  ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)

/** pkijs's engine, verifying by the rules above: WebCrypto has no brainpool curves, and would take keys and hashes that we don't. */
class StrictEngine extends CryptoEngine {
  override async verifyWithPublicKey(
    data: BufferSource,
    signature: BitString | OctetString,
    publicKeyInfo: PublicKeyInfo,
    algorithm: AlgorithmIdentifier,
  ): Promise<boolean> {
    const key = createPublicKey({ key: Buffer.from(publicKeyInfo.toSchema().toBER()), format: "der", type: "spki" })
    return signedBy(key, { bytes: bytesOf(data), algorithm, signature })
  }
}

export const strictEngine = new StrictEngine({ name: "strict", crypto: globalThis.crypto })
