import { importX509 } from "jose/key/import"
import { fromStandardBase64, toHex, toStandardBase64 } from "./crypto/bytes.ts"
import { sha256 } from "./crypto/primitives.ts"
import { IntegrityFailure, orFail } from "./integrity.ts"
import { readStatement, type StatementAlgorithm, verifyStatement } from "./statement.ts"

/** Who signed a professional's statement. That an authority vouches for them, the cloud has certified; its trail says so. */
export interface Professional {
  /** DER. */
  readonly certificate: Uint8Array<ArrayBuffer>
  /** Hex SHA-256 of the certificate, as in the audit trail. */
  readonly thumbprint: string
}

/** Verifies that a statement is signed by the first certificate it carries, and says whose that is. */
export const readProfessional = (
  typ: "emergency-access" | "contribution" | "practice-member",
  statement: string,
): Promise<Professional> =>
  orFail("contribution-invalid", async () => {
    const [first] = readStatement(statement).header.x5c ?? []
    if (first === undefined) throw new IntegrityFailure("contribution-invalid")
    const certificate = fromStandardBase64(first)
    await verifyStatement(statement, { typ, key: { certificate }, algorithms: ["ES256", "ES384", "RS256", "PS256"] })
    return { certificate, thumbprint: toHex(await sha256(certificate)) }
  })

/** The hex SHA-256 of the public key (SubjectPublicKeyInfo) of a certificate whose key signs by this algorithm; throws for any other. */
export const accountOf = async (certificate: Uint8Array, alg: StatementAlgorithm): Promise<string> => {
  const pem = `-----BEGIN CERTIFICATE-----\n${toStandardBase64(certificate)}\n-----END CERTIFICATE-----`
  const key = await importX509(pem, alg, { extractable: true })
  return toHex(await sha256(new Uint8Array(await crypto.subtle.exportKey("spki", key))))
}
