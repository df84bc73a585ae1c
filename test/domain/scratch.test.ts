import { expect, test } from "vitest"
import { certify } from "../../functions/domain/certification.ts"
import { anchorOf, OpensslIssuer, profession, professionalExtensions, temporaryFolder } from "./openssl-authority.ts"

test("good", async () => {
  const { folder } = temporaryFolder()
  const root = OpensslIssuer.root(`${folder}/root`, "Root")
  const ca = root.issuer("Issuing")
  const responder = ca.responder()
  const leaf = ca.issue("Dr. A", { extensions: professionalExtensions([profession.physician]) })
  const policy = { version: 1 as const, anchors: [anchorOf(root, [ca])] }
  const go = () =>
    certify({
      chain: [leaf.der, ca.self.der],
      alg: "ES256",
      policy,
      now: new Date(),
      nonce: crypto.getRandomValues(new Uint8Array(32)),
      revocation: { ask: (_, request) => ca.answer(request, responder) },
    })
  const r = await go()
  console.log(folder, r)
  ca.revoke(leaf)
  console.log(await go())
})
