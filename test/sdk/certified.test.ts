import { describe, expect, test } from "vitest"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { signStatement } from "../../protocol/statement.ts"
import type { Anchor, RevocationMethod, TrustPolicy } from "../../protocol/trust-policy.ts"
import { certifiedBy } from "../../sdk/certified.ts"
import type { KeyedCertificate } from "../kit/certificate.ts"
import { profession, professionalExtensions } from "../kit/certificate-extensions.ts"
import { anchorOf, newCertification } from "../kit/certification.ts"
import type { AnswerOptions } from "../kit/issuer.ts"
import type { Professional } from "../kit/professional.ts"

const { root, authority, responder, professional, holder, issue } = newCertification()
const stranger = newCertification()
const physician = professional("Dr. A")
const policyOf = (...anchors: Anchor[]) => ({ version: 1 as const, anchors })
const policy = policyOf(anchorOf(root, [authority]))
const now = Math.floor(Date.now() / 1000)

const signed = async (
  { alg, privateKey, chain }: Professional,
  { iat = now, typ = "emergency-access" } = {},
): Promise<string> => {
  const payload = { aud: "cloud.example", iat, jti: toBase64url(randomBytes(16)) }
  return signStatement({ typ, alg, privateKey, x5c: chain, payload })
}
const at = (seconds: number) => new Date(seconds * 1000).toISOString()
const uncertified = { outcome: "uncertified" }
const day = 24 * 60 * 60

describe("who signed an access or an addition", () => {
  test("is who the certificate says, by the authority that the device trusts", async () => {
    for (const typ of ["emergency-access", "contribution"]) {
      const statement = await signed(physician, { typ })
      const certified = { outcome: "certified", profession: "physician", name: "Dr. A", anchor: policy.anchors[0]?.id }
      expect(await certifiedBy(policy, { statement, at: at(now) })).toMatchObject(certified)
      expect(await certifiedBy(policy, { statement })).toMatchObject(certified)
    }
  })

  test("is nobody by an authority of the same name that the device doesn't trust", async () => {
    const statement = await signed(stranger.professional("Dr. A"))
    expect(await certifiedBy(policy, { statement, at: at(now) })).toEqual(uncertified)
    expect(await certifiedBy(stranger.trust.policy, { statement, at: at(now) })).toMatchObject({
      outcome: "certified",
    })
  })

  test("is nobody where the certificate was not valid at that time", async () => {
    const years = 10 * 365 * 24 * 60 * 60
    for (const iat of [now - years, now + years])
      expect(await certifiedBy(policy, { statement: await signed(physician, { iat }), at: at(iat) })).toEqual(
        uncertified,
      )
  })

  test("is who the certificate says where what waits names a time before its end, which is told; a past event's is not", async () => {
    const short = holder(
      authority.issue("Dr. A", {
        from: new Date((now - 3 * day) * 1000),
        to: new Date((now - day) * 1000),
        extensions: professionalExtensions([profession.physician]),
      }),
    )
    const statement = await signed(short, { iat: now - 2 * day })
    const ended = { endedAt: at(now - day) }
    expect(await certifiedBy(policy, { statement })).toMatchObject({ outcome: "certified", ...ended })
    expect(await certifiedBy(policy, { statement, at: at(now - 2 * day) })).not.toHaveProperty("endedAt")
    expect(await certifiedBy(policy, { statement: await signed(physician) })).not.toHaveProperty("endedAt")
    expect(await certifiedBy(policy, { statement: await signed(short) })).toEqual(uncertified)
  })

  test("is nobody where the cloud tells of another time than was signed", async () => {
    const statement = await signed(physician)
    for (const seconds of [now - 122, now + 122])
      expect(await certifiedBy(policy, { statement, at: at(seconds) })).toEqual(uncertified)
    for (const seconds of [now - 121, now + 121])
      expect(await certifiedBy(policy, { statement, at: at(seconds) })).toMatchObject({ outcome: "certified" })
  })

  test("is nobody by a profession that the policy doesn't allow, or without one", async () => {
    for (const professions of [[profession.insuredPerson], []]) {
      const held = holder(authority.issue("Somebody", { extensions: professionalExtensions(professions) }))
      expect(await certifiedBy(policy, { statement: await signed(held) })).toEqual(uncertified)
    }
  })

  test("is nobody where the signature isn't by the certificate, or nothing was signed", async () => {
    const [own, other] = [await signed(physician), await signed(stranger.professional("Dr. A"))]
    const [header, payload] = own.split(".")
    const forged = [header, payload, other.split(".")[2]].join(".")
    for (const statement of [forged, "", "e30.e30.c2ln", own.slice(0, -2)])
      expect(await certifiedBy(policy, { statement })).toEqual(uncertified)
  })
})

describe("that a certificate had not been revoked", () => {
  const held = issue("Dr. B")
  const doctor = holder(held)
  const ocspOf = async (
    certificate: KeyedCertificate = held,
    { by = responder, nonce = true, ...options }: AnswerOptions & { by?: KeyedCertificate; nonce?: boolean } = {},
  ) => {
    const request = nonce ? authority.requestWithNonce(certificate) : authority.request(certificate)
    return toBase64url(await authority.answer(request, by, options))
  }
  /** What is made of an access, or an addition, of `done` by an answer that was kept of `asked`. */
  const judged = async (
    ocsp: string | undefined,
    given: { done?: number; asked?: number; typ?: string; by?: TrustPolicy; of?: Professional } = {},
  ) => {
    const { done = now, asked = done, typ = "emergency-access", by = policy, of = doctor } = given
    const statement = await signed(of, { iat: done, typ })
    const answer = ocsp === undefined ? {} : { answer: { ocsp, at: at(asked) } }
    const certified = await certifiedBy(by, { statement, at: at(done), ...answer })
    return certified.outcome === "certified" ? certified.wasValid : certified.outcome
  }

  test("is verified by the authority's own answer of then, with whatever nonce or none, signed by itself or its responder", async () => {
    for (const ocsp of [
      await ocspOf(),
      await ocspOf(held, { nonce: false }),
      await ocspOf(held, { by: authority.self, certificates: [] }),
    ])
      expect(await judged(ocsp)).toBe(true)
  })

  test("is not verified without an answer, by one of another certificate, one that was changed, or one by nobody whom the authority lets answer", async () => {
    const answer = await ocspOf()
    const middle = Math.floor(answer.length / 2)
    const changed = answer.slice(0, middle) + (answer[middle] === "A" ? "B" : "A") + answer.slice(middle + 1)
    const others = [
      undefined,
      "",
      "not base64url!",
      "AAAA",
      changed,
      await ocspOf(issue("Dr. C")),
      await ocspOf(held, { by: stranger.responder }),
      await ocspOf(held, { by: held }),
      await ocspOf(held, { lasts: null }),
    ]
    for (const ocsp of others) expect(await judged(ocsp), ocsp).toBe(false)
  })

  test("is not verified where only a list would tell that the responder wasn't revoked itself, or the policy takes no OCSP", async () => {
    expect(await judged(await ocspOf(held, { by: authority.responder("Responder", []) }))).toBe(false)
    const revocation = (order: RevocationMethod[]) => ({
      ocspUrl: "http://responder.invalid/",
      maxClockSkewSeconds: 60,
      order,
    })
    const lists = policyOf(anchorOf(root, [authority], { revocation: revocation(["crl"]) }))
    expect(await judged(await ocspOf(), { by: lists })).toBe(false)
    const brought = policyOf(anchorOf(root, [authority], { revocation: revocation(["crl", "stapled"]) }))
    expect(await judged(await ocspOf(), { by: brought })).toBe(true)
  })

  test("is not verified by an answer of another time, so that one from before a revocation vouches for nothing after it", async () => {
    const hour = 60 * 60
    const lasting = { lasts: day * 1000 }
    for (const nonce of [true, false]) {
      const answer = await ocspOf(held, { nonce, ...lasting })
      for (const done of [now - hour, now + hour + 120])
        expect(await judged(answer, { done }), `${done - now}`).toBe(false)
      expect(await judged(answer, { done: now + hour - 60 })).toBe(true)
    }
  })

  test("is verified of an addition by the answer of its access, and by none of an access that was long before or came after", async () => {
    const [answer, typ] = [await ocspOf(), "contribution"]
    expect(await judged(answer, { typ, done: now + 3500, asked: now })).toBe(true)
    for (const done of [now + 2 * 3600, now - 600]) expect(await judged(answer, { typ, done, asked: now })).toBe(false)
  })

  test("is refused by an answer that says revoked: whoever signed is certified by nobody", async () => {
    const gone = issue("Dr. D")
    authority.revoke(gone)
    expect(await judged(await ocspOf(gone), { of: holder(gone) })).toBe("uncertified")
    expect(await judged(await ocspOf(stranger.issue("Dr. E")))).toBe(false)
  })
})
