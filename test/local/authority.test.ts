import { execFileSync, spawnSync } from "node:child_process"
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto"
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { otherPolicy, professionalPolicy, professionItems } from "../../local/authority/professions.ts"
import { type Authority, type CertificateRequest, type Credential, createAuthority } from "../../local/authority.ts"
import { professions } from "../../protocol/primitives.ts"
import { trustPolicy } from "../../protocol/trust-policy.ts"

const directory = mkdtempSync(join(tmpdir(), "authority-test-"))
const day = 24 * 3600_000
const someone: CertificateRequest = {
  commonName: "Dr. Ada Byron",
  profession: "physician",
  registrationNumber: "1-0815",
}

let authority: Authority
let stranger: Authority
let files = 0

beforeAll(async () => {
  authority = await createAuthority(join(directory, "authority"))
  stranger = await createAuthority(join(directory, "stranger"), { name: "Register of Strangers" })
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function file(content: string | Uint8Array): string {
  const path = join(directory, `file-${files++}`)
  writeFileSync(path, content)
  return path
}

/** What `openssl` prints on either stream, whether it succeeds or not. */
function openssl(...args: string[]): string {
  const { stdout, stderr } = spawnSync("openssl", args, { encoding: "utf8" })
  return stdout + stderr
}

function verify(credential: Credential, trusted: Authority, ...options: string[]): string {
  const chain = ["-CAfile", file(trusted.rootPem), "-untrusted", file(credential.chainPem)]
  return openssl("verify", "-x509_strict", ...options, ...chain, file(credential.certificatePem))
}

describe("a professional's certificate", () => {
  it.each([...professions, "insured" as const])("says %s in the admission extension", async (profession) => {
    const { oid } = professionItems[profession]
    const credential = await authority.issue({ ...someone, profession })
    const text = openssl("x509", "-noout", "-text", "-in", file(credential.certificatePem))
    expect(text).toContain(oid)
    expect(text).toContain("1-0815")
    expect(text).toContain(professionalPolicy)
    expect(text).toMatch(/Key Usage: critical\s+Digital Signature\n/)
    expect(text).toContain("CA:FALSE")
    expect(text).toContain("Authority Key Identifier")
    expect(verify(credential, authority, "-policy", professionalPolicy, "-explicit_policy")).toMatch(/: OK\n$/)
  })

  it.each(["P-256", "P-384", "RSA-2048"] as const)("comes with a private key %s in PKCS #8 that fits", async (key) => {
    const credential = await authority.issue({ ...someone, key })
    expect(credential.privateKeyPem).toMatch(/^-----BEGIN PRIVATE KEY-----/)
    const privateKey = createPrivateKey(credential.privateKeyPem)
    const certificate = new X509Certificate(credential.certificatePem)
    expect(certificate.checkPrivateKey(privateKey)).toBe(true)
    const { namedCurve, modulusLength } = createPublicKey(privateKey).asymmetricKeyDetails ?? {}
    expect(namedCurve ?? modulusLength).toBe({ "P-256": "prime256v1", "P-384": "secp384r1", "RSA-2048": 2048 }[key])
    expect(verify(credential, authority)).toMatch(/: OK\n$/)
  })

  it("is valid from a minute ago for a year, unless asked otherwise", async () => {
    const { certificatePem } = await authority.issue(someone)
    const { validFromDate, validToDate } = new X509Certificate(certificatePem)
    expect(Date.now() - validFromDate.getTime()).toBeGreaterThan(30_000)
    expect(Math.round((validToDate.getTime() - Date.now()) / day)).toBe(365)
  })

  it("can be expired", async () => {
    const credential = await authority.issue({
      ...someone,
      notBefore: new Date(Date.now() - 2 * day),
      notAfter: new Date(Date.now() - day),
    })
    expect(verify(credential, authority)).toContain("certificate has expired")
  })

  it("can be not yet valid", async () => {
    const credential = await authority.issue({ ...someone, notBefore: new Date(Date.now() + day) })
    expect(verify(credential, authority)).toContain("certificate is not yet valid")
  })

  it("can have a policy that isn't the professionals'", async () => {
    const credential = await authority.issue({ ...someone, policy: otherPolicy })
    expect(verify(credential, authority)).toMatch(/: OK\n$/)
    expect(verify(credential, authority, "-policy", professionalPolicy, "-explicit_policy")).toContain(
      "no explicit policy",
    )
  })

  it("can be for another use than signing", async () => {
    const { certificatePem } = await authority.issue({ ...someone, keyUsage: ["keyAgreement"] })
    const text = openssl("x509", "-noout", "-text", "-in", file(certificatePem))
    expect(text).toMatch(/Key Usage: critical\s+Key Agreement\n/)
  })

  it("of another authority is refused", async () => {
    expect(verify(await stranger.issue(someone), authority)).toContain("unable to get local issuer certificate")
  })

  it("can't issue certificates itself", async () => {
    const issuer = new X509Certificate(authority.issuingPem)
    const leaf = new X509Certificate((await authority.issue(someone)).certificatePem)
    expect([issuer.ca, leaf.ca]).toEqual([true, false])
  })

  it("takes names with signs that mean something to openssl", async () => {
    const commonName = "Zoë O'Neill/CN=root+O=x\\ #1 $dir"
    const { certificatePem } = await authority.issue({ ...someone, commonName })
    expect(new X509Certificate(certificatePem).toLegacyObject().subject.CN).toBe(commonName)
  })

  it.each([
    ["a name with a line break", { commonName: "Ada\nByron" }, /name/],
    ["no name", { commonName: " " }, /name/],
    ["a number that would add a section", { registrationNumber: "1\n[x]" }, /registration number/],
    ["a number that would expand", { registrationNumber: "$ENV::HOME" }, /registration number/],
    ["a policy that is none", { policy: "anything" }, /policy/],
    ["a key usage that would add one", { keyUsage: ["digitalSignature,keyCertSign"] }, /key usage/],
  ])("is refused with %s", async (_what, change, message) => {
    await expect(authority.issue({ ...someone, ...change })).rejects.toThrow(message)
  })

  it("may be asked for many times at once", async () => {
    const credentials = await Promise.all(Array.from({ length: 6 }, () => authority.issue(someone)))
    const serials = credentials.map(({ certificatePem }) => new X509Certificate(certificatePem).serialNumber)
    expect(new Set(serials).size).toBe(6)
  })
})

describe("the authority's directory", () => {
  it("is for its user alone, and keeps no professional's key", async () => {
    await authority.issue(someone)
    const path = join(directory, "authority")
    expect(statSync(path).mode & 0o777).toBe(0o700)
    const keys = readdirSync(path, { recursive: true }).filter((name) => String(name).endsWith("key.pem"))
    expect(keys.map(String).sort()).toEqual(["issuing/key.pem", "responder/key.pem", "root/key.pem"])
  })

  it("is closed to others even if it was there, open, before", async () => {
    const path = join(directory, "open")
    mkdirSync(path)
    chmodSync(path, 0o755)
    await createAuthority(path)
    expect(statSync(path).mode & 0o777).toBe(0o700)
  })

  it("is not overwritten", async () => {
    await expect(createAuthority(join(directory, "authority"))).rejects.toThrow(/not empty/)
  })
})

describe("the responder", () => {
  async function ask(url: string, credential: Credential, ...options: string[]) {
    const request = join(directory, `request-${files++}`)
    const issuer = file(authority.issuingPem)
    execFileSync("openssl", [
      "ocsp",
      "-issuer",
      issuer,
      "-cert",
      file(credential.certificatePem),
      "-reqout",
      request,
      ...options,
    ])
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/ocsp-request" },
      body: readFileSync(request),
    })
    const body = new Uint8Array(await response.arrayBuffer())
    // Compares the nonces, too.
    const checks = ["-reqin", request, "-CAfile", file(authority.rootPem), "-verify_other", issuer]
    const text = openssl("ocsp", "-respin", file(body), "-resp_text", ...checks)
    return { contentType: response.headers.get("content-type"), text, request: readFileSync(request) }
  }

  it("answers good, then revoked, in signed answers with the request's nonce that soon expire", async () => {
    const responder = await authority.startResponder()
    const [credential, other] = [await authority.issue(someone), await authority.issue(someone)]
    const before = await ask(responder.url, credential)
    expect(before.contentType).toBe("application/ocsp-response")
    expect(before.text).toContain("Response verify OK")
    expect(before.text).toContain("Cert Status: good")
    expect(before.text).toContain("OCSP Nonce")
    const updates = /This Update: (.*)\n\s+Next Update: (.*)\n/.exec(before.text) ?? []
    expect(Date.parse(updates[2] ?? "") - Date.parse(updates[1] ?? "")).toBe(5 * 60_000)

    await authority.revoke(credential)
    const after = await ask(responder.url, credential)
    expect(after.text).toContain("Response verify OK")
    expect(after.text).toContain("Cert Status: revoked")
    expect(after.text).toContain("keyCompromise")
    expect((await ask(responder.url, other)).text).toContain("Cert Status: good")
    await responder.stop()
  })

  it("signs with a certificate that is for nothing else", async () => {
    const responder = await authority.startResponder()
    const { text } = await ask(responder.url, await authority.issue(someone))
    await responder.stop()
    expect(text).toMatch(/Extended Key Usage: critical\s+OCSP Signing/)
    expect(text).toContain("OCSP No Check")
  })

  it("answers a request in the address too", async () => {
    const responder = await authority.startResponder()
    const { request } = await ask(responder.url, await authority.issue(someone), "-no_nonce")
    const response = await fetch(`${responder.url}/${encodeURIComponent(request.toString("base64"))}`)
    const text = openssl(
      "ocsp",
      "-respin",
      file(new Uint8Array(await response.arrayBuffer())),
      "-resp_text",
      "-noverify",
    )
    await responder.stop()
    expect(text).toContain("Cert Status: good")
  })

  it("doesn't vouch for certificates of others", async () => {
    const responder = await authority.startResponder()
    const { text } = await ask(responder.url, await stranger.issue(someone))
    await responder.stop()
    expect(text).toContain("Cert Status: unknown")
  })

  it.each([
    ["nothing", new Uint8Array(0)],
    ["garbage", new TextEncoder().encode("not a request")],
    ["too much", new Uint8Array(100_000)],
  ])("answers %s with malformedRequest", async (_what, body) => {
    const responder = await authority.startResponder()
    const response = await fetch(responder.url, { method: "POST", body })
    const answer = Buffer.from(await response.arrayBuffer()).toString("hex")
    await responder.stop()
    expect(answer).toBe("30030a0101")
  })

  it("is not reachable after stop", async () => {
    const responder = await authority.startResponder()
    await responder.stop()
    await expect(fetch(responder.url)).rejects.toThrow()
  })
})

describe("revoking", () => {
  it("is refused for a certificate of another authority", async () => {
    await expect(authority.revoke(await stranger.issue(someone))).rejects.toThrow(/Only the authority/)
  })

  it("is refused the second time", async () => {
    const credential = await authority.issue(someone)
    await authority.revoke(credential)
    await expect(authority.revoke(credential)).rejects.toThrow(/[Aa]lready revoked/)
  })
})

describe("the trust policy", () => {
  it("is one, with professionals in it and without the insured", () => {
    const policy = trustPolicy.parse(authority.trustPolicy({ ocspUrl: "http://127.0.0.1:1234" }))
    const [anchor] = policy.anchors
    expect(anchor?.profession.allow).toEqual({
      "1.2.276.0.76.4.30": "physician",
      "1.2.276.0.76.4.31": "dentist",
      "1.2.276.0.76.4.32": "pharmacist",
      "1.2.276.0.76.4.178": "paramedic",
      "1.2.276.0.76.4.232": "nurse",
    })
    const root = new X509Certificate(Buffer.from(anchor?.certificate ?? "", "base64"))
    const issuing = new X509Certificate(Buffer.from(anchor?.intermediates[0] ?? "", "base64"))
    expect(issuing.verify(root.publicKey)).toBe(true)
  })
})

describe("without openssl", () => {
  it("says what is missing", async () => {
    vi.stubEnv("PATH", join(directory, "nowhere"))
    await expect(createAuthority(join(directory, "never"))).rejects.toThrow(/needs the `openssl` command/)
    vi.unstubAllEnvs()
  })
})
