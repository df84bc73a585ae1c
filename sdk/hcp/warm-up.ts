import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { generateSealingKeyPair, openSealed, sealTo } from "../../protocol/sealing.ts"

/**
 * Does once, with a pair that is thrown away, what the first emergency access would wait for: the first use of ML-KEM costs a phone a good part of
 * a second. Called while somebody looks for the card.
 */
export const warmUp = async (): Promise<void> => {
  const pair = await generateSealingKeyPair()
  const info = new Uint8Array(0)
  await openSealed(pair, info, await sealTo(pair.publicKey, info, randomBytes(32)))
}
