import { beforeEach, describe, expect, test } from "vitest"
import { certify } from "../../certify/certify.ts"
import { opensslKeys } from "../../certify/openssl-keys.ts"
import { RevocationMemory } from "../../certify/revocation-memory.ts"
import { RevocationFault } from "../../certify/revocation-port.ts"
import { readCertificate } from "../../protocol/certification/certificate.ts"
import type { Anchor } from "../../protocol/trust-policy.ts"
import { day, hour, type KeyedCertificate } from "../kit/certificate.ts"
import { listAt, noCheck, ocspAt, profession, professionalExtensions } from "../kit/certificate-extensions.ts"
import { anchorOf } from "../kit/certification.ts"
import { Issuer } from "../kit/issuer.ts"

/** Whom an authority lets answer for it may be revoked in turn: what such an answer counts, and who is asked. */

const root = Issuer.root("Root")
const authority = root.issuer("Issuing Authority")
const extensions = professionalExtensions([profession.physician])
const physician = authority.issue("Physician", { extensions })
const trusted = authority.responder()
const elsewhere = [listAt("http://evil.invalid/list"), ocspAt("http://evil.invalid/ocsp")]
const revocable = authority.responder("Revocable", elsewhere)
const compromised = authority.responder("Compromised", [])
const before = authority.crl(1)
authority.revoke(compromised)
const after = authority.crl(2, 30 * day)

type Bytes = Uint8Array<ArrayBuffer>
const ocspUrl = "http://responder.invalid/ocsp"
const crlUrl = "http://lists.invalid/issuing.crl"
const issuer = readCertificate(authority.self.der, opensslKeys)!.thumbprint
const minute = 60_000

let memory: RevocationMemory
let asked: string[]
beforeEach(() => {
  memory = new RevocationMemory()
  asked = []
})

const withList: Partial<Anchor["revocation"]> = { order: ["ocsp", "crl"], crls: [{ issuer, url: crlUrl }] }
interface World {
  signer: KeyedCertificate
  certificates?: KeyedCertificate[]
  list?: Bytes
  stapled?: boolean
  rules?: Partial<Anchor["revocation"]>
  later?: number
}
/** Whether the physician is certified where `signer` says that they aren't revoked. */
const asking = async ({ signer, certificates = [], list, stapled = false, rules = withList, later = 0 }: World) => {
  const revocation = { ocspUrl, maxClockSkewSeconds: 60, ...rules }
  const answered = (request: Uint8Array) =>
    authority.answer(request, signer, { lasts: 30 * day, certificates: [signer, ...certificates] })
  const certification = await certify({
    chain: [physician.der],
    alg: "ES256",
    policy: { version: 1, anchors: [anchorOf(root, [authority], { revocation })] },
    now: new Date(Date.now() + later),
    nonce: crypto.getRandomValues(new Uint8Array(32)),
    memory,
    stapled: stapled ? await answered(authority.request(physician)) : undefined,
    revocation: {
      ask: (url, request) => {
        asked.push(url)
        return stapled ? Promise.reject(new RevocationFault("timeout")) : answered(request)
      },
      fetchCrl: (url) => {
        asked.push(url)
        return list === undefined ? Promise.reject(new RevocationFault("unreachable")) : Promise.resolve(list)
      },
    },
  })
  return certification.outcome === "certified" ? "certified" : [certification.outcome, ...certification.because]
}
const unavailable = (...because: string[]) => ["revocation-unavailable", ...because]

describe("an answer by a responder", () => {
  test("whom the authority says to be never revoked counts, and no list is asked", async () => {
    expect(await asking({ signer: trusted, rules: {} })).toBe("certified")
    expect(await asking({ signer: trusted, list: before })).toBe("certified")
    expect(asked).toEqual([ocspUrl, ocspUrl])
  })

  test("who may be revoked counts for nothing where the anchor names no list", async () => {
    expect(await asking({ signer: revocable, rules: {} })).toEqual(unavailable("ocsp-responder-unchecked"))
    expect(asked).toEqual([ocspUrl])
  })

  test("who may be revoked counts once the list says that they aren't, which is asked at the anchor's address alone", async () => {
    expect(await asking({ signer: revocable, list: before })).toBe("certified")
    expect(asked).toEqual([ocspUrl, crlUrl])
  })

  test("who may be revoked counts for nothing where no list can be had", async () => {
    expect(await asking({ signer: revocable })).toEqual(unavailable("ocsp-responder-unchecked", "crl-unreachable"))
    expect(asked).toEqual([ocspUrl, crlUrl, crlUrl])
  })

  test("who may be revoked counts for nothing where the list is too old, or of another authority", async () => {
    expect(await asking({ signer: revocable, list: after, later: 11 * day })).toEqual(
      unavailable("ocsp-responder-unchecked", "crl-stale"),
    )
    memory = new RevocationMemory()
    expect(await asking({ signer: revocable, list: root.crl(1) })).toEqual(
      unavailable("ocsp-responder-unchecked", "crl-signature"),
    )
    expect(await asking({ signer: revocable, list: new Issuer(revocable).crl(9) })).toEqual(
      unavailable("ocsp-responder-unchecked", "crl-signature"),
    )
    const crls = [{ issuer: readCertificate(root.self.der, opensslKeys)!.thumbprint, url: crlUrl }]
    expect(await asking({ signer: revocable, list: root.crl(1), rules: { ...withList, crls } })).toEqual(
      unavailable("ocsp-responder-unchecked", "crl-not-listed"),
    )
  })

  test("who has been revoked counts for nothing, though the answer has the nonce", async () => {
    expect(await asking({ signer: compromised, list: before })).toBe("certified")
    memory = new RevocationMemory()
    // The list is too old to say of the physician that all is well, and never too old to say who is revoked.
    expect(await asking({ signer: compromised, list: after, later: 11 * day })).toEqual(
      unavailable("ocsp-responder-revoked", "crl-stale"),
    )
  })

  test("who was seen revoked is remembered as that for a day, though no list can be had", async () => {
    const short = authority.crl(3, hour)
    expect(await asking({ signer: compromised, list: short, rules: { ...withList, graceSeconds: 60 } })).toBe(
      "certified",
    )
    for (const later of [6 * minute, day - minute])
      expect(await asking({ signer: compromised, later })).toEqual(
        unavailable("ocsp-responder-revoked", "crl-unreachable"),
      )
    expect(await asking({ signer: compromised, later: day + minute })).toEqual(
      unavailable("ocsp-responder-unchecked", "crl-unreachable"),
    )
  })

  test("counts where any certificate of its key is never revoked, and the authority itself issued it", async () => {
    const again = authority.responder("Again", [noCheck()], revocable)
    expect(await asking({ signer: revocable, certificates: [again], rules: {} })).toBe("certified")
    const foreign = Issuer.root("Issuing Authority")
    const strange = foreign.responder("Strange", [noCheck()], revocable)
    expect(await asking({ signer: revocable, certificates: [strange], rules: {} })).toEqual(
      unavailable("ocsp-responder-unchecked"),
    )
  })

  test("that is brought along is held to the same", async () => {
    const rules = { ...withList, order: ["stapled" as const, "ocsp" as const, "crl" as const] }
    const bringing = (signer: KeyedCertificate, list?: Bytes) =>
      asking({ signer, rules, stapled: true, ...(list === undefined ? {} : { list }) })
    expect(await bringing(trusted)).toBe("certified")
    expect(asked).toEqual([])
    expect(await bringing(revocable, before)).toBe("certified")
    expect(asked).toEqual([crlUrl])
    memory = new RevocationMemory()
    expect(await bringing(revocable)).toEqual(
      unavailable("stapled-responder-unchecked", "ocsp-timeout", "crl-unreachable"),
    )
    const limits = { maxAgeWithoutNonceSeconds: 86_400, maxCrlAgeSeconds: 3600 }
    expect(
      await asking({
        signer: compromised,
        rules: { ...rules, ...limits },
        stapled: true,
        list: after,
        later: 90 * minute,
      }),
    ).toEqual(unavailable("stapled-responder-revoked", "ocsp-timeout", "crl-stale"))
  })
})
