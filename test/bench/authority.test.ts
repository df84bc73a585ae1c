import { expect, test } from "vitest"
import { makeAuthority } from "../../bench/authority.ts"
import { RevocationMemory } from "../../functions/domain/certification/revocation-memory.ts"
import { certify } from "../../functions/domain/certification.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { noLists } from "../fakes/revocation.ts"

const certified = (
  chain: readonly Uint8Array<ArrayBuffer>[],
  authority: Awaited<ReturnType<typeof makeAuthority>>,
  answering = authority,
) =>
  certify({
    chain,
    alg: "ES256",
    policy: authority.trustPolicy("http://127.0.0.1:1/ocsp"),
    now: new Date(),
    revocation: { ask: (_, question) => answering.answerOcsp(question), ...noLists },
    memory: new RevocationMemory(),
    nonce: randomBytes(32),
  })

test("its professionals pass the whole of certification, OCSP included", async () => {
  const authority = await makeAuthority()
  const { chain } = await authority.issue("Physician")
  expect(await certified(chain, authority)).toMatchObject({ outcome: "certified", profession: "physician" })
})

test("those of another authority of the same name don't, nor do its answers count", async () => {
  const [authority, stranger] = [await makeAuthority(), await makeAuthority()]
  const { chain } = await stranger.issue("Physician")
  expect(await certified(chain, authority)).toMatchObject({ outcome: "certificate-untrusted" })
  const own = await authority.issue("Physician")
  expect(await certified(own.chain, authority, stranger)).toMatchObject({ outcome: "revocation-unavailable" })
})
