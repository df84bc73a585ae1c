import { createPrivateKey } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { credentialFromPem } from "../../sdk/hcp/credential.ts"
import type { Credential } from "../../sdk/hcp/emergency-access.ts"
import { readPkcs12 } from "../../sdk/hcp/pkcs12.ts"
import { UsageError, unusable } from "./exit.ts"
import { askSecret } from "./terminal.ts"

/** What a key can sign with, of what statements may be signed with. */
const algorithmOf = (keyPem: string): Credential["alg"] => {
  const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(keyPem)
  if (asymmetricKeyType === "rsa") return "PS256"
  if (asymmetricKeyDetails?.namedCurve === "prime256v1") return "ES256"
  if (asymmetricKeyDetails?.namedCurve === "secp384r1") return "ES384"
  throw unusable("credential-key-unsupported")
}

const fromPem = async (certificateFile: string, keyFile: string): Promise<Credential> => {
  try {
    const [chain, key] = [readFileSync(certificateFile, "utf8"), readFileSync(keyFile, "utf8")]
    return await credentialFromPem(chain, key, algorithmOf(key))
  } catch (error) {
    if (error instanceof UsageError) throw error
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
