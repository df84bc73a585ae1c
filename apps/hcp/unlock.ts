import { unlockKey } from "../../sdk/hcp/pin-lock.ts"
import { device, type HeldCertificate, type LockedCertificate, removeCertificate } from "./certificate-store.ts"

/** PINs that may be tried one after the other; the last wrong one takes the certificate from the device. */
export const mostTries = 5

/** Counts a try before it is made, so that no page that is closed in between has tried for nothing; `undefined` where none is left. */
const countTry = async (tries: (before: number) => number): Promise<number | undefined> => {
  const { store, done } = (await device.open()).transaction("certificate", "readwrite")
  const found = await store.get("own")
  const after = found !== undefined && "tries" in found ? tries(found.tries) : undefined
  if (found !== undefined && after !== undefined && after <= mostTries)
    await store.put({ ...found, tries: after }, "own")
  await done
  return after !== undefined && after <= mostTries ? after : undefined
}

export type Unlocking =
  | { readonly outcome: "ok"; readonly held: HeldCertificate }
  | { readonly outcome: "wrong"; readonly left: number }
  /** It has to be loaded anew. */
  | { readonly outcome: "removed" }

/** Opens the certificate's key by its PIN, as often as `mostTries` lets it be wrong; then the certificate is deleted. */
export const unlock = async (locked: LockedCertificate, pin: string): Promise<Unlocking> => {
  const tried = await countTry((before) => before + 1)
  const privateKey = tried === undefined ? undefined : await unlockKey(locked.lock, pin)
  if (privateKey !== undefined) {
    await countTry(() => 0)
    const { chain, alg, facts } = locked
    return { outcome: "ok", held: { credential: { chain, alg, privateKey }, facts, locked } }
  }
  if (tried !== undefined && tried < mostTries) return { outcome: "wrong", left: mostTries - tried }
  await removeCertificate()
  return { outcome: "removed" }
}
