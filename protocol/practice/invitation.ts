/** How somebody comes into a practice: by a secret that is passed outside the cloud (docs/protocol.md, "Practice"). */
import * as z from "zod/mini"
import { type Bytes, equal, fromBase64url, toBase64url, utf8 } from "../crypto/bytes.ts"
import { canonicalText } from "../crypto/canonical.ts"
import { openUnder, sealUnder } from "../crypto/envelope.ts"
import { orFailure } from "../crypto/failure.ts"
import { derive, hmacSha256 } from "../crypto/primitives.ts"
import { parseJson } from "../crypto/strict-json.ts"
import { hash, identifier, jwe, seconds } from "../primitives.ts"
import { openSealed, type SealingKeyPair, sealInfo, sealingKeyThumbprint, sealTo } from "../sealing.ts"
import { sealedText } from "../sealing-key.ts"
import { readSpokenSecret, spokenCode, spokenId } from "../spoken-secret.ts"
import { role } from "./claims.ts"
import type { PracticePlace } from "./members.ts"

const codePrefix = "EHR-M1:"

/** How long an invitation waits, seconds. */
export const invitationSeconds = 7 * 24 * 60 * 60

/** What the secret opens: where to join, as what, and by which root the practice is known. */
export const invitation = z.strictObject({
  practiceId: identifier,
  memberId: identifier,
  role,
  /** The thumbprint of the root's signing key. */
  fingerprint: hash,
  expiresAt: seconds,
})
export type Invitation = z.infer<typeof invitation>
export const sealedInvitation = jwe(2048)
/** The secret as the inviting owner keeps it with the cloud. */
export const keptSecret = sealedText(2048)

/** The secret as a code to be scanned. */
export const invitationCode = (secret: Bytes): string => spokenCode(codePrefix, secret)

/** The secret in 12 words, or in a scanned code; `undefined` for anything else. */
export const readInvitationSecret = (text: string): Bytes | undefined => readSpokenSecret(codePrefix, text)

/** Where the cloud keeps the invitation. */
export const invitationIdOf = (secret: Bytes): Promise<string> => spokenId(secret, "practice-invitation-id")

export const sealInvitation = async (secret: Bytes, said: Invitation): Promise<string> =>
  sealUnder(await derive(secret, "practice-invitation"), utf8(JSON.stringify(z.parse(invitation, said))))

/** What was sealed under this secret; `CryptoFailure` for anything else. */
export const openInvitation = (secret: Bytes, sealed: string): Promise<Invitation> =>
  orFailure(async () =>
    z.parse(invitation, parseJson(await openUnder(await derive(secret, "practice-invitation"), sealed))),
  )

/** Who joins, as they say it under the secret: `signing` and `sealing` are thumbprints. */
export type Joining = Omit<Invitation, "expiresAt"> & {
  readonly aud: string
  readonly signing: string
  readonly sealing: string
}

/** The MAC by which whoever has the secret vouches for both keys, the cloud and the rights: 32 bytes, base64url. */
export const joiningMac = async (secret: Bytes, joining: Joining): Promise<string> => {
  const { aud, practiceId, memberId, role, fingerprint, signing, sealing } = joining
  const said = canonicalText({ aud, practiceId, memberId, role, fingerprint, signing, sealing })
  return toBase64url(await hmacSha256(await derive(secret, "practice-joining"), utf8(said)))
}

/** Whether the MAC is that of whoever has the secret, for exactly these keys and rights. */
export const isJoiningMac = async (secret: Bytes, joining: Joining, mac: string): Promise<boolean> =>
  equal(fromBase64url(await joiningMac(secret, joining)), fromBase64url(mac))

const keptInfo = async ({ cloudId, practiceId }: PracticePlace, own: SealingKeyPair["publicKey"], object: string) =>
  sealInfo({
    kind: "practice-invitation",
    aud: cloudId,
    subject: practiceId,
    recipient: await sealingKeyThumbprint(own),
    object,
    epoch: 0,
  })

/** The secret sealed to who invites. */
export const keepSecret = async (place: PracticePlace, own: SealingKeyPair, secret: Bytes): Promise<string> =>
  sealTo(own.publicKey, await keptInfo(place, own.publicKey, await invitationIdOf(secret)), secret)

/** The secret of this invitation, which its owner signed the id of; `CryptoFailure` for any other, so that the cloud can't put one that it knows in its place. */
export const openKeptSecret = (
  place: PracticePlace,
  own: SealingKeyPair,
  invitationId: string,
  kept: string,
): Promise<Bytes> =>
  orFailure(async () => {
    const secret = await openSealed(own, await keptInfo(place, own.publicKey, invitationId), kept)
    if ((await invitationIdOf(secret)) !== invitationId) throw new TypeError("another secret")
    return secret
  })
