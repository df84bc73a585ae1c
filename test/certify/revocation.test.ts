import { sign } from "node:crypto"
import { type BaseBlock, BitString, Boolean, fromBER, Integer, ObjectIdentifier, OctetString, Sequence } from "asn1js"
import { GeneralName, IssuingDistributionPoint } from "pkijs"
import { beforeEach, describe, expect, test } from "vitest"
import { type Applicant, certify } from "../../certify/certify.ts"
import { readCrl } from "../../certify/crl.ts"
import { opensslKeys } from "../../certify/openssl-keys.ts"
import { RevocationMemory } from "../../certify/revocation-memory.ts"
import { RevocationFault, type TransportFault } from "../../certify/revocation-port.ts"
import { readCertificate } from "../../protocol/certification/certificate.ts"
import type { Anchor } from "../../protocol/trust-policy.ts"
import { day, type KeyedCertificate } from "../kit/certificate.ts"
import {
  authorityExtensions,
  basicConstraints,
  extension,
  keyUsage,
  listAt,
  ocspAt,
  policies,
  profession,
  professionalExtensions,
  professionalPolicy,
  unknownExtension,
} from "../kit/certificate-extensions.ts"
import { anchorOf, newCertification } from "../kit/certification.ts"
import { type AnswerOptions, Issuer } from "../kit/issuer.ts"

/** The ways to learn of revocation, their order, and what is remembered. What an OCSP answer must be like, certification.test.ts shows. */

const { root, authority, responder, issue } = newCertification()
const physician = issue("Physician")
const revoked = issue("Revoked")
authority.revoke(revoked)
const ofIssuer = readCertificate(authority.self.der, opensslKeys)!.thumbprint
const crls = [{ issuer: ofIssuer, url: "http://lists.invalid/issuing.crl" }]
const ocspUrl = "http://responder.invalid/ocsp"

const minute = 60_000
type Rules = Partial<Anchor["revocation"]>
type Bytes = Uint8Array<ArrayBuffer>

let memory: RevocationMemory
let asked: string[]
beforeEach(() => {
  memory = new RevocationMemory()
  asked = []
})

const failing = (fault: TransportFault) => () => Promise.reject(new RevocationFault(fault))
interface World {
  rules?: Rules
  ask?: (request: Bytes) => Promise<Bytes>
  fetchCrl?: () => Promise<Bytes>
  stapled?: Bytes
  now?: Date
  of?: Pick<Applicant, "chain"> & { anchor?: Anchor }
}
/** Whether somebody is certified, in a world where nobody answers but who is given. */
const asking = async (
  held: KeyedCertificate,
  { rules = {}, ask = failing("timeout"), fetchCrl = failing("unreachable"), stapled, now = new Date() }: World = {},
) => {
  const revocation = { ocspUrl, maxClockSkewSeconds: 60, ...rules }
  const certification = await certify({
    chain: [held.der],
    alg: "ES256",
    policy: { version: 1, anchors: [anchorOf(root, [authority], { revocation })] },
    now,
    nonce: crypto.getRandomValues(new Uint8Array(32)),
    memory,
    stapled,
    revocation: {
      ask: (url, request) => {
        asked.push(url)
        return ask(request)
      },
      fetchCrl: (url) => {
        asked.push(url)
        return fetchCrl()
      },
    },
  })
  return certification.outcome === "certified" ? "certified" : [certification.outcome, ...certification.because]
}
const answers =
  (options?: AnswerOptions, signer = responder) =>
  (request: Bytes) =>
    authority.answer(request, signer, options)
const listing = (list: Bytes) => () => Promise.resolve(list)
const inOrder = (...order: NonNullable<Rules["order"]>): Rules => ({
  order,
  ocspUrl: order.includes("ocsp") ? ocspUrl : undefined,
  crls: order.includes("crl") ? crls : undefined,
})
const unavailable = (...because: string[]) => ["revocation-unavailable", ...because]

describe("a responder that gives no usable answer", () => {
  test.for(["timeout", "unreachable", "refused", "too-large"] as const)(
    "(%s) is told by a word of ours",
    async (fault) => {
      expect(await asking(physician, { ask: failing(fault) })).toEqual(unavailable(`ocsp-${fault}`))
    },
  )

  test("since there is none to ask, is told as if it couldn't be reached", async () => {
    expect(await asking(physician, { rules: { order: ["ocsp"], ocspUrl: undefined } })).toEqual(
      unavailable("ocsp-unreachable"),
    )
    expect(asked).toEqual([])
  })

  test("is told by no word from outside", async () => {
    const ask = () => Promise.reject(new Error("CN=Dr. Secret\n::error::"))
    expect(await asking(physician, { ask })).toEqual(unavailable("ocsp-unreachable"))
  })

  const colleague = issue("Colleague")
  const other = issue("Other")
  const faults: [string, string, (request: Bytes) => Promise<Bytes>][] = [
    ["garbage", "malformed", () => Promise.resolve(new Uint8Array([1, 2, 3]))],
    ["an error", "unsuccessful", () => Promise.resolve(new Uint8Array([0x30, 3, 0x0a, 1, 3]))],
    ["forged by a colleague", "signature", answers(undefined, colleague)],
    ["of another serial", "other-certificate", async () => authority.answer(authority.request(other), responder)],
    ["without an end", "stale", answers({ lasts: null })],
    [
      "from an authority that doesn't know",
      "unknown",
      (request) => new Issuer(authority.self).answer(request, responder),
    ],
  ]
  test.for(faults)("(%s) is told apart: %s", async ([, word, ask]) => {
    expect(await asking(physician, { ask })).toEqual(unavailable(`ocsp-${word}`))
  })

  test("because it answers another question is told apart", async () => {
    let first: Bytes | undefined
    const ask = async (request: Bytes) => (first ??= await authority.answer(request, responder))
    expect(await asking(physician, { ask })).toBe("certified")
    expect(await asking(physician, { ask })).toEqual(unavailable("ocsp-nonce"))
  })
})

describe("the order", () => {
  const list = authority.crl(1)

  test("is OCSP alone where the anchor says nothing", async () => {
    const stapled = await authority.answer(authority.request(physician), responder)
    expect(await asking(physician, { stapled, fetchCrl: listing(list) })).toEqual(unavailable("ocsp-timeout"))
    expect(asked).toEqual([ocspUrl])
  })

  test("ends with the first that can be relied on", async () => {
    const rules = inOrder("ocsp", "crl")
    expect(await asking(physician, { rules, ask: answers(), fetchCrl: listing(list) })).toBe("certified")
    expect(asked).toEqual([ocspUrl])
    expect(await asking(physician, { rules, fetchCrl: listing(list) })).toBe("certified")
    expect(asked).toEqual([ocspUrl, ocspUrl, crls[0]?.url])
  })

  test("tells what was amiss with each", async () => {
    expect(await asking(physician, { rules: inOrder("stapled", "ocsp", "crl") })).toEqual(
      unavailable("stapled-missing", "ocsp-timeout", "crl-unreachable"),
    )
    expect(await asking(physician, { rules: inOrder("crl", "ocsp") })).toEqual(
      unavailable("crl-unreachable", "ocsp-timeout"),
    )
  })

  test("ends with 'revoked', whatever the next would say", async () => {
    const beforeRevocation = new Issuer(authority.self).crl(1)
    const rules = inOrder("ocsp", "crl")
    expect(await asking(revoked, { rules, ask: answers(), fetchCrl: listing(beforeRevocation) })).toEqual([
      "certificate-revoked",
      "revoked-ocsp",
    ])
  })

  test("ends with 'unknown': an authority that doesn't know a certificate hasn't issued it", async () => {
    const rules = inOrder("ocsp", "crl")
    const ask = (request: Bytes) => new Issuer(authority.self).answer(request, responder)
    expect(await asking(physician, { rules, ask, fetchCrl: listing(list) })).toEqual(unavailable("ocsp-unknown"))
  })
})

describe("a CRL", () => {
  const rules = inOrder("crl")
  const by = (list: Bytes, held = physician, now = new Date()) => {
    memory = new RevocationMemory()
    return asking(held, { rules, fetchCrl: listing(list), now })
  }

  test("tells who is revoked and who is not", async () => {
    const list = authority.crl(1)
    expect(await by(list)).toBe("certified")
    expect(await by(list, revoked)).toEqual(["certificate-revoked", "revoked-crl"])
  })

  test("may be empty", async () => {
    expect(await by(new Issuer(authority.self).crl(1), revoked)).toBe("certified")
  })

  test("may be long", async () => {
    const long = new Issuer(authority.self)
    const serials = Array.from({ length: 10_000 }, (_, i) => (0x5000_0000_0000 + i).toString(16))
    long.revokeSerials(serials)
    const list = await readCrl(long.crl(1), readCertificate(authority.self.der, opensslKeys)!)
    expect("fault" in list ? list : [...list.revoked].toSorted()).toEqual(serials)
    expect(await by(long.crl(1))).toBe("certified")
  })

  test("must be of today, give or take the skew", async () => {
    const [list, now] = [authority.crl(1), Date.now()]
    const at = (milliseconds: number) => by(list, physician, new Date(now + milliseconds))
    expect(await at(60 * minute + 30_000)).toBe("certified")
    expect(await at(60 * minute + 90_000)).toEqual(unavailable("crl-stale"))
    expect(await at(-30_000)).toBe("certified")
    expect(await at(-90_000)).toEqual(unavailable("crl-stale"))
  })

  const foreign = Issuer.root("Issuing Authority")
  const colleague = issue("Colleague")
  const renamed = root.issue("Renamed Authority", { keyOf: authority.self, extensions: authorityExtensions() })
  const forged: [string, Bytes][] = [
    ["by an authority of the same name", foreign.crl(1)],
    ["by the root", root.crl(1)],
    ["by a professional", new Issuer(colleague).crl(1)],
    ["by its responder", new Issuer(responder).crl(1)],
    ["by an authority of another name with the same key", new Issuer(renamed).crl(1)],
  ]
  test.for(forged)("is refused where it is signed %s", async ([, list]) => {
    expect(await by(list)).toEqual(unavailable("crl-signature"))
  })

  test("is refused of an authority whose key is not for that", async () => {
    const mute = root.issuer("Mute", {
      extensions: [basicConstraints(true), keyUsage(["keyCertSign"]), policies(professionalPolicy)],
    })
    expect(await readCrl(mute.crl(1), readCertificate(mute.self.der, opensslKeys)!)).toEqual({ fault: "signature" })
    expect(await readCrl(authority.crl(1), readCertificate(authority.self.der, opensslKeys)!)).toHaveProperty("revoked")
  })

  const onePoint = [new GeneralName({ type: 6, value: "http://lists.invalid/1" })]
  const limited = (to: ConstructorParameters<typeof IssuingDistributionPoint>[0], critical = true) =>
    extension("2.5.29.28", new IssuingDistributionPoint(to).toSchema(), critical)
  test.for([
    // Bit 1 is keyCompromise (RFC 5280, 4.2.1.13).
    ["of reasons", limited({ onlySomeReasons: 1 }), "crl-extension"],
    ["of authorities", limited({ onlyContainsCACerts: true }), "crl-extension"],
    ["of attributes", limited({ onlyContainsAttributeCerts: true }), "crl-extension"],
    ["of many authorities", limited({ indirectCRL: true }), "crl-extension"],
    ["of one point", limited({ distributionPoint: onePoint }), "crl-extension"],
    ["of one point, not critical", limited({ distributionPoint: onePoint }, false), "crl-extension"],
    ["of changes", extension("2.5.29.27", new Integer({ value: 1 }), true), "crl-extension"],
    ["of something unknown", unknownExtension(true), "crl-extension"],
    ["of users, which professionals are", limited({ onlyContainsUserCerts: true }), undefined],
    ["with a remark", unknownExtension(false), undefined],
  ] as const)("%s is taken as far as it is complete", async ([, more, word]) => {
    const list = authority.crl(1, undefined, [more])
    expect(await by(list)).toEqual(word === undefined ? "certified" : unavailable(word))
    expect(await by(list, revoked)).toEqual(
      word === undefined ? ["certificate-revoked", "revoked-crl"] : unavailable(word),
    )
  })

  /** The authority's list, its signed part changed and signed again by the authority's own key. */
  const remade = (change: (signed: BaseBlock[], algorithm: Sequence) => void): Bytes => {
    const [signed, algorithm] = (fromBER(authority.crl(1)).result as Sequence).valueBlock.value as [Sequence, Sequence]
    change(signed.valueBlock.value, algorithm)
    const bytes = new Uint8Array(signed.toBER())
    const signature = sign("sha256", bytes, authority.self.privateKey)
    const bits = new BitString({ valueHex: Uint8Array.from(signature).buffer })
    return new Uint8Array(new Sequence({ value: [signed, algorithm, bits] }).toBER())
  }

  test("with an entry that must be understood otherwise is none", async () => {
    const saying = (critical: boolean) =>
      remade((signed) => {
        const [entry] = (signed[5] as Sequence).valueBlock.value as [Sequence]
        const [serial, date] = entry.valueBlock.value as [BaseBlock, BaseBlock]
        const value = [
          new ObjectIdentifier({ value: "2.5.29.29" }),
          new Boolean({ value: critical }),
          new OctetString({ valueHex: new Uint8Array([0x30, 0]).buffer }),
        ]
        entry.valueBlock.value = [serial, date, new Sequence({ value: [new Sequence({ value })] })]
      })
    expect(await by(saying(false), revoked)).toEqual(["certificate-revoked", "revoked-crl"])
    expect(await by(saying(true), revoked)).toEqual(unavailable("crl-extension"))
  })

  test("whose unsigned algorithm is not the signed one is none", async () => {
    const other = new ObjectIdentifier({ value: "1.2.840.10045.4.3.3" })
    expect(await by(remade(() => {}))).toBe("certified")
    const changes: Parameters<typeof remade>[0][] = [
      ([, inner]) => ((inner as Sequence).valueBlock.value = [other]),
      (_, outer) => (outer.valueBlock.value = [other]),
    ]
    for (const change of changes) expect(await by(remade(change))).toEqual(unavailable("crl-signature"))
  })

  test("without a number, or without an end, is none", async () => {
    expect(await by(remade((signed) => void signed.pop()))).toEqual(unavailable("crl-extension"))
    expect(await by(remade((signed) => void signed.splice(4, 1)))).toEqual(unavailable("crl-extension"))
  })

  test("that is empty, garbage, cut off, or followed by more is none", async () => {
    const list = authority.crl(1)
    const spoiled = [
      new Uint8Array(),
      new Uint8Array(700).fill(0x30),
      new Uint8Array([...list, 0]),
      new Uint8Array([...list, 5, 0]),
    ]
    for (let length = 0; length < list.length; length += 25) spoiled.push(list.slice(0, length))
    for (const bytes of spoiled) expect(await by(bytes), `${bytes.length}`).toEqual(unavailable("crl-malformed"))
  })

  test("is fetched from the address that is listed for the issuing authority, and no other", async () => {
    const elsewhere = authority.issue("Elsewhere", {
      extensions: professionalExtensions([profession.physician], {
        more: [listAt("http://evil.invalid/"), ocspAt("http://evil.invalid/")],
      }),
    })
    expect(await asking(elsewhere, { rules: inOrder("ocsp", "crl") })).toEqual(
      unavailable("ocsp-timeout", "crl-unreachable"),
    )
    expect(asked).toEqual([ocspUrl, crls[0]?.url])
    const ofRoot = readCertificate(root.self.der, opensslKeys)!.thumbprint
    asked = []
    const others = {
      order: ["crl" as const],
      ocspUrl: undefined,
      crls: [{ issuer: ofRoot, url: "http://root.invalid/" }],
    }
    expect(await asking(physician, { rules: others, fetchCrl: listing(authority.crl(1)) })).toEqual(
      unavailable("crl-not-listed"),
    )
    expect(asked).toEqual([])
  })

  test("is fetched once in five minutes", async () => {
    const now = Date.now()
    const at = (milliseconds: number) =>
      asking(physician, { rules, fetchCrl: listing(authority.crl(1)), now: new Date(now + milliseconds) })
    expect(await at(0)).toBe("certified")
    expect(await at(3 * minute)).toBe("certified")
    expect(await at(5 * minute - 1)).toBe("certified")
    expect(asked).toHaveLength(1)
    expect(await at(5 * minute)).toBe("certified")
    expect(asked).toHaveLength(2)
  })

  test("is not taken once a later one was seen", async () => {
    const now = Date.now()
    const taking = (number: number, minutes: number) =>
      asking(physician, {
        rules,
        fetchCrl: listing(authority.crl(number)),
        now: new Date(now + minutes * minute),
      })
    expect(await taking(7, 0)).toBe("certified")
    expect(await taking(6, 6)).toEqual(unavailable("crl-rolled-back"))
    expect(await taking(7, 12)).toBe("certified")
    expect(await taking(300, 18)).toBe("certified")
    expect(await taking(299, 24)).toEqual(unavailable("crl-rolled-back"))
  })
})

describe("an OCSP answer that is brought along", () => {
  const rules = inOrder("stapled", "ocsp")
  const made = async (held = physician, signer = responder, options?: AnswerOptions) =>
    authority.answer(authority.request(held), signer, options)

  test("spares us to ask", async () => {
    expect(await asking(physician, { rules, stapled: await made() })).toBe("certified")
    expect(asked).toEqual([])
  })

  test("may bear the nonce of whoever asked for it", async () => {
    const file = authority.requestWithNonce(physician)
    expect(await asking(physician, { rules, stapled: await authority.answer(file, responder) })).toBe("certified")
  })

  test("that says revoked is the end of it", async () => {
    expect(await asking(revoked, { rules, stapled: await made(revoked), ask: answers() })).toEqual([
      "certificate-revoked",
      "revoked-stapled",
    ])
  })

  test("must be less than an hour old, however long it lasts", async () => {
    const [stapled, now] = [await made(physician, responder, { lasts: 7 * day }), Date.now()]
    const at = (milliseconds: number) => asking(physician, { rules, stapled, now: new Date(now + milliseconds) })
    expect(await at(60 * minute + 30_000)).toBe("certified")
    expect(await at(62 * minute)).toEqual(unavailable("stapled-stale", "ocsp-timeout"))
    expect(await at(-62_000)).toEqual(unavailable("stapled-stale", "ocsp-timeout"))
    const ended = await made(physician, responder, { lasts: 5 * minute })
    expect(await asking(physician, { rules, stapled: ended, now: new Date(now + 7 * minute) })).toEqual(
      unavailable("stapled-stale", "ocsp-timeout"),
    )
  })

  const foreign = Issuer.root("Issuing Authority")
  const colleague = issue("Colleague")
  test.for([
    ["of somebody else", "other-certificate", () => made(colleague)],
    ["signed by the professional", "signature", () => made(physician, physician)],
    ["signed by a colleague", "signature", () => made(physician, colleague)],
    [
      "of a foreign authority",
      "signature",
      async () => foreign.answer(authority.request(physician), foreign.responder()),
    ],
    ["that is garbage", "malformed", async () => new Uint8Array(8192).fill(0x30)],
    ["that is nothing", "malformed", async () => new Uint8Array()],
    ["that is an error", "unsuccessful", async () => new Uint8Array([0x30, 3, 0x0a, 1, 6])],
  ] as [string, string, () => Promise<Bytes>][])("%s counts for nothing (%s)", async ([, word, make]) => {
    const stapled = await make()
    expect(await asking(physician, { rules, stapled })).toEqual(unavailable(`stapled-${word}`, "ocsp-timeout"))
    expect(await asking(physician, { rules, stapled, ask: answers() })).toBe("certified")
    expect(await asking(revoked, { rules, stapled, ask: answers() })).toEqual(["certificate-revoked", "revoked-ocsp"])
  })

  test("that doesn't know the certificate is the end of it", async () => {
    const forgetful = new Issuer(authority.self)
    const stapled = await forgetful.answer(authority.request(physician), responder)
    expect(await asking(physician, { rules, stapled, ask: answers() })).toEqual(unavailable("stapled-unknown"))
    expect(asked).toEqual([])
  })

  test("counts for nothing where the anchor doesn't name it, or names it last", async () => {
    const stapled = await made()
    expect(await asking(physician, { stapled })).toEqual(unavailable("ocsp-timeout"))
    const last = inOrder("ocsp", "stapled")
    expect(await asking(physician, { rules: last, stapled })).toBe("certified")
    expect(asked).toEqual([ocspUrl, ocspUrl])
  })
})

describe("what is remembered", () => {
  const good = answers()
  const grace = (graceSeconds: number): Rules => ({ graceSeconds })
  const later = (minutes: number) => new Date(Date.now() + minutes * minute)

  test("is no good answer where the anchor grants no grace", async () => {
    expect(await asking(physician, { ask: good })).toBe("certified")
    expect(await asking(physician)).toEqual(unavailable("ocsp-timeout"))
  })

  test("is a good answer for as long as the grace, while nothing answers", async () => {
    const rules = grace(600)
    expect(await asking(physician, { rules, ask: good })).toBe("certified")
    expect(await asking(physician, { rules, now: later(9.9) })).toBe("certified")
    expect(await asking(physician, { rules, now: later(10.1) })).toEqual(unavailable("ocsp-timeout"))
    expect(asked).toHaveLength(3)
  })

  test("is a good answer no longer than the answer itself lasts", async () => {
    const rules = grace(3600)
    expect(await asking(physician, { rules, ask: answers({ lasts: 5 * minute }) })).toBe("certified")
    expect(await asking(physician, { rules, now: later(4.9) })).toBe("certified")
    expect(await asking(physician, { rules, now: later(5.1) })).toEqual(unavailable("ocsp-timeout"))
  })

  test("is of one certificate of one authority", async () => {
    const rules = grace(3600)
    const other = issue("Other")
    expect(await asking(physician, { rules, ask: good })).toBe("certified")
    expect(await asking(other, { rules })).toEqual(unavailable("ocsp-timeout"))
  })

  test("never stands against an answer", async () => {
    const rules = grace(3600)
    const held = issue("Revoked later")
    expect(await asking(held, { rules, ask: good })).toBe("certified")
    authority.revoke(held)
    expect(await asking(held, { rules, ask: good })).toEqual(["certificate-revoked", "revoked-ocsp"])
  })

  test("is a revocation, for a day, whoever says good meanwhile", async () => {
    const rules = { ...inOrder("stapled", "ocsp", "crl"), graceSeconds: 3600 }
    const held = issue("Revoked now")
    const stapled = await authority.answer(authority.request(held), responder, { lasts: 1 * day })
    const list = authority.crl(1)
    authority.revoke(held)
    expect(await asking(held, { rules, ask: answers({ lasts: 1 * minute }) })).toEqual([
      "certificate-revoked",
      "revoked-ocsp",
    ])
    asked = []
    const world = { rules, stapled, ask: good, fetchCrl: listing(list) }
    for (const minutes of [0, 30, 24 * 60 - 1])
      expect(await asking(held, { ...world, now: later(minutes) })).toEqual([
        "certificate-revoked",
        "revoked-remembered",
      ])
    expect(asked).toEqual([])
  })

  test("is for five minutes that an authority doesn't know", async () => {
    const ask = (request: Bytes) => new Issuer(authority.self).answer(request, responder)
    expect(await asking(physician, { ask })).toEqual(unavailable("ocsp-unknown"))
    expect(await asking(physician, { ask: good, now: later(4.9) })).toEqual(unavailable("unknown-remembered"))
    expect(await asking(physician, { ask: good, now: later(5.1) })).toBe("certified")
  })
})

describe("the memory", () => {
  const now = new Date("2030-01-01T00:00:00Z")
  const after = (seconds: number) => new Date(now.getTime() + seconds * 1000)
  const lasting = { answerEnds: after(3600), grace: 3_600_000 }

  test("makes neither revoked nor unknown good before its time", () => {
    const memory = new RevocationMemory()
    memory.remember("a", "revoked", now, lasting)
    memory.remember("a", "good", now, lasting)
    memory.remember("a", "unknown", now, lasting)
    memory.remember("b", "unknown", now, lasting)
    memory.remember("b", "good", now, lasting)
    expect([memory.recall("a", now), memory.recall("b", now)]).toEqual(["revoked", "unknown"])
    memory.remember("b", "revoked", now, lasting)
    expect(memory.recall("b", now)).toBe("revoked")
    memory.remember("c", "good", now, lasting)
    memory.remember("c", "revoked", now, lasting)
    expect(memory.recall("c", now)).toBe("revoked")
  })

  test("holds a thousand certificates, and gives up good ones first", () => {
    const memory = new RevocationMemory()
    for (let i = 0; i < 500; i++) memory.remember(`revoked ${i}`, "revoked", now, lasting)
    for (let i = 0; i < 1500; i++) memory.remember(`good ${i}`, "good", now, lasting)
    expect(memory.size).toBe(1000)
    expect(memory.recall("good 1499", now)).toBe("good")
    expect(memory.recall("good 0", now)).toBeUndefined()
    for (let i = 0; i < 500; i++) expect(memory.recall(`revoked ${i}`, now)).toBe("revoked")
    for (let i = 500; i < 2000; i++) memory.remember(`revoked ${i}`, "revoked", now, lasting)
    expect(memory.size).toBe(1000)
    expect(memory.recall("revoked 1999", now)).toBe("revoked")
  })

  test("forgets what is over", () => {
    const memory = new RevocationMemory()
    memory.remember("a", "good", now, { ...lasting, grace: 0 })
    memory.remember("b", "good", now, { ...lasting, answerEnds: now })
    expect(memory.size).toBe(0)
    memory.remember("c", "good", now, { ...lasting, grace: 1000 })
    expect([memory.recall("c", after(0.999)), memory.recall("c", after(1)), memory.size]).toEqual([
      "good",
      undefined,
      0,
    ])
  })

  test("holds eight lists, and the number of every authority's last", () => {
    const memory = new RevocationMemory()
    const crl = (number: bigint) => ({ number, thisUpdate: now, nextUpdate: after(60), revoked: new Set<string>() })
    for (let i = 0; i < 20; i++) expect(memory.rememberList(`${i}`, crl(5n), now)).toBe(true)
    const kept = Array.from({ length: 20 }, (_, i) => memory.recallList(`${i}`, now)).filter(
      (list) => list !== undefined,
    )
    expect(kept).toHaveLength(8)
    expect(memory.rememberList("0", crl(4n), now)).toBe(false)
    expect(memory.recallList("0", now)).toBeUndefined()
  })
})
