import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { professionItems } from "../../../local/authority/professions.ts"
import { type Authority, createAuthority } from "../../../local/authority.ts"
import { fromStandardBase64 } from "../../../protocol/crypto/bytes.ts"
import { professions } from "../../../protocol/primitives.ts"
import { readCertificateFacts } from "../../../sdk/hcp/certificate.ts"

let directory: string
let authority: Authority
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "certificate-"))
  authority = await createAuthority(join(directory, "authority"))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const derOf = (pem: string) => fromStandardBase64(pem.replace(/-----[^-]+-----|\s/g, ""))

describe("what a professional's certificate says", () => {
  it("is the name, the issuer, the profession and how long it is valid", async () => {
    for (const profession of professions) {
      const notAfter = new Date("2030-05-06T07:08:09Z")
      const { certificatePem } = await authority.issue({
        commonName: "Δρ. Άννα Νοσοκόμου",
        profession,
        registrationNumber: "TEST-1",
        notAfter,
      })
      expect(readCertificateFacts(derOf(certificatePem))).toEqual({
        name: "Δρ. Άννα Νοσοκόμου",
        issuer: "Example Professional Register",
        profession,
        professionNames: [professionItems[profession].item],
        notBefore: expect.any(Date),
        notAfter,
      })
    }
  })

  it("is whom they work for, where the authority wrote it", async () => {
    const { certificatePem } = await authority.issue({
      commonName: "Dr. A",
      organization: "Example General Hospital",
      profession: "physician",
      registrationNumber: "TEST-2",
    })
    expect(readCertificateFacts(derOf(certificatePem))).toMatchObject({
      name: "Dr. A",
      organization: "Example General Hospital",
      issuer: "Example Professional Register",
    })
  })

  it("names no profession where it is of an insured person, or has no admission", async () => {
    const { certificatePem } = await authority.issue({
      commonName: "Erika Mustermann",
      profession: "insured",
      registrationNumber: "TEST-2",
    })
    expect(readCertificateFacts(derOf(certificatePem))?.profession).toBeUndefined()
    expect(readCertificateFacts(derOf(authority.issuingPem))).toMatchObject({ professionNames: [] })
  })

  it("is nothing for what is no certificate", () => {
    expect(readCertificateFacts(new Uint8Array([1, 2, 3]))).toBeUndefined()
    expect(readCertificateFacts(new Uint8Array(0))).toBeUndefined()
  })
})
