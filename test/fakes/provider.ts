import type { Provider } from "../../functions/domain/ports.ts"
import { publicJwk } from "../../protocol/keys.ts"

const ecdsa = { name: "ECDSA", namedCurve: "P-256" }

/** The provider with a real P-256 key of this process. */
export const memoryProvider = async (): Promise<Provider> => {
  const { privateKey, publicKey } = await crypto.subtle.generateKey(ecdsa, true, ["sign", "verify"])
  const jwk = await publicJwk(publicKey)
  return {
    publicKey: async () => jwk,
    sign: async (bytes) =>
      new Uint8Array(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, bytes)),
  }
}
