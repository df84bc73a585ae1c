import { generateKeyPair } from "jose/key/generate/keypair"
import type { Provider } from "../../functions/domain/ports.ts"
import { publicJwk, thumbprint } from "../../protocol/keys.ts"
import { cloudIdOf, type ProviderKey, type ProviderKeys } from "../../protocol/provider-keys.ts"
import { signStatement } from "../../protocol/statement.ts"

/** A provider whose keys are real, and of this process. */
export interface OwnProvider extends Provider {
  readonly cloudId: string
  /** As the cloud tells them now, whoever keeps it. */
  readonly keys: ProviderKeys
  /** A statement by its newest key. */
  state(typ: string, claims: object): Promise<string>
  /** Takes a new key, as of a moment; what the one before signs from then on is `before`. */
  rotate(now?: Date): Promise<{ readonly before: Pick<OwnProvider, "state"> }>
}

const newKey = async () => {
  const { privateKey, publicKey } = await generateKeyPair("ES256")
  const key = await publicJwk(publicKey)
  const kid = await thumbprint(key)
  const state = (typ: string, payload: object) => signStatement({ typ, alg: "ES256", privateKey, kid, payload })
  return { privateKey, key, kid, state }
}

export const newProvider = async (): Promise<OwnProvider> => {
  let newest = await newKey()
  const cloudId = await cloudIdOf(newest.key)
  const successors: string[] = []
  const keys: ProviderKey[] = [{ kid: newest.kid, key: newest.key }]
  return {
    cloudId,
    keys: { cloudId, keys, list: { first: newest.key, successors } },
    get kid() {
      return newest.kid
    },
    sign: async (bytes) =>
      new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, newest.privateKey, bytes)),
    state: (typ, claims) => newest.state(typ, claims),
    rotate: async (now = new Date()) => {
      const before = newest
      const iat = Math.floor(now.getTime() / 1000)
      newest = await newKey()
      const { kid, key } = newest
      successors.push(await before.state("provider-key", { iss: cloudId, iat, number: keys.length + 1, key }))
      keys.splice(-1, 1, { kid: before.kid, key: before.key, replacedAt: iat }, { kid, key })
      return { before }
    },
  }
}
