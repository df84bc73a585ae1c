/** A practice's account (docs/protocol.md, "Practice"). */
import { toBase64url } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { randomBytes } from "../../protocol/crypto/primitives.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { generateKeyPairs, type KeyPairs, type PublicKeys, publicKeysOf, thumbprint } from "../../protocol/keys.ts"
import type { Role } from "../../protocol/practice/claims.ts"
import { createPracticeKeys } from "../../protocol/practice/keys.ts"
import type { PracticePlace } from "../../protocol/practice/members.ts"
import { knownOf } from "../../protocol/provider-keys.ts"
import { generatePhrase, makeRecoveryBundle } from "../../protocol/recovery.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { signStatement, statementHash } from "../../protocol/statement.ts"
import type { Cloud } from "../cloud.ts"
import type { Credential } from "../hcp/emergency-access.ts"
import { requireKnown } from "../known-provider.ts"
import { stamp } from "../stamp.ts"
import { callAsMember, type PracticeMemory, type PracticeSession } from "./session.ts"
import { signChange, signForPractice } from "./signed-change.ts"

export interface NewPractice {
  /** This device's. `lockKeyPairs` before they are stored. */
  readonly keys: KeyPairs
  /** 24 words. Shown once; whoever has them and the owner's password can read every file. */
  readonly recoveryPhrase: string
  readonly memory: PracticeMemory
}

/** As a list has a member, from now on. */
export const asMember = async (memberId: string, role: Role, { signing, sealing }: PublicKeys) => ({
  memberId,
  role,
  signing,
  sealing: await sealingKeyThumbprint(sealing),
  since: stamp().iat,
})

/** A professional's word, by their certificate, that these keys are theirs in this practice. */
export const certify = async (
  { cloudId, practiceId }: PracticePlace,
  memberId: string,
  { signing, sealing }: PublicKeys,
  { alg, privateKey, chain }: Credential,
): Promise<string> =>
  signStatement({
    typ: "practice-member",
    alg,
    privateKey,
    x5c: chain,
    payload: {
      aud: cloudId,
      ...stamp(),
      practiceId,
      memberId,
      signing: await thumbprint(signing),
      sealing: await sealingKeyThumbprint(sealing),
    },
  })

/**
 * Makes the root, this device's keys and the practice's, and opens the practice for the professional whose certificate this is; the identity manager then mails a
 * code. The root's private keys are in the recovery bundle alone. `extractable`: for a device that has no store for keys and seals them itself.
 */
export const register = async (
  cloud: Cloud,
  login: { email: string; password: string },
  credential: Credential,
  { extractable = false }: { readonly extractable?: boolean } = {},
): Promise<NewPractice> => {
  const [root, keys] = await Promise.all([generateKeyPairs({ extractable: true }), generateKeyPairs({ extractable })])
  const [rootKeys, own] = await Promise.all([publicKeysOf(root), publicKeysOf(keys)])
  const [practiceId, memberId] = [toBase64url(randomBytes(16)), toBase64url(randomBytes(16))]
  const recoveryPhrase = generatePhrase()
  const place = { cloudId: cloud.cloudId, practiceId }
  const members = await signForPractice(place, root, "member-list", {
    number: 1,
    previous: null,
    root: { signing: rootKeys.signing, sealing: await sealingKeyThumbprint(rootKeys.sealing) },
    members: [await asMember(memberId, "owner", own)],
  })
  const made = await createPracticeKeys(place, [
    { role: "owner", sealing: rootKeys.sealing },
    { role: "owner", sealing: own.sealing },
  ])
  const change = await signChange(place, keys, {
    number: 1,
    previous: null,
    skips: [],
    members: { number: 1, hash: await statementHash(members) },
    keys: await canonicalHash(made.keys),
    change: { kind: "beginning" },
  })
  await cloud.api.call("practice/register", {
    ...login,
    practiceId,
    memberId,
    root: rootKeys,
    owner: own.sealing,
    members,
    keys: made.keys,
    change,
    certificate: await certify(place, memberId, own, credential),
    recoveryBundle: await makeRecoveryBundle(root, recoveryPhrase),
  })
  const provider = knownOf(cloud.provider)
  const newest = { number: 1, hash: await statementHash(change) }
  const fingerprint = await thumbprint(rootKeys.signing)
  return { keys, recoveryPhrase, memory: { provider, practiceId, memberId, fingerprint, change: newest } }
}

export const confirm = async (
  cloud: Cloud,
  { practiceId, memberId }: Pick<PracticeMemory, "practiceId" | "memberId">,
  code: string,
): Promise<void> => {
  await cloud.api.call("practice/confirm", { practiceId, memberId, code })
}

/** Ends all that this member is signed in to, this device's session too. */
export const signOutEverywhere = async (session: PracticeSession): Promise<void> => {
  await callAsMember(session, "practice/sign-out", {})
}

/**
 * Signs in on a device that is a member's; the cloud must be the one, and the account the one, that it was when the device was last used.
 * `credential`: where the certificate that was shown before has ended, or was revoked.
 */
export const signIn = async (
  cloud: Cloud,
  login: { email: string; password: string },
  keys: KeyPairs,
  memory: PracticeMemory,
  credential?: Credential,
): Promise<PracticeSession> => {
  requireKnown(memory.provider, cloud)
  memory.provider = knownOf(cloud.provider)
  const place = { cloudId: cloud.cloudId, practiceId: memory.practiceId }
  const { practiceId, memberId, accessToken } = await cloud.api.call("practice/sign-in", {
    ...login,
    ...(credential !== undefined && {
      certificate: await certify(place, memory.memberId, await publicKeysOf(keys), credential),
    }),
  })
  if (practiceId !== memory.practiceId || memberId !== memory.memberId) throw new IntegrityFailure("account-changed")
  return { cloud, accessToken, keys, memory }
}
