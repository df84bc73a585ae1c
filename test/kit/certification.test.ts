import { expect, test } from "vitest"
import { certify } from "../../certify/certify.ts"
import { RevocationMemory } from "../../certify/revocation-memory.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import type { Bytes } from "./certificate.ts"
import { type Certification, newCertification } from "./certification.ts"

const certified = (chain: readonly Bytes[], by: Certification, answering = by) =>
  certify({
    chain,
    alg: "ES256",
    policy: by.trust.policy,
    now: new Date(),
    revocation: answering.revocation,
    memory: new RevocationMemory(),
    nonce: randomBytes(32),
  })

test("the kit's professionals pass the whole of certification, OCSP included", async () => {
  const certification = newCertification()
  const { chain } = certification.professional("Physician")
  expect(await certified(chain, certification)).toMatchObject({ outcome: "certified", profession: "physician" })
})

test("neither professionals of another authority of the same name pass certification, nor do its answers count", async () => {
  const [own, stranger] = [newCertification(), newCertification()]
  expect(await certified(stranger.professional("Physician").chain, own)).toMatchObject({
    outcome: "certificate-untrusted",
  })
  expect(await certified(own.professional("Physician").chain, own, stranger)).toMatchObject({
    outcome: "revocation-unavailable",
  })
})
