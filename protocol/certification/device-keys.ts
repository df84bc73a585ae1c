import { brainpoolP256r1, brainpoolP384r1, brainpoolP512r1 } from "@noble/curves/misc.js"
import { p256, p384, p521 } from "@noble/curves/nist.js"
import { ObjectIdentifier } from "asn1js"
import { AlgorithmIdentifier, Certificate, PublicKeyInfo, RSAPublicKey } from "pkijs"
import { toHex } from "../crypto/bytes.ts"
import { onlyValue } from "./elements.ts"
import { type CertifiedKey, type KeyKind, type Keys, pssScheme, type Scheme } from "./keys.ts"

type Curve = Pick<typeof p256, "verify">

const ecPublicKey = "1.2.840.10045.2.1"
/** By OID (RFC 5480, RFC 5639). */
const curves: ReadonlyMap<string, { kind: KeyKind; curve: Curve }> = new Map([
  ["1.2.840.10045.3.1.7", { kind: "P-256", curve: p256 }],
  ["1.3.132.0.34", { kind: "P-384", curve: p384 }],
  ["1.3.132.0.35", { kind: "P-521", curve: p521 }],
  ["1.3.36.3.3.2.8.1.1.7", { kind: "brainpoolP256r1", curve: brainpoolP256r1 }],
  ["1.3.36.3.3.2.8.1.1.11", { kind: "brainpoolP384r1", curve: brainpoolP384r1 }],
  ["1.3.36.3.3.2.8.1.1.13", { kind: "brainpoolP512r1", curve: brainpoolP512r1 }],
])
const rsaEncryption = "1.2.840.113549.1.1.1"
const rsassaPss = "1.2.840.113549.1.1.10"

/** Web Crypto's names. */
const hashNames = { sha256: "SHA-256", sha384: "SHA-384", sha512: "SHA-512" } as const satisfies Record<
  Scheme["hash"],
  string
>

const copyOf = (bytes: Uint8Array) => Uint8Array.from(bytes)

const curveKey = (info: PublicKeyInfo): CertifiedKey => {
  const { algorithmParams } = info.algorithm
  const found =
    algorithmParams instanceof ObjectIdentifier ? curves.get(algorithmParams.valueBlock.toString()) : undefined
  const point = copyOf(info.subjectPublicKey.valueBlock.valueHexView)
  return {
    kind: found?.kind,
    verifies: async ({ hash }, bytes, signature) => {
      const digest = new Uint8Array(await crypto.subtle.digest(hashNames[hash], copyOf(bytes)))
      const how = { prehash: false, lowS: false, format: "der" } as const
      return found?.curve.verify(signature, digest, point, how) === true
    },
  }
}

/** Whether a key that is for PSS alone lets itself be used so (RFC 4055, 1.2). */
const isAllowedBy = ({ algorithmId, algorithmParams }: AlgorithmIdentifier, { hash, saltLength }: Scheme): boolean => {
  if (algorithmId === rsaEncryption || algorithmParams === undefined) return true
  const limits = pssScheme(algorithmParams)
  return limits !== undefined && limits.hash === hash && limits.saltLength <= (saltLength ?? 0)
}

const rsaKey = (info: PublicKeyInfo): CertifiedKey => {
  const { modulus } = RSAPublicKey.fromBER(copyOf(info.subjectPublicKey.valueBlock.valueHexView))
  const bits = BigInt(`0x${toHex(modulus.valueBlock.valueHexView)}`).toString(2).length
  // Web Crypto takes no key that says it is for PSS alone.
  const plain = new PublicKeyInfo({ schema: info.toSchema() })
  plain.algorithm = new AlgorithmIdentifier({ algorithmId: rsaEncryption })
  const spki = new Uint8Array(plain.toSchema().toBER())
  const kind = info.algorithm.algorithmId === rsaEncryption ? "RSA" : "RSA-PSS"
  return {
    kind: bits < 2048 ? undefined : kind,
    verifies: async (scheme, bytes, signature) => {
      if (!isAllowedBy(info.algorithm, scheme)) return false
      const { hash, saltLength } = scheme
      const name = saltLength === undefined ? "RSASSA-PKCS1-v1_5" : "RSA-PSS"
      const key = await crypto.subtle.importKey("spki", spki, { name, hash: hashNames[hash] }, false, ["verify"])
      const how = saltLength === undefined ? { name } : { name, saltLength }
      return crypto.subtle.verify(how, key, copyOf(signature), copyOf(bytes))
    },
  }
}

const read = (info: PublicKeyInfo): CertifiedKey => {
  const { algorithmId } = info.algorithm
  if (algorithmId === ecPublicKey) return curveKey(info)
  if (algorithmId === rsaEncryption || algorithmId === rsassaPss) return rsaKey(info)
  return { kind: undefined, verifies: () => false }
}

/** On devices: Web Crypto for RSA, and a library for the curves, which browsers don't have all of. */
export const deviceKeys: Keys = {
  ofCertificate: (der) => {
    const certificate = new Certificate({ schema: onlyValue(der) })
    return read(certificate.subjectPublicKeyInfo)
  },
  ofInfo: (spki) => read(new PublicKeyInfo({ schema: onlyValue(spki) })),
}
