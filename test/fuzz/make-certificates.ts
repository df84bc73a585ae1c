/** Makes certificates.json, which is frozen: `node test/fuzz/make-certificates.ts > test/fuzz/certificates.json`. */

import { execFileSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { opensslKeys } from "../../functions/domain/certification/engine.ts"
import { readCertificate } from "../../protocol/certification/certificate.ts"
import { ocspRequest } from "../../protocol/certification/ocsp.ts"
import {
  OpensslIssuer,
  profession,
  professionalExtensions,
  professionalPolicy,
  temporaryFolder,
} from "../domain/openssl-authority.ts"

const { folder, remove } = temporaryFolder()
const base64 = (der: Uint8Array) => Buffer.from(der).toString("base64")
const root = OpensslIssuer.root(join(folder, "root"), "Root")
const authority = root.issuer("Issuing Authority")
const responder = authority.responder()
const professional = (name: string, extensions: string, key: "P-256" | "RSA-2048" = "P-256") =>
  authority.issue(name, { extensions, key })
const shape = { authority: true, naming: true }
const physician = professional("Physician", professionalExtensions([profession.physician], { shape }))
const nurse = professional("Nurse", professionalExtensions([profession.nurse]), "RSA-2048")
const revoked = professional("Revoked", professionalExtensions([profession.dentist]))
const hcRole = `2.5.29.9=ASN1:SEQUENCE:attributes
[attributes]
only=SEQUENCE:attribute
[attribute]
type=OID:1.0.17090.0.1
values=SET:values
[values]
only=SET:actors
[actors]
only=SEQUENCE:actor
[actor]
coded=EXP:0,SET:coded
[coded]
scheme=EXP:0,OID:1.2.3.4
code=EXP:1,UTF8:2211
text=EXP:2,UTF8:Physician`
const withRole = professional("Role", professionalExtensions([], { policies: professionalPolicy, more: hcRole }))

const nonce = new Uint8Array(32).fill(7)
const issuer = readCertificate(authority.self.der, opensslKeys)
const questionOf = async (der: Uint8Array) => {
  const certificate = readCertificate(der, opensslKeys)
  if (certificate === undefined || issuer === undefined) throw new Error("no certificate")
  return ocspRequest({ keys: opensslKeys, certificate, issuer, nonce })
}
const answer = async (of: { der: Uint8Array }) =>
  base64(await authority.answer(await questionOf(of.der), responder, ["-ndays", "30000"]))

const crl = (name: string) => {
  const home = join(folder, `crl-${name}`)
  const config = `${home}.cnf`
  writeFileSync(`${home}.number`, "2A\n")
  writeFileSync(
    config,
    `[ca]\ndefault_ca=this\n[this]\ndatabase=${join(folder, "root", "authority-1", "index.txt")}\ncrlnumber=${home}.number\ndefault_md=sha256\ncrl_extensions=crl\n[crl]\nauthorityKeyIdentifier=keyid\n`,
  )
  const by = ["-cert", authority.self.certificate, "-keyfile", authority.self.key]
  execFileSync("openssl", ["ca", "-config", config, "-gencrl", ...by, "-crldays", "30000", "-out", `${home}.pem`], {
    stdio: "pipe",
  })
  execFileSync("openssl", ["crl", "-in", `${home}.pem`, "-outform", "DER", "-out", `${home}.der`], { stdio: "pipe" })
  return base64(readFileSync(`${home}.der`))
}

const certificates = {
  now: "",
  nonce: base64(nonce),
  root: base64(root.self.der),
  authority: base64(authority.self.der),
  professionals: [physician, nurse, withRole].map(({ der }) => base64(der)),
  revoked: base64(revoked.der),
  ocsp: { good: await answer(physician), revoked: "", other: await answer(nurse) },
  crl: { before: crl("before"), after: "" },
}
authority.revoke(revoked)
certificates.ocsp.revoked = await answer(revoked)
certificates.crl.after = crl("after")
certificates.now = new Date(Date.now() + 1000).toISOString()
console.log(JSON.stringify(certificates, null, 2))
remove()
