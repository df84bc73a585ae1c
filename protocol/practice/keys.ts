/** The keys of a practice: one for its directory, one for what is clinical, in epochs (docs/protocol.md, "Practice"). */
import * as z from "zod/mini"
import { type Bytes, concat, fromBase64url, toBase64url } from "../crypto/bytes.ts"
import { CryptoFailure, orFailure } from "../crypto/failure.ts"
import { derive, randomKey, unwrapKey, wrapKey } from "../crypto/primitives.ts"
import { hash, ordinal, wrappedKey } from "../primitives.ts"
import { openSealed, type SealingKeyPair, sealInfo, sealingKeyThumbprint, sealTo } from "../sealing.ts"
import { type SealingKey, sealedText } from "../sealing-key.ts"
import { maxMembers, type Role } from "./claims.ts"
import type { PracticePlace } from "./members.ts"

/** How many epochs back content can be opened: as many members can leave. */
export const maxPreviousKeys = 256

const older = z.array(wrappedKey).check(z.maxLength(maxPreviousKeys))
export const practiceKeys = z.strictObject({
  epoch: ordinal,
  /** The newest keys, sealed to the root and to each active member: `to` is the thumbprint of their sealing key. */
  sealed: z
    .array(z.strictObject({ to: hash, sealed: sealedText(2048) }))
    .check(z.minLength(2), z.maxLength(maxMembers + 1)),
  /** The keys of `epoch - 1`, `- 2`, ..., each wrapped under the next. */
  previous: z.strictObject({ directory: older, clinical: older }),
})
export type PracticeKeys = z.infer<typeof practiceKeys>

export const practiceKeyNames = ["directory", "clinical"] as const
type KeyName = (typeof practiceKeyNames)[number]

/** The newest keys as somebody has them; the reception has none for what is clinical. */
export interface OpenedKeys {
  readonly epoch: number
  readonly directory: Bytes
  readonly clinical?: Bytes
}
/** Whom the keys are sealed to; the root has what an owner has. */
export interface KeyHolder {
  readonly role: Role
  readonly sealing: SealingKey
}

const keyLength = 32

const infoOf = async ({ cloudId, practiceId }: PracticePlace, recipient: SealingKey, epoch: number) =>
  sealInfo({
    kind: "practice-keys",
    aud: cloudId,
    subject: practiceId,
    recipient: await sealingKeyThumbprint(recipient),
    object: "",
    epoch,
  })

const sealFor = async (place: PracticePlace, keys: Required<OpenedKeys>, { role, sealing }: KeyHolder) => ({
  to: await sealingKeyThumbprint(sealing),
  sealed: await sealTo(
    sealing,
    await infoOf(place, sealing, keys.epoch),
    role === "reception" ? keys.directory : concat(keys.directory, keys.clinical),
  ),
})

const sealAll = (place: PracticePlace, keys: Required<OpenedKeys>, holders: readonly KeyHolder[]) =>
  Promise.all(holders.map((holder) => sealFor(place, keys, holder)))

type Made = { readonly keys: PracticeKeys; readonly opened: Required<OpenedKeys> }

/** The first keys, sealed to `holders`: the root and the owner. */
export const createPracticeKeys = async (place: PracticePlace, holders: readonly KeyHolder[]): Promise<Made> => {
  const opened = { epoch: 1, directory: randomKey(), clinical: randomKey() }
  const previous = { directory: [], clinical: [] }
  return { keys: { epoch: 1, sealed: await sealAll(place, opened, holders), previous }, opened }
}

/** The newest keys, by somebody they are sealed to. `CryptoFailure` where they aren't. Anybody could have sealed them: a signed change names their hash. */
export const openPracticeKeys = (place: PracticePlace, keys: PracticeKeys, own: SealingKeyPair): Promise<OpenedKeys> =>
  orFailure(async () => {
    const to = await sealingKeyThumbprint(own.publicKey)
    const copy = keys.sealed.find((each) => each.to === to)
    if (copy === undefined) throw new CryptoFailure()
    const opened = await openSealed(own, await infoOf(place, own.publicKey, keys.epoch), copy.sealed)
    const directory = opened.slice(0, keyLength)
    if (opened.length === keyLength) return { epoch: keys.epoch, directory }
    if (opened.length !== 2 * keyLength) throw new CryptoFailure()
    return { epoch: keys.epoch, directory, clinical: opened.slice(keyLength) }
  })

/** The same keys for other holders: somebody came. */
export const sharePracticeKeys = async (
  place: PracticePlace,
  keys: PracticeKeys,
  opened: Required<OpenedKeys>,
  holders: readonly KeyHolder[],
): Promise<PracticeKeys> => ({ ...keys, sealed: await sealAll(place, opened, holders) })

const wrappingKeyOf = (next: Bytes, name: KeyName, epoch: number): Promise<Bytes> =>
  derive(next, "practice-key-before", name, epoch)

/** Fresh keys for those who stay: somebody left, or may see less. What is older opens by them; who left opens nothing by what they have. */
export const nextPracticeKeys = async (
  place: PracticePlace,
  keys: PracticeKeys,
  opened: Required<OpenedKeys>,
  holders: readonly KeyHolder[],
): Promise<Made> => {
  const next = { epoch: keys.epoch + 1, directory: randomKey(), clinical: randomKey() }
  const before = async (name: KeyName): Promise<string[]> => {
    const wrapped = await wrapKey(await wrappingKeyOf(next[name], name, keys.epoch), opened[name])
    return [toBase64url(wrapped), ...keys.previous[name]].slice(0, maxPreviousKeys)
  }
  const previous = { directory: await before("directory"), clinical: await before("clinical") }
  return { keys: { epoch: next.epoch, sealed: await sealAll(place, next, holders), previous }, opened: next }
}

/**
 * What wraps the DEK of a version of a file: the clinical key of its epoch, and `share`, 32 bytes that the cloud keeps apart and destroys with the file. Neither opens anything
 * alone.
 */
export const contentKey = (
  clinical: Bytes,
  share: string,
  { recordId, version }: { readonly recordId: string; readonly version: number },
): Promise<Bytes> => derive(concat(clinical, fromBase64url(share)), "practice-content", recordId, version)

/** The key of an epoch, from the newest back. `CryptoFailure` for one that isn't reached, or that its holder has no key for. */
export const practiceKeyAt = (
  { previous, epoch: newest }: PracticeKeys,
  opened: OpenedKeys,
  name: KeyName,
  epoch: number,
): Promise<Bytes> =>
  orFailure(async () => {
    let key = opened[name]
    if (key === undefined || opened.epoch !== newest || epoch > newest || epoch < 1) throw new CryptoFailure()
    for (let at = newest - 1; at >= epoch; at--) {
      const wrapped = previous[name][newest - 1 - at]
      if (wrapped === undefined) throw new CryptoFailure()
      key = await unwrapKey(await wrappingKeyOf(key, name, at), fromBase64url(wrapped))
    }
    return key
  })
