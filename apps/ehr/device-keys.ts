import { type KeyPairs, unlockKeyPairs } from "../../protocol/keys.ts"
import type { Account } from "./device.ts"

/** By what the store has of them: making the seed's key again takes a phone longer than a keystroke. */
const unlocked = new WeakMap<Account["keys"], Promise<KeyPairs>>()

/** The keys of this device, as the SDK uses them, for as long as the page is open. */
export const keysOf = ({ keys }: Pick<Account, "keys">): Promise<KeyPairs> => {
  const known = unlocked.get(keys) ?? unlockKeyPairs(keys)
  unlocked.set(keys, known)
  return known
}
