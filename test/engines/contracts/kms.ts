import assert from "node:assert/strict"
import { kmsKeyStore } from "../../../bin/kms-key-store.ts"
import { kmsProvider } from "../../../functions/adapters/provider.kms.ts"
import type { Clauses } from "../cloud.ts"

const bytes = new TextEncoder().encode("what is signed")
const ecdsa = { name: "ECDSA", hash: "SHA-256" }

export const kms: Clauses<"KMS"> = {
  "the key's public half is a P-256 key, and the same whenever it is asked for": async ({ client, keyId }) => {
    const keys = kmsKeyStore(client)
    assert.equal((await keys.publicKey(keyId)).crv, "P-256")
    assert.deepEqual(await keys.publicKey(keyId), await keys.publicKey(keyId))
  },
  "what it signs is verified by its public half, and nothing else is": async ({ client, keyId }) => {
    const provider = kmsProvider(client, { keyId, kid: "" })
    const keys = kmsKeyStore(client)
    const jwk = await keys.publicKey(keyId)
    const key = await crypto.subtle.importKey("jwk", jwk, { ...ecdsa, namedCurve: "P-256" }, false, ["verify"])
    // A signature's halves are shorter now and then: one in 128.
    for (let i = 0; i < 20; i++) {
      const signature = await (i % 2 === 0 ? provider.sign(bytes) : keys.sign(keyId, bytes))
      assert.equal(signature.length, 64)
      assert.ok(await crypto.subtle.verify(ecdsa, key, signature, bytes))
      assert.ok(!(await crypto.subtle.verify(ecdsa, key, signature, bytes.slice(1))))
    }
  },
  "what is longer than a message that it hashes itself is signed too": async ({ client, keyId }) => {
    assert.equal((await kmsProvider(client, { keyId, kid: "" }).sign(new Uint8Array(16 * 1024))).length, 64)
  },
}
