import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { credentialFromPem } from "../../sdk/hcp/credential.ts"
import type { Credential } from "../../sdk/hcp/emergency-access.ts"
import { readPkcs12 } from "../../sdk/hcp/pkcs12.ts"
import { UsageError, unusable } from "./exit.ts"
import { systemSentence } from "./system-failure.ts"
import { askSecret } from "./terminal.ts"

/** What a key can sign with, of what statements may be signed with. */
const algorithmOf = ({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): Credential["alg"] => {
  if (asymmetricKeyType === "rsa") return "PS256"
  if (asymmetricKeyDetails?.namedCurve === "prime256v1") return "ES256"
  if (asymmetricKeyDetails?.namedCurve === "secp384r1") return "ES384"
  throw unusable("credential-key-unsupported")
}

const pemBlock = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** The certificates of a PEM text: the key's own first, then each one's issuer, in whatever order they stand; others are left out. */
const inOrder = (pem: string, key: KeyObject): string => {
  const certificates = (pem.match(pemBlock) ?? []).map((block) => new X509Certificate(block))
  if (certificates.length === 0) throw new TypeError("there is no certificate in this file")
  const own = certificates.find((certificate) => certificate.checkPrivateKey(key))
  if (own === undefined) throw unusable("credential-key-missing")
  const chain = [own]
  for (let last: X509Certificate | undefined = own; last !== undefined; ) {
    const { issuer, raw }: X509Certificate = last
    last = certificates.find((other) => !chain.includes(other) && other.subject === issuer && !other.raw.equals(raw))
    if (last !== undefined) chain.push(last)
  }
  return chain.map((certificate) => certificate.toString()).join("\n")
}

const fromPem = async (certificateFile: string, keyFile: string): Promise<Credential> => {
  try {
    const [certificates, keyPem] = [readFileSync(certificateFile, "utf8"), readFileSync(keyFile, "utf8")]
    const key = createPrivateKey(keyPem)
    return await credentialFromPem(inOrder(certificates, key), keyPem, algorithmOf(key))
  } catch (error) {
    if (error instanceof UsageError || systemSentence(error) !== undefined) throw error
    throw new UsageError("The certificate or its key can't be read: PEM, the key as PKCS #8 without a password.")
  }
}

const fromPkcs12 = async (file: string): Promise<Credential> => {
  if (!existsSync(file)) throw new UsageError(`There is no file ${file}.`)
  const password = await askSecret("EHR_CERTIFICATE_PASSWORD", "Password of the certificate's file: ")
  const reading = await readPkcs12(new Uint8Array(readFileSync(file)), password)
  if (reading.outcome !== "ok") throw unusable(reading.outcome)
  return reading.credential
}

/** From a PKCS #12 file, or, where the key has a file of its own, from two PEM files: the certificate with its chain, and its PKCS #8 key. */
export const readCredential = (certificateFile: string, keyFile: string | undefined): Promise<Credential> =>
  keyFile === undefined ? fromPkcs12(certificateFile) : fromPem(certificateFile, keyFile)
