import { OctetString } from "asn1js"
import { Certificate, Extension } from "pkijs"
import { describe, expect, test } from "vitest"
import { opensslKeys } from "../../certify/openssl-keys.ts"
import {
  isAuthority,
  isValidAt,
  maxCertificateBytes,
  maySignLists,
  misusedAs,
  type ReadCertificate,
  readCertificate,
} from "../../protocol/certification/certificate.ts"
import { findTrust, readAnchors } from "../../protocol/certification/path.ts"
import type { Anchor } from "../../protocol/trust-policy.ts"
import { type KeyedCertificate } from "../kit/certificate.ts"
import {
  authorityExtensions,
  basicConstraints,
  keyUsage,
  policies,
  profession,
  professionalExtensions,
  professionalPolicy,
  unknownExtension,
} from "../kit/certificate-extensions.ts"
import { anchorOf } from "../kit/certification.ts"
import { Issuer } from "../kit/issuer.ts"

/** Certificates and ways up by themselves, without a revocation answer: what `certify` doesn't tell apart. */

const root = Issuer.root("Root")
const authority = root.issuer("Issuing Authority")
const professional = authority.issue("Professional", { extensions: professionalExtensions([profession.physician]) })

const read = ({ der }: Pick<KeyedCertificate, "der">): ReadCertificate => {
  const certificate = readCertificate(der, opensslKeys)
  if (certificate === undefined) throw new Error("the authority issued what can't be read")
  return certificate
}
const trusting = (anchor: Anchor, held = professional, now = new Date()) =>
  findTrust(read(held), { version: 1, anchors: [anchor] }, now, opensslKeys)

describe("a certificate", () => {
  /** The professional's, with a further extension of so many bytes; nobody asks here who signed it. */
  const padded = (bytes: number) => {
    const certificate = Certificate.fromBER(professional.der)
    const extnValue = new OctetString({ valueHex: new Uint8Array(bytes) }).toBER()
    certificate.extensions?.push(new Extension({ extnID: "1.2.3.4", critical: false, extnValue }))
    return new Uint8Array(certificate.toSchema(true).toBER())
  }

  test("may have 8 KiB, and not a byte more", () => {
    const filling = maxCertificateBytes - (padded(4096).length - 4096)
    const longest = padded(filling)
    expect(longest).toHaveLength(8192)
    expect(readCertificate(longest, opensslKeys)?.der).toEqual(longest)
    expect(padded(filling + 1)).toHaveLength(8193)
    expect(readCertificate(padded(filling + 1), opensslKeys)).toBeUndefined()
  })

  test("without a byte is none", () => {
    expect(readCertificate(new Uint8Array(), opensslKeys)).toBeUndefined()
  })

  test("without extensions can be read, and is neither an authority's nor good for signatures", () => {
    const bare = Certificate.fromBER(professional.der)
    delete bare.extensions
    bare.version = 0
    const certificate = read({ der: new Uint8Array(bare.toSchema(true).toBER()) })
    expect(isAuthority(certificate)).toBe(false)
    expect(misusedAs(certificate, {})).toBe("key-usage")
    expect(misusedAs(certificate, { keyUsage: [] })).toBeUndefined()
  })

  test("is valid from its first moment to its last", () => {
    const certificate = read(professional)
    const { notBefore, notAfter } = certificate
    const moments = [notBefore.getTime() - 1, notBefore, notAfter, notAfter.getTime() + 1]
    expect(moments.map((at) => isValidAt(certificate, new Date(at)))).toEqual([false, true, true, false])
  })

  test.for([
    ["is for lists", authorityExtensions(), true],
    ["is for certificates alone", [basicConstraints(true), keyUsage(["keyCertSign"])], false],
    ["is for lists alone", [basicConstraints(true), keyUsage(["cRLSign"])], true],
    ["is limited to nothing", [basicConstraints(true)], true],
  ] as const)("of an authority whose key %s says whether it may sign lists", ([, extensions, may]) => {
    expect(maySignLists(read(root.issue("Authority", { extensions })))).toBe(may)
  })
})

describe("of several ways up", () => {
  const minute = 60 * 1000
  const extensions = authorityExtensions(policies(professionalPolicy))
  /** Further certificates of the same authority's name and key. */
  const again = (to?: Date, ...more: Extension[]) =>
    root.issuer("Issuing Authority", {
      keyOf: authority.self,
      extensions: [...extensions, ...more],
      ...(to === undefined ? {} : { to }),
    })
  const late = again(new Date(Date.now() - minute))
  const broken = again(undefined, unknownExtension(true))
  const through = (...authorities: Issuer[]) => trusting(anchorOf(root, authorities))

  test("one that holds is enough, wherever it stands", async () => {
    for (const ways of [
      [authority, late, broken],
      [late, authority, broken],
      [broken, late, authority],
    ])
      expect(await through(...ways)).toMatchObject({
        outcome: "trusted",
        issuer: { thumbprint: read(authority.self).thumbprint },
      })
  })

  test("one that is late alone says more than one that is broken, whichever comes first", async () => {
    for (const ways of [
      [late, broken],
      [broken, late],
    ])
      expect(await through(...ways)).toMatchObject({
        outcome: "certificate-expired",
        because: "authority-not-valid",
        issuer: { thumbprint: read(late.self).thumbprint },
      })
  })

  test("the last that is broken says why", async () => {
    const forOthers = root.issuer("Issuing Authority", {
      keyOf: authority.self,
      extensions: authorityExtensions(policies("1.2.3.4")),
    })
    const untrusted = (because: string) => ({ outcome: "certificate-untrusted", because })
    expect(await through(forOthers, broken)).toEqual(untrusted("path-too-long"))
    expect(await through(broken, forOthers)).toEqual(untrusted("path-invalid"))
  })
})

describe("a way up", () => {
  test("needs every policy that is asked of the professional from the authorities as well", async () => {
    const second = "1.2.276.0.76.4.99"
    const limitedTo = (...allowed: string[]) =>
      root.issuer("Limited", { extensions: authorityExtensions(policies(...allowed)) })
    const under = (issuer: Issuer) => {
      const policy = [professionalPolicy, second]
      const held = issuer.issue("Professional", {
        extensions: professionalExtensions([profession.physician], { policy }),
      })
      return trusting(anchorOf(root, [issuer], { requiredPolicies: [professionalPolicy, second] }), held)
    }
    expect(await under(limitedTo(professionalPolicy, second))).toMatchObject({ outcome: "trusted" })
    const missing = { outcome: "certificate-untrusted", because: "policy-missing" }
    expect(await under(limitedTo(professionalPolicy))).toEqual(missing)
    expect(await under(limitedTo(second))).toEqual(missing)
  })

  test("is trusted until its professional's certificate ends, not before that begins", async () => {
    const { notBefore, notAfter } = read(professional)
    const at = (moment: number) => trusting(anchorOf(root, [authority]), professional, new Date(moment))
    expect(await at(notBefore.getTime() - 1)).toMatchObject({
      outcome: "certificate-expired",
      because: "not-yet-valid",
    })
    expect(await at(notBefore.getTime())).toMatchObject({ outcome: "trusted", notAfter })
    expect(await at(notAfter.getTime())).toMatchObject({ outcome: "trusted", notAfter })
    expect(await at(notAfter.getTime() + 1)).toMatchObject({ outcome: "certificate-expired", because: "expired" })
  })
})

describe("an anchor", () => {
  const url = "http://lists.invalid/"
  const withLists = (...issuers: string[]) => {
    const anchor = anchorOf(root, [authority])
    const revocation = { ...anchor.revocation, crls: issuers.map((issuer) => ({ issuer, url })) }
    return readAnchors({ version: 1, anchors: [{ ...anchor, revocation }] }, opensslKeys)
  }
  const [ofRoot, ofAuthority] = [read(root.self).thumbprint, read(authority.self).thumbprint]

  test("may have lists of its root and of its authorities", () => {
    expect(withLists(ofRoot, ofAuthority)).toHaveLength(1)
    expect(withLists()).toHaveLength(1)
  })

  test("may have none of anybody else, alone or beside its own", () => {
    const foreign = read(professional).thumbprint
    for (const lists of [[foreign], [ofRoot, foreign], [foreign, ofAuthority]])
      expect(() => withLists(...lists)).toThrow("anchor test has a CRL of an authority it doesn't list")
  })

  test("is read once for each policy", () => {
    const policy = { version: 1 as const, anchors: [anchorOf(root, [authority])] }
    expect(readAnchors(policy, opensslKeys)).toBe(readAnchors(policy, opensslKeys))
    expect(readAnchors({ ...policy }, opensslKeys)).not.toBe(readAnchors(policy, opensslKeys))
  })
})
