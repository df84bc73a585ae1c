import assert from "node:assert/strict"
import { kmsProvider } from "../../../functions/adapters/provider.kms.ts"
import type { Clauses } from "../cloud.ts"

const bytes = new TextEncoder().encode("what is signed")
const ecdsa = { name: "ECDSA", hash: "SHA-256" }

export const kms: Clauses<"KMS"> = {
  "the key's public half is a P-256 key, and the same whenever it is asked for": async ({ client, keyId }) => {
    const provider = kmsProvider(client, keyId)
    assert.equal((await provider.publicKey()).crv, "P-256")
    assert.deepEqual(await provider.publicKey(), await provider.publicKey())
  },
  "what it signs is verified by its public half, and nothing else is": async ({ client, keyId }) => {
    const provider = kmsProvider(client, keyId)
    const jwk = await provider.publicKey()
    const key = await crypto.subtle.importKey("jwk", jwk, { ...ecdsa, namedCurve: "P-256" }, false, ["verify"])
    // A signature's halves are shorter now and then: one in 128.
    for (let i = 0; i < 20; i++) {
      const signature = await provider.sign(bytes)
      assert.equal(signature.length, 64)
      assert.ok(await crypto.subtle.verify(ecdsa, key, signature, bytes))
      assert.ok(!(await crypto.subtle.verify(ecdsa, key, signature, bytes.slice(1))))
    }
  },
  "a message of 4,096 bytes is signed, and a longer one refused": async ({ client, keyId }) => {
    const provider = kmsProvider(client, keyId)
    assert.equal((await provider.sign(new Uint8Array(4096))).length, 64)
    await assert.rejects(provider.sign(new Uint8Array(4097)))
  },
}
