import { X509Certificate } from "node:crypto"
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import type { TrustPolicy } from "../protocol/trust-policy.ts"
import { caConfiguration, professionalExtensions, subject } from "./authority/configuration.ts"
import { openssl } from "./authority/openssl.ts"
import { allowedProfessions, type CertifiedAs, professionalPolicy, professionItems } from "./authority/professions.ts"
import { opensslAnswer, type Responder, startResponder } from "./authority/responder.ts"

/** How the key of a certificate is made. */
const keyArguments = {
  "P-256": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
  "P-384": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
  "RSA-2048": ["-newkey", "rsa:2048"],
} as const

export interface CertificateRequest {
  commonName: string
  /** Whom they work for. */
  organization?: string
  profession: CertifiedAs
  registrationNumber: string
  /** OID; without it, the policy that the trust policy asks for. */
  policy?: string
  /** Without it, P-256. */
  key?: keyof typeof keyArguments
  /** Without it, a minute ago. */
  notBefore?: Date
  /** Without it, a year from now. In the past: an expired certificate. */
  notAfter?: Date
  /** Names of OpenSSL; without it, `digitalSignature`. */
  keyUsage?: readonly string[]
}

export interface Credential {
  certificatePem: string
  /** The certificate and its issuing authority's, leaf first. */
  chainPem: string
  /** PKCS #8, unencrypted; kept nowhere else. */
  privateKeyPem: string
}

export interface Authority {
  readonly rootPem: string
  readonly issuingPem: string
  issue(request: CertificateRequest): Promise<Credential>
  /** From now on the responder says "revoked". Throws if it already is, or isn't of this authority. */
  revoke(credential: Pick<Credential, "certificatePem">): Promise<void>
  startResponder(): Promise<Responder>
  /** What a cloud needs to know to trust this authority's professionals. */
  trustPolicy(options: { ocspUrl: string }): TrustPolicy
}

/**
 * Makes a certification authority for development and tests with `openssl ca`: a root, an issuing authority below it,
 * and a responder's certificate. The directory must be new or
 * empty; only this user may enter it.
 */
export async function createAuthority(
  path: string,
  { name = "Example Professional Register" }: { name?: string } = {},
): Promise<Authority> {
  const directory = resolve(path)
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await chmod(directory, 0o700)
  if ((await readdir(directory)).length > 0) throw new Error(`${directory} is not empty; an authority is made anew.`)
  await writeFile(join(directory, "openssl.cnf"), caConfiguration)
  for (const part of ["root", "issuing", "responder"]) {
    await mkdir(join(directory, part, "issued"), { recursive: true, mode: 0o700 })
    await writeFile(join(directory, part, "index.txt"), "")
  }
  // Beside the copy, too, or the responder can't read an index with the same name twice.
  await writeFile(join(directory, "issuing/ocsp-index.txt.attr"), "unique_subject = no\n")
  await openssl(
    [
      "req",
      "-x509",
      "-config",
      "openssl.cnf",
      "-extensions",
      "root_extensions",
      "-days",
      "3650",
      "-sha256",
      ...keyArguments["P-256"],
      "-noenc",
      "-utf8",
      "-subj",
      subject({
        O: name,
        CN: `${name} Root`,
      }),
      "-keyout",
      "root/key.pem",
      "-out",
      "root/certificate.pem",
    ],
    directory,
  )
  await certify("root", "issuing", "issuing_extensions", subject({ O: name, CN: `${name} Issuing` }))
  await certify("issuing", "responder", "responder_extensions", subject({ O: name, CN: `${name} Responder` }))
  await publishIndex()
  const rootPem = await readPem(join(directory, "root/certificate.pem"))
  const issuingPem = await readPem(join(directory, "issuing/certificate.pem"))

  async function certify(issuer: "root" | "issuing", holder: string, extensions: string, name: string) {
    await newKeyAndRequest(holder, "P-256", name)
    const files = ["-in", `${holder}/request.pem`, "-out", `${holder}/certificate.pem`]
    await authorityCommand(issuer, ["-notext", "-utf8", "-extensions", extensions, ...files])
  }

  function authorityCommand(issuer: "root" | "issuing", options: readonly string[]): Promise<string> {
    return openssl(["ca", "-config", "openssl.cnf", "-name", issuer, "-batch", ...options], directory)
  }

  function newKeyAndRequest(holder: string, key: keyof typeof keyArguments, name: string): Promise<string> {
    return openssl(
      [
        "req",
        "-new",
        "-config",
        "openssl.cnf",
        ...keyArguments[key],
        "-noenc",
        "-utf8",
        "-subj",
        name,
        "-keyout",
        join(holder, "key.pem"),
        "-out",
        join(holder, "request.pem"),
      ],
      directory,
    )
  }

  /** While `openssl ca` writes its index, there is a moment without one; the responder reads this copy. */
  async function publishIndex(): Promise<void> {
    await copyFile(join(directory, "issuing/index.txt"), join(directory, "issuing/ocsp-index.new"))
    await rename(join(directory, "issuing/ocsp-index.new"), join(directory, "issuing/ocsp-index.txt"))
  }

  // `openssl ca` doesn't lock its index: one at a time.
  let last: Promise<unknown> = Promise.resolve()
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = last.then(work, work)
    last = turn.catch(() => {})
    return turn
  }

  async function withDirectory<Result>(work: (path: string) => Promise<Result>): Promise<Result> {
    const path = await mkdtemp(join(directory, "certificate-"))
    try {
      return await work(path)
    } finally {
      await rm(path, { recursive: true, force: true })
    }
  }

  return {
    rootPem,
    issuingPem,

    issue: ({
      commonName,
      organization,
      profession,
      registrationNumber,
      policy = professionalPolicy,
      key = "P-256",
      notBefore = new Date(Date.now() - 60_000),
      notAfter = new Date(Date.now() + 365 * 24 * 3600_000),
      keyUsage = ["digitalSignature"],
    }) =>
      withDirectory(async (path) => {
        const extensions = professionalExtensions({ profession, registrationNumber, policy, keyUsage })
        await writeFile(join(path, "extensions.cnf"), extensions)
        await newKeyAndRequest(
          path,
          key,
          subject({ ...(organization === undefined ? {} : { O: organization }), CN: commonName }),
        )
        await inTurn(async () => {
          const profile = ["-extfile", join(path, "extensions.cnf"), "-extensions", "professional"]
          const validity = ["-startdate", asn1Time(notBefore), "-enddate", asn1Time(notAfter)]
          const files = ["-in", join(path, "request.pem"), "-out", join(path, "certificate.pem")]
          await authorityCommand("issuing", ["-notext", "-utf8", ...profile, ...validity, ...files])
          await publishIndex()
        })
        const certificatePem = await readPem(join(path, "certificate.pem"))
        const privateKeyPem = await readPem(join(path, "key.pem"))
        return { certificatePem, chainPem: certificatePem + issuingPem, privateKeyPem }
      }),

    revoke: ({ certificatePem }) =>
      withDirectory(async (path) => {
        // `openssl ca -revoke` would enter anybody's certificate into the index.
        if (!isIssuedBy(certificatePem, issuingPem))
          throw new Error("Only the authority that issued a certificate can revoke it.")
        await writeFile(join(path, "certificate.pem"), certificatePem)
        await inTurn(async () => {
          const revoked = join(path, "certificate.pem")
          await authorityCommand("issuing", ["-revoke", revoked, "-crl_reason", "keyCompromise"])
          await publishIndex()
        })
      }),

    startResponder: () => startResponder((request) => opensslAnswer(directory, request)),

    trustPolicy: ({ ocspUrl }) => ({
      version: 1,
      anchors: [
        {
          id: "local",
          certificate: base64Der(rootPem),
          intermediates: [base64Der(issuingPem)],
          signatureAlgorithms: ["ES256", "ES384", "RS256", "PS256"],
          requiredPolicies: [professionalPolicy],
          profession: {
            from: "admission",
            allow: Object.fromEntries(allowedProfessions.map((word) => [professionItems[word].oid, word])),
          },
          maxPathLength: 2,
          revocation: { ocspUrl, maxClockSkewSeconds: 300 },
        },
      ],
    }),
  }
}

function readPem(path: string): Promise<string> {
  return readFile(path, "utf8")
}

function isIssuedBy(certificatePem: string, issuerPem: string): boolean {
  const [certificate, issuer] = [new X509Certificate(certificatePem), new X509Certificate(issuerPem)]
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)
}

function base64Der(pem: string): string {
  return new X509Certificate(pem).raw.toString("base64")
}

/** `YYYYMMDDHHMMSSZ` */
function asn1Time(time: Date): string {
  return `${time.toISOString().replaceAll(/[-:T]|\.\d+Z$/g, "")}Z`
}
