/** Makes certificates.json, which is frozen: `node test/fuzz/make-certificates.ts > test/fuzz/certificates.json`. */

import type { Extension } from "pkijs"
import { opensslKeys } from "../../certify/openssl-keys.ts"
import { readCertificate } from "../../protocol/certification/certificate.ts"
import { ocspRequest } from "../../protocol/certification/ocsp.ts"
import { day } from "../kit/certificate.ts"
import { profession, professionalExtensions } from "../kit/certificate-extensions.ts"
import { hcRoles } from "../kit/hc-roles.ts"
import { Issuer } from "../kit/issuer.ts"
import { type KeyType } from "../kit/key-pairs.ts"

const base64 = (der: Uint8Array) => Buffer.from(der).toString("base64")
const root = Issuer.root("Root")
const authority = root.issuer("Issuing Authority")
const responder = authority.responder()
const professional = (name: string, extensions: readonly Extension[], key: KeyType = "P-256") =>
  authority.issue(name, { extensions, key })
const shape = { authority: true, naming: true }
const physician = professional("Physician", professionalExtensions([profession.physician], { shape }))
const nurse = professional("Nurse", professionalExtensions([profession.nurse]), "RSA-2048")
const revoked = professional("Revoked", professionalExtensions([profession.dentist]))
const withRole = professional(
  "Role",
  professionalExtensions([], { more: [hcRoles([{ scheme: "1.2.3.4", code: "2211", text: "Physician" }])] }),
)

const nonce = new Uint8Array(32).fill(7)
const issuer = readCertificate(authority.self.der, opensslKeys)
const questionOf = async (der: Uint8Array) => {
  const certificate = readCertificate(der, opensslKeys)
  if (certificate === undefined || issuer === undefined) throw new Error("no certificate")
  return ocspRequest({ keys: opensslKeys, certificate, issuer, nonce })
}
const answer = async (of: { der: Uint8Array }) =>
  base64(await authority.answer(await questionOf(of.der), responder, { lasts: 30000 * day }))

const crl = () => base64(authority.crl(42, 30_000 * day))

const certificates = {
  now: "",
  nonce: base64(nonce),
  root: base64(root.self.der),
  authority: base64(authority.self.der),
  professionals: [physician, nurse, withRole].map(({ der }) => base64(der)),
  revoked: base64(revoked.der),
  ocsp: { good: await answer(physician), revoked: "", other: await answer(nurse) },
  crl: { before: crl(), after: "" },
}
authority.revoke(revoked)
certificates.ocsp.revoked = await answer(revoked)
certificates.crl.after = crl()
certificates.now = new Date(Date.now() + 1000).toISOString()
console.log(JSON.stringify(certificates, null, 2))
