/** An owner who lost their device comes back by the recovery phrase (docs/protocol.md, "Practice"). */
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { generateKeyPairs, type KeyPairs, publicKeysOf, thumbprint } from "../../protocol/keys.ts"
import { knownOf } from "../../protocol/provider-keys.ts"
import { openRecoveryBundle, type Unrecovered } from "../../protocol/recovery.ts"
import type { Cloud } from "../cloud.ts"
import { asMember } from "./account.ts"
import { changeMembers } from "./members.ts"
import { openPractice } from "./practice.ts"
import { callAsMember, type PracticeMemory, type PracticeSession } from "./session.ts"

export type PracticeRecovery =
  | { readonly outcome: "ok"; readonly session: PracticeSession }
  /** Nothing was changed. */
  | Unrecovered

/**
 * Signs an owner in on a new device and gives it keys of its own, by the root: the lost device's are listed no longer, and everything from then on is under keys that it never
 * had. What the phrase opens says which practice this is. `extractable`: for a device that has no store for keys and seals them itself.
 */
export const recoverPractice = async (
  cloud: Cloud,
  login: { email: string; password: string },
  phrase: string,
  { extractable = false }: { readonly extractable?: boolean } = {},
): Promise<PracticeRecovery> => {
  const { practiceId, memberId, accessToken } = await cloud.api.call("practice/sign-in", login)
  const { recoveryBundle } = await callAsMember({ cloud, accessToken }, "practice/recover", {})
  const recovery = await openRecoveryBundle(recoveryBundle, phrase)
  if (recovery.outcome !== "ok") return recovery
  const { root } = recovery
  const fingerprint = await thumbprint((await publicKeysOf(root)).signing)
  const provider = knownOf(cloud.provider)
  const memory: PracticeMemory = { provider, practiceId, memberId, fingerprint }
  const keys = await generateKeyPairs({ extractable })
  await replaceKeys({ cloud, accessToken, keys: root, memory }, root, keys)
  return { outcome: "ok", session: { cloud, accessToken, keys, memory } }
}

/** The list, by the root, in which this member has other keys. */
const replaceKeys = async (asRoot: PracticeSession, root: KeyPairs, own: KeyPairs): Promise<void> => {
  const practice = await openPractice(asRoot)
  const { memberId } = asRoot.memory
  const keys = await publicKeysOf(own)
  const recovered = await asMember(memberId, "owner", keys)
  await changeMembers(practice, {
    edit: (members) => {
      const lost = members.find((each) => each.memberId === memberId && each.until === undefined)
      if (lost === undefined) throw new IntegrityFailure("account-changed")
      return members.map((each) => (each === lost ? recovered : each))
    },
    sealing: keys.sealing,
    recovered: { root, own },
  })
}
