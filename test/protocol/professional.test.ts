import { createHash, X509Certificate } from "node:crypto"
import { expect, test } from "vitest"
import { fromStandardBase64 } from "../../protocol/crypto/bytes.ts"
import { accountOf, readProfessional } from "../../protocol/professional.ts"
import { integrityOf, tampered } from "../kit/holders.ts"
import vectors from "./crypto/vectors.json" with { type: "json" }

const { professionals, consent } = vectors.statement

test.each(professionals)("$alg: the certificate that signed says who it was", async ({ certificate, compact }) => {
  const der = fromStandardBase64(certificate)
  expect(await readProfessional("contribution", compact)).toEqual({
    certificate: der,
    thumbprint: createHash("sha256").update(der).digest("hex"),
  })
  expect(await integrityOf(readProfessional("emergency-access", compact))).toBe("contribution-invalid")
  expect(await integrityOf(readProfessional("contribution", tampered(compact, { iat: 1 })))).toBe(
    "contribution-invalid",
  )
})

test("a statement without a certificate is no professional's", async () => {
  for (const statement of [consent, ""])
    expect(await integrityOf(readProfessional("contribution", statement))).toBe("contribution-invalid")
})

test.each(professionals)(
  "$alg: an account is the hash of the certificate's public key, for its own algorithm alone",
  async ({ alg, certificate }) => {
    const der = fromStandardBase64(certificate)
    const key = new X509Certificate(der).publicKey.export({ format: "der", type: "spki" })
    expect(await accountOf(der, alg as "ES256")).toBe(createHash("sha256").update(key).digest("hex"))
    await expect(accountOf(der, alg === "ES384" ? "ES256" : "ES384")).rejects.toThrow()
  },
)
