import { describe, expect, test } from "vitest"
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { signStatement } from "../../protocol/statement.ts"
import type { Anchor } from "../../protocol/trust-policy.ts"
import { certifiedBy } from "../../sdk/certified.ts"
import { profession, professionalExtensions } from "../kit/certificate-extensions.ts"
import { anchorOf, newCertification } from "../kit/certification.ts"
import type { Professional } from "../kit/professional.ts"

const { root, authority, professional, holder } = newCertification()
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
