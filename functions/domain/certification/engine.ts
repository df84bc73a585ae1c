import { constants, createPublicKey, type KeyObject, verify } from "node:crypto"
import type { BitString, OctetString } from "asn1js"
import { type AlgorithmIdentifier, CryptoEngine, type PublicKeyInfo } from "pkijs"

/** What certificates and OCSP answers may be signed with, by OID; nothing with SHA-1 (RFC 5758, RFC 8017). */
const signatures = new Map([
  ["1.2.840.10045.4.3.2", { key: "ec", hash: "sha256" }],
  ["1.2.840.10045.4.3.3", { key: "ec", hash: "sha384" }],
  ["1.2.840.10045.4.3.4", { key: "ec", hash: "sha512" }],
  ["1.2.840.113549.1.1.11", { key: "rsa", hash: "sha256" }],
  ["1.2.840.113549.1.1.12", { key: "rsa", hash: "sha384" }],
  ["1.2.840.113549.1.1.13", { key: "rsa", hash: "sha512" }],
])

/** Node's names of the curves a key may be on. */
const curves = new Map<string | undefined, "P-256" | "P-384" | "P-521">([
  ["prime256v1", "P-256"],
  ["secp384r1", "P-384"],
  ["secp521r1", "P-521"],
])

/** Undefined for keys that are too weak, or of another kind, to be relied on. */
export const keyKind = (key: KeyObject): "P-256" | "P-384" | "P-521" | "RSA" | undefined => {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === "rsa") return modulusLength >= 2048 ? "RSA" : undefined
  return key.asymmetricKeyType === "ec" ? curves.get(namedCurve) : undefined
}

export interface Signed {
  readonly bytes: Uint8Array
  readonly algorithm: AlgorithmIdentifier
  readonly signature: BitString | OctetString
}

/** False for a wrong signature, and for every algorithm, key and encoding that isn't accepted. */
export const signedBy = (key: KeyObject, { bytes, algorithm, signature }: Signed): boolean => {
  const accepted = signatures.get(algorithm.algorithmId)
  if (accepted === undefined || accepted.key !== key.asymmetricKeyType || keyKind(key) === undefined) return false
  const padding = accepted.key === "rsa" ? { padding: constants.RSA_PKCS1_PADDING } : {}
  try {
    return verify(accepted.hash, bytes, { key, ...padding }, signature.valueBlock.valueHexView)
  } catch {
    return false
  }
}

const bytesOf = (data: BufferSource) =>
  ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)

/** pkijs's engine, verifying by the rules above; so that curves that WebCrypto lacks can be added to them. */
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
