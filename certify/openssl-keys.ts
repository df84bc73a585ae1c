import { constants, createPublicKey, type KeyObject, verify, X509Certificate } from "node:crypto"
import type { CertifiedKey, KeyKind, Keys } from "../protocol/certification/keys.ts"

/** Node's names of the curves a key may be on (SEC 2, RFC 5639). */
const curves = new Map<string | undefined, KeyKind>([
  ["prime256v1", "P-256"],
  ["secp384r1", "P-384"],
  ["secp521r1", "P-521"],
  ["brainpoolP256r1", "brainpoolP256r1"],
  ["brainpoolP384r1", "brainpoolP384r1"],
  ["brainpoolP512r1", "brainpoolP512r1"],
])

const kindOf = (key: KeyObject): KeyKind | undefined => {
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
  const type = key.asymmetricKeyType
  if (type === "ec") return curves.get(namedCurve)
  if (modulusLength < 2048) return undefined
  return type === "rsa" ? "RSA" : type === "rsa-pss" ? "RSA-PSS" : undefined
}

const read = (key: KeyObject): CertifiedKey => ({
  kind: kindOf(key),
  verifies: ({ hash, saltLength }, bytes, signature) => {
    const pss = saltLength === undefined ? {} : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }
    return verify(hash, bytes, { key, ...pss }, signature)
  },
})

/** By OpenSSL, which reads each certificate too: two parsers must agree that it is one, in DER and nothing after it. */
export const opensslKeys: Keys = {
  ofCertificate: (der) => {
    const { raw, publicKey } = new X509Certificate(der)
    if (!raw.equals(der)) throw new Error("more than a certificate")
    return read(publicKey)
  },
  ofInfo: (spki) => read(createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" })),
}
