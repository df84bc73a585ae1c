import { execFile, execFileSync } from "node:child_process"
import { createHash, X509Certificate } from "node:crypto"
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { promisify } from "node:util"
import type { TrustPolicy } from "../../protocol/trust-policy.ts"
import { putOnShelf, tookFromShelf } from "./authority-shelf.ts"

/** A certification authority as an operator would run it, by the `openssl` command alone, in a folder of its own. */

const run = promisify(execFile)

export const keyTypes = {
  "P-256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
  "P-384": ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
  secp256k1: ["EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
  brainpoolP256r1: ["EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP256r1"],
  brainpoolP384r1: ["EC", "-pkeyopt", "ec_paramgen_curve:brainpoolP384r1"],
  "RSA-2048": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
  "RSA-PSS-2048": ["RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
  "RSA-1024": ["RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
} as const
export type KeyType = keyof typeof keyTypes

export const profession = {
  physician: "1.2.276.0.76.4.30",
  dentist: "1.2.276.0.76.4.31",
  pharmacist: "1.2.276.0.76.4.32",
  paramedic: "1.2.276.0.76.4.178",
  nurse: "1.2.276.0.76.4.232",
  midwife: "1.2.276.0.76.4.235",
  insuredPerson: "1.2.276.0.76.4.49",
} as const

export const professionalPolicy = "1.2.276.0.76.4.75"
export const day = 24 * 60 * 60 * 1000

export interface Held {
  readonly name: string
  readonly certificate: string
  readonly key: string
  readonly der: Uint8Array<ArrayBuffer>
}

export interface Wanted {
  key?: KeyType
  from?: Date
  to?: Date
  /** Whose key it shall be, in place of a new one. */
  keyOf?: Held
  /** Digest of the signature. */
  digest?: string
  /** Options of the signature algorithm, such as `rsa_padding_mode:pss`. */
  signature?: readonly string[]
  /** Lines of the subject's name beside its common name. */
  subject?: string
  /** Lines of an extension section; sections they refer to follow in the same text. */
  extensions: string
}

const derOf = (pem: string) => new Uint8Array(new X509Certificate(readFileSync(pem)).raw)
const utcTime = (date: Date) => `${date.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`

export const authorityExtensions = (more = "") =>
  `basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n${more}`

/** The admission extension of a German health professional card; `insert` goes before the contents. */
export const admission = (
  oids: readonly string[],
  { registration = "1-2-ARZT-1", authority = false, naming = false } = {},
) => `
[admission]
${authority ? "authority=IMP:4,SEQUENCE:no_name\n" : ""}contents=SEQUENCE:contents
[no_name]
[contents]
only=SEQUENCE:admissions
[admissions]
${naming ? "naming=EXP:1,SEQUENCE:naming\n" : ""}infos=SEQUENCE:infos
[naming]
text=UTF8:Kammer
[infos]
only=SEQUENCE:info
[info]
items=SEQUENCE:items
oids=SEQUENCE:oids
registration=PRINTABLESTRING:${registration}
[items]
${oids.map((_, i) => `i${i}=UTF8:Beruf ${i}`).join("\n")}
[oids]
${oids.map((oid, i) => `o${i}=OID:${oid}`).join("\n")}
`

export const professionalExtensions = (
  oids: readonly string[],
  {
    keyUsage = "critical,digitalSignature",
    basicConstraints = "critical,CA:FALSE",
    policies = professionalPolicy,
    more = "",
    shape = {},
  }: {
    keyUsage?: string | undefined
    basicConstraints?: string
    policies?: string
    more?: string
    shape?: Parameters<typeof admission>[1]
  } = {},
) =>
  [
    `basicConstraints=${basicConstraints}`,
    keyUsage && `keyUsage=${keyUsage}`,
    policies && `certificatePolicies=${policies}`,
    oids.length > 0 && "1.3.36.8.3.3=ASN1:SEQUENCE:admission",
    more,
    admission(oids, shape),
  ]
    .filter(Boolean)
    .join("\n")

const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex")
/** How many days before and after now a certificate is valid where a test doesn't say. */
type Days = readonly [before: number, after: number]

/** One issuer with its own register of what it issued. */
export class OpensslIssuer {
  readonly #folder: string
  readonly self: Held
  readonly #issued = new Map<string, number>()
  #count = 0

  constructor(folder: string, self: Held) {
    this.#folder = folder
    this.self = self
    mkdirSync(join(folder, "issued"), { recursive: true })
    writeFileSync(join(folder, "index.txt"), "")
    writeFileSync(join(folder, "index.txt.attr"), "unique_subject = no\n")
    writeFileSync(
      join(folder, "ca.cnf"),
      `[ca]\ndefault_ca=this\n[this]\ndatabase=${folder}/index.txt\nnew_certs_dir=${folder}/issued\nrand_serial=yes\npolicy=any\ndefault_md=sha256\nemail_in_dn=no\n[any]\ncommonName=supplied\ntitle=optional\norganizationalUnitName=optional\nserialNumber=optional\n`,
    )
  }

  static root(folder: string, name: string, wanted: Partial<Wanted> = {}): OpensslIssuer {
    mkdirSync(folder, { recursive: true })
    const self = { name, certificate: join(folder, "self.pem"), key: join(folder, "self.key"), der: new Uint8Array() }
    const made = new OpensslIssuer(folder, self)
    made.#make(self, { extensions: authorityExtensions(), ...wanted }, [60, 3650], ["-selfsign"], basename(folder))
    return new OpensslIssuer(folder, { ...self, der: derOf(self.certificate) })
  }

  issue(name: string, wanted: Wanted, usual: Days = [30, 365]): Held {
    const stem = join(this.#folder, `${++this.#count}`)
    const held = { name, certificate: `${stem}.pem`, key: wanted.keyOf?.key ?? `${stem}.key` }
    this.#make(held, wanted, usual, ["-cert", this.self.certificate], sha256(this.self.der))
    return { ...held, der: derOf(held.certificate) }
  }

  /** Makes the certificate, and the key where it is nobody's yet, and enters them in the register; `signer` tells who signs from others. */
  #make(held: Omit<Held, "der">, wanted: Wanted, usual: Days, by: readonly string[], signer: string): void {
    const { keyOf, ...rest } = wanted
    const what = JSON.stringify([signer, held.name, usual, rest, keyOf && sha256(keyOf.der)])
    const nth = (this.#issued.get(what) ?? 0) + 1
    this.#issued.set(what, nth)
    const entry = `${held.certificate}.entry`
    const files = [held.certificate, entry, ...(keyOf === undefined ? [held.key] : [])]
    // Where a test gives the date, it hangs on the moment at which the test runs.
    const label = rest.from === undefined && rest.to === undefined ? sha256(`${what} ${nth}`) : undefined
    const register = join(this.#folder, "index.txt")
    if (label !== undefined && tookFromShelf(label, files)) return appendFileSync(register, readFileSync(entry))
    const before = readFileSync(register).length
    this.#sign(held, wanted, usual, by)
    writeFileSync(entry, readFileSync(register).subarray(before))
    if (label !== undefined) putOnShelf(label, files)
  }

  #sign(
    { name, key: keyFile, certificate }: Omit<Held, "der">,
    { key = "P-256", keyOf, from, to, digest = "sha256", signature = [], subject = "", extensions }: Wanted,
    [before, after]: Days,
    by: readonly string[],
  ): void {
    const [request, config] = [`${keyFile}.csr`, `${keyFile}.cnf`]
    writeFileSync(config, `[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=${name}\n${subject}\n[ext]\n${extensions}`)
    const own = keyOf === undefined ? ["-newkey", ...keyTypes[key], "-nodes", "-keyout", keyFile] : ["-key", keyFile]
    execFileSync("openssl", ["req", "-new", ...own, "-config", config, "-out", request], { stdio: "pipe" })
    const start = utcTime(from ?? new Date(Date.now() - before * day))
    const dates = ["-startdate", start, "-enddate", utcTime(to ?? new Date(Date.now() + after * day))]
    execFileSync(
      "openssl",
      ["ca", "-batch", "-notext", "-config", join(this.#folder, "ca.cnf"), "-keyfile", this.self.key, ...by].concat(
        ["-md", digest, ...dates, "-extfile", config, "-extensions", "ext", "-in", request, "-out", certificate],
        signature.flatMap((option) => ["-sigopt", option]),
      ),
      { stdio: "pipe" },
    )
  }

  issuer(name: string, wanted: Partial<Wanted> = {}): OpensslIssuer {
    const extensions = authorityExtensions(`certificatePolicies=${professionalPolicy}`)
    const held = this.issue(name, { extensions, ...wanted }, [60, 9 * 365])
    const folder = join(this.#folder, `authority-${this.#count}`)
    mkdirSync(folder)
    return new OpensslIssuer(folder, held)
  }

  /** What makes another's key pair and certificate the issuer, with a register of its own. */
  as(self: Held): OpensslIssuer {
    const folder = join(this.#folder, `as-${++this.#count}`)
    mkdirSync(folder)
    return new OpensslIssuer(folder, self)
  }

  /** Never revoked (id-pkix-ocsp-nocheck), unless `more`, in its place, says something else. */
  responder(name = "Responder", more = "noCheck=ignored", keyOf?: Held): Held {
    const extensions = `basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,OCSPSigning\n${more}`
    return this.issue(name, { extensions, ...(keyOf === undefined ? {} : { keyOf }) })
  }

  revoke(held: Held): void {
    execFileSync(
      "openssl",
      [
        "ca",
        "-config",
        join(this.#folder, "ca.cnf"),
        "-cert",
        this.self.certificate,
        "-keyfile",
        this.self.key,
        "-revoke",
        held.certificate,
      ],
      { stdio: "pipe" },
    )
  }

  /** The list of what it has revoked, DER: number `n`, of now, for an hour unless `options` say otherwise. */
  crl(n: number, options: readonly string[] = ["-crlhours", "1"], extensions = ""): Uint8Array<ArrayBuffer> {
    const stem = join(this.#folder, `crl-${++this.#count}`)
    writeFileSync(join(this.#folder, "crlnumber"), n.toString(16).padStart(4, "0"))
    const config = readFileSync(join(this.#folder, "ca.cnf"), "utf8").replace(
      "[this]",
      `[this]\ncrlnumber=${this.#folder}/crlnumber`,
    )
    writeFileSync(`${stem}.cnf`, `${config}[list]\nauthorityKeyIdentifier=keyid\n${extensions}\n`)
    const self = ["-cert", this.self.certificate, "-keyfile", this.self.key]
    const files = ["-config", `${stem}.cnf`, "-crlexts", "list", "-out", `${stem}.pem`]
    execFileSync("openssl", ["ca", "-gencrl", "-md", "sha256", ...files, ...self, ...options], { stdio: "pipe" })
    const [, base64 = ""] = /-----BEGIN X509 CRL-----([^-]+)/.exec(readFileSync(`${stem}.pem`, "utf8")) ?? []
    return Uint8Array.from(Buffer.from(base64, "base64"))
  }

  /** Answers an OCSP request as `openssl ocsp` does, signed by `signer`. */
  async answer(
    request: Uint8Array,
    signer: Held,
    options: readonly string[] = ["-nmin", "60"],
  ): Promise<Uint8Array<ArrayBuffer>> {
    const stem = join(this.#folder, `ocsp-${++this.#count}`)
    writeFileSync(`${stem}.req`, request)
    const register = ["-index", join(this.#folder, "index.txt"), "-CA", this.self.certificate]
    const signing = ["-rsigner", signer.certificate, "-rkey", signer.key]
    const files = ["-reqin", `${stem}.req`, "-respout", `${stem}.resp`]
    await run("openssl", ["ocsp", ...register, ...signing, ...files, ...options])
    return new Uint8Array(readFileSync(`${stem}.resp`))
  }

  /** A request of openssl's own making: without a nonce. */
  requestWithoutNonce(...held: Held[]): Promise<Uint8Array> {
    return this.#request(held, ["-no_nonce"])
  }

  /** With a nonce that nobody but openssl knows. */
  requestWithNonce(...held: Held[]): Promise<Uint8Array> {
    return this.#request(held, ["-nonce"])
  }

  async #request(held: readonly Held[], options: readonly string[]): Promise<Uint8Array> {
    const file = join(this.#folder, `request-${++this.#count}`)
    const certificates = held.flatMap(({ certificate }) => ["-cert", certificate])
    await run("openssl", ["ocsp", "-issuer", this.self.certificate, ...certificates, ...options, "-reqout", file])
    return readFileSync(file)
  }
}

export const temporaryFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), "ehr-cloud-authority-"))
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

const base64 = (der: Uint8Array) => Buffer.from(der).toString("base64")

export const anchorOf = (
  root: OpensslIssuer,
  intermediates: readonly OpensslIssuer[],
  rules: Partial<TrustPolicy["anchors"][number]> = {},
): TrustPolicy["anchors"][number] => ({
  id: "test",
  certificate: base64(root.self.der),
  intermediates: intermediates.map(({ self }) => base64(self.der)),
  signatureAlgorithms: ["ES256", "ES384", "RS256", "PS256"],
  requiredPolicies: [professionalPolicy],
  profession: {
    from: "admission",
    allow: {
      [profession.physician]: "physician",
      [profession.dentist]: "dentist",
      [profession.pharmacist]: "pharmacist",
      [profession.paramedic]: "paramedic",
      [profession.nurse]: "nurse",
      [profession.midwife]: "midwife",
    },
  },
  maxPathLength: 1,
  revocation: { ocspUrl: "http://responder.invalid/ocsp", maxClockSkewSeconds: 60 },
  ...rules,
})
