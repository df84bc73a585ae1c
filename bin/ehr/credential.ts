import { createPrivateKey } from "node:crypto"
import { existsSync, readFileSync } from "node:fs"
import { credentialFromPem } from "../../sdk/hcp/credential.ts"
import type { Credential } from "../../sdk/hcp/emergency-access.ts"
import { type Pkcs12Reading, readPkcs12 } from "../../sdk/hcp/pkcs12.ts"
import { UsageError } from "./exit.ts"
import { askSecret } from "./terminal.ts"

/** What a key can sign with, of what statements may be signed with. */
const algorithmOf = (keyPem: string): Credential["alg"] => {
  const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(keyPem)
  if (asymmetricKeyType === "rsa") return "PS256"
  if (asymmetricKeyDetails?.namedCurve === "prime256v1") return "ES256"
  if (asymmetricKeyDetails?.namedCurve === "secp384r1") return "ES384"
  throw new UsageError("The professional's key must be on P-256 or P-384, or RSA.")
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

const faults: Readonly<Record<Exclude<Pkcs12Reading["outcome"], "ok">, string>> = {
  "not-pkcs12": "The certificate's file can't be read: PKCS #12, or PEM together with --key.",
  "password-wrong": "The password of the certificate's file is wrong.",
  "too-much-work":
    "The certificate's file would keep this machine busy, as no program's export does: it is not opened. Export it again.",
  "protection-unsupported": "The certificate's file is protected in an old way: export it again, with AES-256.",
  "key-missing": "The certificate's file has no private key that belongs to a certificate of it.",
  "key-unsupported": "The professional's key must be on P-256 or P-384, or RSA.",
}

const fromPkcs12 = async (file: string): Promise<Credential> => {
  if (!existsSync(file)) throw new UsageError(`There is no file ${file}.`)
  const password = await askSecret("EHR_CERTIFICATE_PASSWORD", "Password of the certificate's file: ")
  const reading = await readPkcs12(new Uint8Array(readFileSync(file)), password)
  if (reading.outcome !== "ok") throw new UsageError(faults[reading.outcome])
  return reading.credential
}

/** From a PKCS #12 file, or, where the key has a file of its own, from two PEM files: the certificate with its chain, and its PKCS #8 key. */
export const readCredential = (certificateFile: string, keyFile: string | undefined): Promise<Credential> =>
  keyFile === undefined ? fromPkcs12(certificateFile) : fromPem(certificateFile, keyFile)
