import { createPrivateKey } from "node:crypto"
import { readFileSync } from "node:fs"
import { credentialFromPem } from "../../sdk/hcp/credential.ts"
import type { Credential } from "../../sdk/hcp/emergency-access.ts"
import { UsageError } from "./exit.ts"

/** What a key can sign with, of what statements may be signed with. */
const algorithmOf = (keyPem: string): Credential["alg"] => {
  const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(keyPem)
  if (asymmetricKeyType === "rsa") return "PS256"
  if (asymmetricKeyDetails?.namedCurve === "prime256v1") return "ES256"
  if (asymmetricKeyDetails?.namedCurve === "secp384r1") return "ES384"
  throw new UsageError("The professional's key must be on P-256 or P-384, or RSA.")
}

/** From two PEM files: the certificate with its chain, and its PKCS #8 key. */
export const readCredential = async (certificateFile: string, keyFile: string): Promise<Credential> => {
  try {
    const [chain, key] = [readFileSync(certificateFile, "utf8"), readFileSync(keyFile, "utf8")]
    return await credentialFromPem(chain, key, algorithmOf(key))
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError("The certificate or its key can't be read: PEM, the key as PKCS #8 without a password.")
  }
}
