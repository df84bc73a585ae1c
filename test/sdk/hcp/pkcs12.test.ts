import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { OctetString } from "asn1js"
import { AuthenticatedSafe, CertBag, ContentInfo, PFX, SafeContents } from "pkijs"
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { openssl } from "../../../local/authority/openssl.ts"
import { type Authority, type CertificateRequest, createAuthority } from "../../../local/authority.ts"
import { fromStandardBase64, toStandardBase64 } from "../../../protocol/crypto/bytes.ts"
import { signStatement, verifyStatement } from "../../../protocol/statement.ts"
import { readPkcs12 } from "../../../sdk/hcp/pkcs12.ts"

let directory: string
let authority: Authority

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "pkcs12-"))
  authority = await createAuthority(join(directory, "authority"))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

let files = 0
/** A file as `openssl pkcs12 -export` makes it of a new certificate. */
const exported = async (
  password: string,
  options: readonly string[] = [],
  request: Partial<CertificateRequest> = {},
): Promise<{ file: Uint8Array<ArrayBuffer>; certificatePem: string }> => {
  const name = `file-${++files}`
  const { certificatePem, chainPem, privateKeyPem } = await authority.issue({
    commonName: "Dr. Ines Notfall",
    profession: "physician",
    registrationNumber: "TEST-1",
    ...request,
  })
  writeFileSync(join(directory, `${name}.pem`), chainPem + privateKeyPem)
  writeFileSync(join(directory, `${name}.password`), `${password}\n`)
  await openssl(
    ["pkcs12", "-export", "-in", `${name}.pem`, "-out", `${name}.p12`, "-passout", `file:${name}.password`, ...options],
    directory,
  )
  return { file: new Uint8Array(readFileSync(join(directory, `${name}.p12`))), certificatePem }
}

const derOf = (pem: string) => fromStandardBase64(pem.replace(/-----[^-]+-----|\s/g, ""))

describe("a professional's PKCS #12 file", () => {
  for (const [key, alg] of [
    ["P-256", "ES256"],
    ["P-384", "ES384"],
    ["RSA-2048", "PS256"],
  ] as const)
    it(`gives a credential of a ${key} key that signs statements as ${alg} and can't be exported`, async () => {
      const { file, certificatePem } = await exported("correct horse", [], { key })
      const reading = await readPkcs12(file, "correct horse")
      if (reading.outcome !== "ok") throw new Error(reading.outcome)
      const { chain, privateKey, alg: given } = reading.credential
      expect(given).toBe(alg)
      expect(privateKey.extractable).toBe(false)
      const [leaf, issuer, ...more] = chain
      expect(leaf).toEqual(derOf(certificatePem))
      expect(issuer).toEqual(derOf(authority.issuingPem))
      expect(more).toEqual([])
      const statement = await signStatement({ typ: "contribution", alg, privateKey, payload: { a: 1 }, x5c: chain })
      const expected = { typ: "contribution", key: { certificate: leaf! }, algorithms: [alg] }
      expect((await verifyStatement(statement, expected)).payload).toEqual({ a: 1 })
    })

  for (const password of ["κωδικός πρόσβασης", "", "mit Umlaut: ä€😀"])
    it(`is opened by the password "${password}"`, async () => {
      const { file } = await exported(password)
      expect((await readPkcs12(file, password)).outcome).toBe("ok")
    })

  it("says that a password is wrong, whatever protects the file", async () => {
    for (const options of [[], ["-nomac"], ["-legacy"], ["-macalg", "sha512"]] as const) {
      const { file } = await exported("right", [...options])
      expect([options, await readPkcs12(file, "wrong")]).toEqual([options, { outcome: "credential-password-wrong" }])
    }
  })

  it("is opened under other checks than the usual, or none", async () => {
    for (const options of [["-nomac"], ["-macalg", "sha1"], ["-macalg", "sha512"], ["-certpbe", "NONE"]] as const) {
      const { file } = await exported("right", [...options])
      expect([options, (await readPkcs12(file, "right")).outcome]).toEqual([options, "ok"])
    }
  })

  it("is refused plainly where its protection is older than Web Crypto", async () => {
    const { file } = await exported("right", ["-legacy"])
    expect(await readPkcs12(file, "right")).toEqual({ outcome: "credential-protection-unsupported" })
    const { file: desKey } = await exported("right", ["-keypbe", "PBE-SHA1-3DES"])
    expect(await readPkcs12(desKey, "right")).toEqual({ outcome: "credential-protection-unsupported" })
  })

  it("is refused where it has no key", async () => {
    const { file } = await exported("right", ["-nokeys"])
    expect(await readPkcs12(file, "right")).toEqual({ outcome: "credential-key-missing" })
  })

  it("is refused where its key is of no certificate in it", async () => {
    const [own, other] = await Promise.all(
      [1, 2].map((number) =>
        authority.issue({ commonName: `Dr. ${number}`, profession: "physician", registrationNumber: "TEST-2" }),
      ),
    )
    writeFileSync(join(directory, "mixed.certificate.pem"), other!.certificatePem)
    writeFileSync(join(directory, "mixed.key.pem"), own!.privateKeyPem)
    // OpenSSL refuses to make one with both in it, so the certificates are added as those of others.
    await openssl(
      [
        "pkcs12",
        "-export",
        "-inkey",
        "mixed.key.pem",
        "-in",
        "mixed.key.pem",
        "-nocerts",
        "-certfile",
        "mixed.certificate.pem",
        "-out",
        "mixed.p12",
        "-passout",
        "pass:right",
      ],
      directory,
    )
    const file = new Uint8Array(readFileSync(join(directory, "mixed.p12")))
    expect(await readPkcs12(file, "right")).toEqual({ outcome: "credential-key-missing" })
  })

  it("is refused where its key is of a kind that no cloud takes", async () => {
    await openssl(
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-521",
        "-noenc",
        "-subj",
        "/CN=Dr. Other",
        "-keyout",
        "other.key.pem",
        "-out",
        "other.pem",
      ],
      directory,
    )
    await openssl(
      [
        "pkcs12",
        "-export",
        "-inkey",
        "other.key.pem",
        "-in",
        "other.pem",
        "-out",
        "other.p12",
        "-passout",
        "pass:right",
      ],
      directory,
    )
    const file = new Uint8Array(readFileSync(join(directory, "other.p12")))
    expect(await readPkcs12(file, "right")).toEqual({ outcome: "credential-key-unsupported" })
  })

  it("is told from every other file, and from one that was altered or cut", async () => {
    const { file, certificatePem } = await exported("right")
    const pem = new TextEncoder().encode(certificatePem)
    for (const other of [new Uint8Array(0), pem, derOf(certificatePem), file.subarray(0, file.length / 2)])
      expect(await readPkcs12(new Uint8Array(other), "right")).toEqual({ outcome: "credential-unreadable" })
    for (let position = 60; position < file.length; position += 101) {
      const altered = file.slice()
      altered[position]! ^= 1
      expect([position, (await readPkcs12(altered, "right")).outcome]).not.toEqual([position, "ok"])
    }
  })

  it("keeps nothing of the password in what it gives", async () => {
    const { file } = await exported("tell-tale-password")
    const reading = await readPkcs12(file, "tell-tale-password")
    if (reading.outcome !== "ok") throw new Error(reading.outcome)
    const { chain, ...rest } = reading.credential
    expect(JSON.stringify(rest) + chain.map((der) => toStandardBase64(der)).join()).not.toContain("tell-tale")
  })
})

describe("a PKCS #12 file that would keep the device busy", () => {
  const octets = (made: { toSchema(): { toBER(): ArrayBuffer } }) =>
    new OctetString({ valueHex: made.toSchema().toBER() })
  const derOfFile = (pfx: PFX) => new Uint8Array(pfx.toSchema().toBER())
  const contentOf = ({ content }: ContentInfo) => {
    if (!(content instanceof OctetString)) throw new Error("no octets")
    return content.getValue()
  }

  it("is opened with as many rounds of its check as are borne, and refused unread with one more", async () => {
    const { file } = await exported("right", ["-iter", "1000000"])
    expect((await readPkcs12(file, "right")).outcome).toBe("ok")
    for (const iterations of [1_000_001, 2 ** 31 - 1, 2 ** 40, -1, 0]) {
      const pfx = PFX.fromBER(file)
      pfx.macData!.iterations = iterations
      expect([iterations, await readPkcs12(derOfFile(pfx), "right")]).toEqual([
        iterations,
        { outcome: "credential-too-much-work" },
      ])
    }
  })

  it("is opened with as many rounds of all its keys together as are borne, and refused with more", async () => {
    const { file } = await exported("right", ["-iter", "2500000", "-nomaciter"])
    expect((await readPkcs12(file, "right")).outcome).toBe("ok")
    const { file: more } = await exported("right", ["-iter", "2500001", "-nomaciter"])
    expect(await readPkcs12(more, "right")).toEqual({ outcome: "credential-too-much-work" })
  })

  it("is refused unread where the salt of its check is long", async () => {
    const { file } = await exported("right")
    const salted = (length: number) => {
      const pfx = PFX.fromBER(file)
      pfx.macData!.macSalt = new OctetString({ valueHex: new ArrayBuffer(length) })
      return readPkcs12(derOfFile(pfx), "right")
    }
    expect(await salted(128)).toEqual({ outcome: "credential-password-wrong" })
    expect(await salted(129)).toEqual({ outcome: "credential-too-much-work" })
  })

  /** A file without protection, its key and its certificate of the professional as often as told. */
  const repeated = async (keys: number, certificates: number) => {
    const { file } = await exported("right", ["-nomac", "-keypbe", "NONE", "-certpbe", "NONE"])
    const pfx = PFX.fromBER(file)
    const safe = AuthenticatedSafe.fromBER(contentOf(pfx.authSafe))
    const bags = safe.safeContents.flatMap((each) => SafeContents.fromBER(contentOf(each)).safeBags)
    const certificate = bags.find(({ bagValue }) => bagValue instanceof CertBag)!
    const key = bags.find(({ bagValue }) => !(bagValue instanceof CertBag))!
    const safeBags = [...Array(certificates).fill(certificate), ...Array(keys).fill(key)]
    const content = octets(new SafeContents({ safeBags }))
    safe.safeContents = [new ContentInfo({ contentType: "1.2.840.113549.1.7.1", content })]
    pfx.authSafe.content = octets(safe)
    return readPkcs12(derOfFile(pfx), "right")
  }

  it("is opened with eight keys and 64 certificates, and refused with more of either", async () => {
    expect((await repeated(8, 64)).outcome).toBe("ok")
    expect(await repeated(9, 1)).toEqual({ outcome: "credential-too-much-work" })
    expect(await repeated(1, 65)).toEqual({ outcome: "credential-too-much-work" })
  })

  it("does not sign once more for each certificate that a key is held against", async () => {
    const signed = vi.spyOn(crypto.subtle, "sign")
    await repeated(1, 64)
    expect(signed).toHaveBeenCalledTimes(1)
    signed.mockRestore()
  })
})
