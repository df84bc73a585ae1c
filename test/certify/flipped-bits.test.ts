import { expect, test } from "vitest"
import { certify } from "../../certify/certify.ts"
import { readCrl } from "../../certify/crl.ts"
import { opensslKeys } from "../../certify/openssl-keys.ts"
import { RevocationMemory } from "../../certify/revocation-memory.ts"
import { readCertificate } from "../../protocol/certification/certificate.ts"
import { readOcsp } from "../../protocol/certification/ocsp.ts"
import { anchorOf, newCertification, noLists } from "../kit/certification.ts"

/**
 * What certification reads from outside, with one bit of it flipped, anywhere. Thousands of cases, and so apart from the other tests of
 * certification: the mutation tests leave these out.
 */

const { root, authority, responder, issue } = newCertification()
const physician = issue("Physician")
const revoked = issue("Revoked")
authority.revoke(revoked)

const flippedAt = (bytes: Uint8Array, bit: number) => {
  const flipped = Uint8Array.from(bytes)
  flipped[bit >> 3] = flipped[bit >> 3]! ^ (1 << (bit & 7))
  return flipped
}

test("a certificate with a bit of any byte flipped is refused", async () => {
  const certifying = async (der: Uint8Array) => {
    const { outcome } = await certify({
      chain: [der, authority.self.der],
      alg: "ES256",
      policy: { version: 1, anchors: [anchorOf(root, [authority])] },
      now: new Date(),
      nonce: new Uint8Array(32).fill(7),
      memory: new RevocationMemory(),
      revocation: { ask: (_, request) => authority.answer(request, responder), ...noLists },
    })
    return outcome
  }
  expect(await certifying(physician.der)).toBe("certified")
  for (let i = 0; i < physician.der.length; i++)
    expect(await certifying(flippedAt(physician.der, i * 8 + (i % 8))), `byte ${i}`).toBe("certificate-untrusted")
})

test("an OCSP answer that says revoked never says good with a bit flipped", async () => {
  const answer = await authority.answer(authority.request(revoked), responder)
  const [certificate, issuer] = [
    readCertificate(revoked.der, opensslKeys)!,
    readCertificate(authority.self.der, opensslKeys)!,
  ]
  const question = {
    keys: opensslKeys,
    certificate,
    issuer,
    now: new Date(),
    skewMilliseconds: 60_000,
    maxAgeWithoutNonceMilliseconds: 3_600_000,
    nonce: new Uint8Array(32).fill(7),
  }
  const seen = new Map<string, number>()
  for (let bit = 0; bit < answer.length * 8; bit++) {
    const got = await readOcsp(flippedAt(answer, bit), question, "asked")
    const status = "fault" in got ? "no answer" : got.status
    seen.set(status, (seen.get(status) ?? 0) + 1)
  }
  expect([...seen.keys()].toSorted()).toEqual(["no answer", "revoked"])
  // What is left to flip without effect: unsigned and unused parts, of which a certificate has some dozens of bits.
  expect(seen.get("revoked")).toBeLessThan(answer.length / 2)
})

test("a CRL that says revoked never says good with a bit flipped", async () => {
  const list = authority.crl(1)
  const issuer = readCertificate(authority.self.der, opensslKeys)!
  const whole = await readCrl(list, issuer)
  const serial = "fault" in whole ? [] : [...whole.revoked]
  expect(serial).not.toEqual([])
  for (let bit = 0; bit < list.length * 8; bit++) {
    const got = await readCrl(flippedAt(list, bit), issuer)
    if (!("fault" in got)) expect([...got.revoked], `bit ${bit}`).toEqual(serial)
  }
})
