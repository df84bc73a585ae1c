import { importPKCS8 } from "jose"
import { type Bytes, fromStandardBase64 } from "../../protocol/crypto/bytes.ts"
import type { StatementAlgorithm } from "../../protocol/statement.ts"
import type { Credential } from "./emergency-access.ts"

const block = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g

/** The certificates of a PEM text, in their order, as DER. */
const certificatesIn = (pem: string): Bytes[] =>
  [...pem.matchAll(block)].map(([, text]) => fromStandardBase64((text ?? "").replace(/\s/g, "")))

/**
 * A credential from PEM: the chain, the professional's own certificate first, and its PKCS#8 key, imported non-extractable. `alg` is one the
 * key can make. Throws `TypeError` where there is no certificate.
 */
export const credentialFromPem = async (
  chainPem: string,
  privateKeyPem: string,
  alg: StatementAlgorithm,
): Promise<Credential> => {
  const chain = certificatesIn(chainPem)
  if (chain.length === 0) throw new TypeError("there is no certificate in this file")
  return { chain, alg, privateKey: await importPKCS8(privateKeyPem, alg) }
}
