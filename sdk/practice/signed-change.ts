import { type KeyPairs, publicKeysOf, thumbprint } from "../../protocol/keys.ts"
import type { PracticeChange, PracticeChangeClaims } from "../../protocol/practice/claims.ts"
import type { PracticePlace } from "../../protocol/practice/members.ts"
import { signStatement } from "../../protocol/statement.ts"
import { stamp } from "../stamp.ts"

type Said = Pick<PracticeChangeClaims, "number" | "previous" | "skips" | "members" | "keys"> & {
  readonly change: PracticeChange
}

/** Signs what a member, or the root, says of a practice. */
export const signForPractice = async (
  { cloudId, practiceId }: PracticePlace,
  { signing, sealing }: KeyPairs,
  typ: "member-list" | "practice-change" | "practice-invitation" | "practice-deactivation" | "practice-handover",
  said: object,
): Promise<string> =>
  signStatement({
    typ,
    alg: "ES256",
    privateKey: signing.privateKey,
    kid: await thumbprint((await publicKeysOf({ signing, sealing })).signing),
    payload: { aud: cloudId, ...stamp(), practiceId, ...said },
  })

export const signChange = (place: PracticePlace, keys: KeyPairs, said: Said): Promise<string> =>
  signForPractice(place, keys, "practice-change", said)
