import { constants, createPrivateKey, type KeyObject, sign } from "node:crypto"
import { BitString, fromBER, Integer, Null, OctetString, Sequence } from "asn1js"
import { AlgorithmIdentifier, RSASSAPSSParams } from "pkijs"

/** How an authority signs; without `pss`, an RSA key signs as PKCS #1 says. */
export interface SignatureOptions {
  readonly digest?: "sha1" | "sha256" | "sha384" | "sha512"
  readonly pss?: { readonly saltLength: number; readonly maskDigest?: "sha1" }
}

const digestOid = {
  sha1: "1.3.14.3.2.26",
  sha256: "2.16.840.1.101.3.4.2.1",
  sha384: "2.16.840.1.101.3.4.2.2",
  sha512: "2.16.840.1.101.3.4.2.3",
}
const ecdsaOid = {
  sha1: "1.2.840.10045.4.1",
  sha256: "1.2.840.10045.4.3.2",
  sha384: "1.2.840.10045.4.3.3",
  sha512: "1.2.840.10045.4.3.4",
}
const pkcs1Oid = {
  sha1: "1.2.840.113549.1.1.5",
  sha256: "1.2.840.113549.1.1.11",
  sha384: "1.2.840.113549.1.1.12",
  sha512: "1.2.840.113549.1.1.13",
}
const pssOid = "1.2.840.113549.1.1.10"
const maskOid = "1.2.840.113549.1.1.8"

const identifier = (algorithmId: string, algorithmParams: Null | Sequence = new Null()) =>
  new AlgorithmIdentifier({ algorithmId, algorithmParams })

const pssAlgorithm = (
  digest: keyof typeof digestOid,
  { saltLength, maskDigest }: NonNullable<SignatureOptions["pss"]>,
) => {
  const parameters = new RSASSAPSSParams({
    hashAlgorithm: identifier(digestOid[digest]),
    maskGenAlgorithm: identifier(maskOid, identifier(digestOid[maskDigest ?? digest]).toSchema()),
    saltLength,
  })
  return identifier(pssOid, parameters.toSchema())
}

/** The same RSA key, for nothing but signatures by this algorithm: so it is the key that says how its mask is made. */
const keyFor = (key: KeyObject, algorithm: AlgorithmIdentifier): KeyObject => {
  const { result } = fromBER(Uint8Array.from(key.export({ type: "pkcs8", format: "der" })))
  const octets = (result as Sequence).valueBlock.value.find((value) => value instanceof OctetString)
  if (octets === undefined) throw new Error("there is no key in this PKCS #8")
  const limited = new Sequence({ value: [new Integer({ value: 0 }), algorithm.toSchema(), octets] })
  return createPrivateKey({ key: Buffer.from(limited.toBER()), type: "pkcs8", format: "der" })
}

export interface Signing {
  readonly algorithm: AlgorithmIdentifier
  sign(signed: ArrayBuffer): BitString
}

/** By node:crypto, which knows the curves and paddings that WebCrypto lacks. */
export const signingBy = (key: KeyObject, { digest = "sha256", pss: asked }: SignatureOptions = {}): Signing => {
  const bits = (signature: Uint8Array) => new BitString({ valueHex: Uint8Array.from(signature).buffer })
  if (key.asymmetricKeyType === "ec") {
    const algorithm = new AlgorithmIdentifier({ algorithmId: ecdsaOid[digest] })
    return { algorithm, sign: (signed) => bits(sign(digest, Buffer.from(signed), key)) }
  }
  const pss = asked ?? (key.asymmetricKeyType === "rsa-pss" ? { saltLength: 32 } : undefined)
  if (pss === undefined)
    return { algorithm: identifier(pkcs1Oid[digest]), sign: (signed) => bits(sign(digest, Buffer.from(signed), key)) }
  const algorithm = pssAlgorithm(digest, pss)
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: pss.saltLength }
  const limited = keyFor(key, algorithm)
  return { algorithm, sign: (signed) => bits(sign(digest, Buffer.from(signed), { key: limited, ...padding })) }
}
