import { BasicOCSPResponse, OCSPResponse } from "pkijs"
import { beforeEach, describe, expect, test } from "vitest"
import { certify } from "../../certify/certify.ts"
import { readCrl } from "../../certify/crl.ts"
import { opensslKeys } from "../../certify/openssl-keys.ts"
import { RevocationMemory } from "../../certify/revocation-memory.ts"
import { RevocationFault } from "../../certify/revocation-port.ts"
import { readCertificate } from "../../protocol/certification/certificate.ts"
import type { Anchor } from "../../protocol/trust-policy.ts"
import { day, hour, type KeyedCertificate } from "../kit/certificate.ts"
import { anchorOf, newCertification } from "../kit/certification.ts"
import { signedAgain, successful } from "../kit/issuer.ts"

/** For how long an answer about revocation, and a list, count: to the millisecond, since the anchors here allow no skew. */

const { root, authority, responder, issue } = newCertification()
const physician = issue("Physician")
const revoked = issue("Revoked")
authority.revoke(revoked)

type Bytes = Uint8Array<ArrayBuffer>
type Rules = Partial<Anchor["revocation"]>
const minute = 60_000
const ocspUrl = "http://responder.invalid/ocsp"
const crls = [
  { issuer: readCertificate(authority.self.der, opensslKeys)!.thumbprint, url: "http://lists.invalid/issuing.crl" },
]
const byList: Rules = { order: ["crl"], ocspUrl: undefined, crls }

let memory: RevocationMemory
beforeEach(() => {
  memory = new RevocationMemory()
})

const silent = () => Promise.reject(new RevocationFault("timeout"))
interface World {
  rules?: Rules
  ask?: (request: Bytes) => Promise<Bytes>
  list?: Bytes
  stapled?: Bytes
  held?: KeyedCertificate
}
const asking = async (at: number, { rules = {}, ask = silent, list, stapled, held = physician }: World) => {
  const revocation = { ocspUrl, maxClockSkewSeconds: 0, ...rules }
  const certification = await certify({
    chain: [held.der],
    alg: "ES256",
    policy: { version: 1, anchors: [anchorOf(root, [authority], { revocation })] },
    now: new Date(at),
    nonce: crypto.getRandomValues(new Uint8Array(32)),
    memory,
    stapled,
    revocation: {
      ask: (_, request) => ask(request),
      fetchCrl: () => (list === undefined ? silent() : Promise.resolve(list)),
    },
  })
  return certification.outcome === "certified" ? "certified" : [certification.outcome, ...certification.because]
}
const unavailable = (...because: string[]) => ["revocation-unavailable", ...because]

/** An answer without a nonce, for a month, signed again after `change`. */
const answerOf = async (held: KeyedCertificate, change: (basic: BasicOCSPResponse) => void = () => {}) => {
  const request = authority.request(held)
  const outer = OCSPResponse.fromBER(await authority.answer(request, responder, { lasts: 30 * day }))
  const basic = BasicOCSPResponse.fromBER(outer.responseBytes!.response.valueBlock.valueHexView.slice())
  const thisUpdate = basic.tbsResponseData.responses[0]!.thisUpdate.getTime()
  change(basic)
  return { answer: successful(signedAgain(basic, responder)), thisUpdate }
}

describe.each([
  ["that is fetched", "ocsp", (answer: Bytes): World => ({ ask: () => Promise.resolve(answer) })],
  [
    "that is brought along",
    "stapled",
    (answer: Bytes): World => ({ stapled: answer, rules: { order: ["stapled", "ocsp"] } }),
  ],
] as const)("an OCSP answer without the cloud's nonce %s", (_, method, bringing) => {
  const stale = method === "ocsp" ? unavailable("ocsp-stale") : unavailable("stapled-stale", "ocsp-timeout")
  const under = (answer: Bytes, rules: Rules): World => {
    const world = bringing(answer)
    return { ...world, rules: { ...world.rules, ...rules } }
  }

  test("says good for an hour after what it says was true, however long it lasts", async () => {
    const { answer, thisUpdate } = await answerOf(physician)
    expect(await asking(thisUpdate, bringing(answer))).toBe("certified")
    expect(await asking(thisUpdate + hour, bringing(answer))).toBe("certified")
    expect(await asking(thisUpdate + hour + 1, bringing(answer))).toEqual(stale)
  })

  test.for([60, 24 * 60 * 60])("says good for the %i seconds that the anchor grants", async (seconds) => {
    const { answer, thisUpdate } = await answerOf(physician)
    const world = under(answer, { maxAgeWithoutNonceSeconds: seconds })
    expect(await asking(thisUpdate + seconds * 1000, world)).toBe("certified")
    expect(await asking(thisUpdate + seconds * 1000 + 1, world)).toEqual(stale)
  })

  test("grows no older than the anchor's clock skew allows", async () => {
    const { answer, thisUpdate } = await answerOf(physician)
    const world = under(answer, { maxClockSkewSeconds: 60 })
    expect(await asking(thisUpdate + hour + minute, world)).toBe("certified")
    expect(await asking(thisUpdate + hour + minute + 1, world)).toEqual(stale)
  })

  test("counts from its signature where that is earlier, and never from one that is later", async () => {
    const signedAt = (milliseconds: number) =>
      answerOf(physician, ({ tbsResponseData: data }) => {
        data.producedAt = new Date(data.responses[0]!.thisUpdate.getTime() + milliseconds)
      })
    const early = await signedAt(-20 * minute)
    expect(await asking(early.thisUpdate + 40 * minute, bringing(early.answer))).toBe("certified")
    expect(await asking(early.thisUpdate + 40 * minute + 1, bringing(early.answer))).toEqual(stale)
    const late = await signedAt(20 * minute)
    expect(await asking(late.thisUpdate + hour, bringing(late.answer))).toBe("certified")
    expect(await asking(late.thisUpdate + hour + 1, bringing(late.answer))).toEqual(stale)
  })

  test("counts no longer than it says itself", async () => {
    const { answer, thisUpdate } = await answerOf(physician, ({ tbsResponseData: { responses } }) => {
      responses[0]!.nextUpdate = new Date(responses[0]!.thisUpdate.getTime() + 5 * minute)
    })
    expect(await asking(thisUpdate + 5 * minute, bringing(answer))).toBe("certified")
    expect(await asking(thisUpdate + 5 * minute + 1, bringing(answer))).toEqual(stale)
  })

  test("says revoked to its own end: a revocation doesn't grow old", async () => {
    const { answer, thisUpdate } = await answerOf(revoked)
    const refused = ["certificate-revoked", `revoked-${method}`]
    expect(await asking(thisUpdate + 29 * day, { ...bringing(answer), held: revoked })).toEqual(refused)
    memory = new RevocationMemory()
    expect(await asking(thisUpdate + 30 * day + 1, { ...bringing(answer), held: revoked })).toEqual(stale)
  })

  test("is remembered no longer than it counts, whatever the grace", async () => {
    const { answer, thisUpdate } = await answerOf(physician)
    const rules: Rules = { graceSeconds: 3600 }
    expect(await asking(thisUpdate + 50 * minute, under(answer, rules))).toBe("certified")
    expect(await asking(thisUpdate + hour - 1, { rules })).toBe("certified")
    expect(await asking(thisUpdate + hour, { rules })).toEqual(unavailable("ocsp-timeout"))
  })
})

describe("an OCSP answer with the cloud's nonce", () => {
  test("counts to its own end, and is remembered for the grace", async () => {
    const ask = (request: Bytes) => authority.answer(request, responder, { lasts: 7 * day })
    const now = Date.now()
    const rules: Rules = { graceSeconds: 3600, maxAgeWithoutNonceSeconds: 60 }
    expect(await asking(now + 6 * day, { ask, rules })).toBe("certified")
    expect(await asking(now + 6 * day + 59 * minute, { rules })).toBe("certified")
    memory = new RevocationMemory()
    expect(await asking(now + 7 * day + minute, { ask, rules })).toEqual(unavailable("ocsp-stale"))
  })
})

describe("a CRL", () => {
  const listOf = async (lasts: number) => {
    const list = authority.crl(1, lasts)
    const read = await readCrl(list, readCertificate(authority.self.der, opensslKeys)!)
    if ("fault" in read) throw new Error(read.fault)
    return { list, thisUpdate: read.thisUpdate.getTime() }
  }
  const at = (milliseconds: number, world: World) => {
    memory = new RevocationMemory()
    return asking(milliseconds, { ...world, rules: { ...byList, ...world.rules } })
  }

  test("says good for ten days, however long it lasts", async () => {
    const { list, thisUpdate } = await listOf(40 * day)
    expect(await at(thisUpdate + 10 * day, { list })).toBe("certified")
    expect(await at(thisUpdate + 10 * day + 1, { list })).toEqual(unavailable("crl-stale"))
    const rules = { maxClockSkewSeconds: 60 }
    expect(await at(thisUpdate + 10 * day + minute, { list, rules })).toBe("certified")
    expect(await at(thisUpdate + 10 * day + minute + 1, { list, rules })).toEqual(unavailable("crl-stale"))
  })

  test.for([3600, 30 * 24 * 60 * 60])("says good for the %i seconds that the anchor grants", async (seconds) => {
    const { list, thisUpdate } = await listOf(40 * day)
    const rules = { maxCrlAgeSeconds: seconds }
    expect(await at(thisUpdate + seconds * 1000, { list, rules })).toBe("certified")
    expect(await at(thisUpdate + seconds * 1000 + 1, { list, rules })).toEqual(unavailable("crl-stale"))
  })

  test("counts no longer than it says itself", async () => {
    const { list, thisUpdate } = await listOf(hour)
    const rules = { maxCrlAgeSeconds: 30 * 24 * 60 * 60 }
    expect(await at(thisUpdate + hour, { list, rules })).toBe("certified")
    expect(await at(thisUpdate + hour + 1, { list, rules })).toEqual(unavailable("crl-stale"))
  })

  test("says revoked to its own end: a revocation doesn't grow old", async () => {
    const { list, thisUpdate } = await listOf(40 * day)
    expect(await at(thisUpdate + 39 * day, { list, held: revoked })).toEqual(["certificate-revoked", "revoked-crl"])
    expect(await at(thisUpdate + 40 * day + 1, { list, held: revoked })).toEqual(unavailable("crl-stale"))
  })

  test("is remembered as good no longer than it counts, whatever the grace", async () => {
    const { list, thisUpdate } = await listOf(40 * day)
    const rules: Rules = { ...byList, maxCrlAgeSeconds: 3600, graceSeconds: 3600 }
    expect(await asking(thisUpdate + 50 * minute, { list, rules })).toBe("certified")
    expect(await asking(thisUpdate + hour - 1, { rules })).toBe("certified")
    expect(await asking(thisUpdate + hour, { rules })).toEqual(unavailable("crl-timeout"))
  })
})
