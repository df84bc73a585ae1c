/** The patient's account key: what others seal to (docs/protocol.md, "Account key"). */
import * as z from "zod/mini"
import { maxSigners } from "./claims.ts"
import { type Bytes, utf8 } from "./crypto/bytes.ts"
import { CryptoFailure, orFailure } from "./crypto/failure.ts"
import { parseJson } from "./crypto/strict-json.ts"
import { sameKey } from "./keys.ts"
import { ordinal } from "./primitives.ts"
import {
  exportSealingKeyPair,
  generateSealingKeyPair,
  importSealingKeyPair,
  openSealed,
  type SealingKeyPair,
  sealInfo,
  sealingKeyThumbprint,
  sealTo,
} from "./sealing.ts"
import { type SealingKey, sealedText, sealingKey, sealingPrivateKey } from "./sealing-key.ts"

/** How many account keys before the newest can be opened. Older ones are let go: ending a signer must never fail for want of room. */
export const maxPreviousKeys = 64

export const accountKey = z.strictObject({
  number: ordinal,
  publicKey: sealingKey,
  /** The private half, sealed to the root and to each signer, whose list names the thumbprint of `to`. */
  sealed: z
    .array(z.strictObject({ to: sealingKey, sealed: sealedText(3072) }))
    .check(z.minLength(1), z.maxLength(maxSigners + 1)),
  /** The private halves of `number - 1`, `- 2`, ..., each sealed to this key. */
  previous: z.array(sealedText(3072)).check(z.maxLength(maxPreviousKeys)),
})
export type AccountKey = z.infer<typeof accountKey>
/** What others than the patient's own devices need of it. */
export const namedAccountKey = z.pick(accountKey, { number: true, publicKey: true })

/** Whose account key it is, and where it is kept. */
export type AccountPlace = { readonly cloudId: string; readonly patientId: string }

const infoFor = async (
  kind: "account-key" | "account-key-before",
  { cloudId, patientId }: AccountPlace,
  recipient: SealingKey,
  { object, epoch }: { object: number; epoch: number },
) =>
  sealInfo({
    kind,
    aud: cloudId,
    subject: patientId,
    recipient: await sealingKeyThumbprint(recipient),
    object: String(object),
    epoch,
  })

const sealPrivate = async (
  kind: "account-key" | "account-key-before",
  place: AccountPlace,
  recipient: SealingKey,
  of: { object: number; epoch: number },
  pair: SealingKeyPair,
): Promise<string> =>
  sealTo(recipient, await infoFor(kind, place, recipient, of), utf8(JSON.stringify(await exportSealingKeyPair(pair))))

const openPrivate = async (
  kind: "account-key" | "account-key-before",
  place: AccountPlace,
  own: SealingKeyPair,
  of: { object: number; epoch: number },
  sealed: string,
): Promise<SealingKeyPair> =>
  orFailure(async () => {
    const opened = await openSealed(own, await infoFor(kind, place, own.publicKey, of), sealed)
    const exported = z.parse(sealingPrivateKey, parseJson(opened))
    return importSealingKeyPair(exported, { extractable: true })
  })

const sealedForAll = (place: AccountPlace, number: number, pair: SealingKeyPair, holders: readonly SealingKey[]) =>
  Promise.all(
    holders.map(async (holder) => ({
      to: holder,
      sealed: await sealPrivate("account-key", place, holder, { object: number, epoch: number }, pair),
    })),
  )

/** The first account key, sealed to `holders`: the root and the first device. */
export async function createAccountKey(
  place: AccountPlace,
  holders: readonly SealingKey[],
): Promise<{ accountKey: AccountKey; pair: SealingKeyPair }> {
  const pair = await generateSealingKeyPair({ extractable: true })
  const sealed = await sealedForAll(place, 1, pair, holders)
  return { accountKey: { number: 1, publicKey: pair.publicKey, sealed, previous: [] }, pair }
}

/** The private half, by a device that it is sealed to. `CryptoFailure` where it isn't, or is another's. */
export function openAccountKey(place: AccountPlace, account: AccountKey, own: SealingKeyPair): Promise<SealingKeyPair> {
  return orFailure(async () => {
    const copy = account.sealed.find(
      ({ to }) => to.mlkem768 === own.publicKey.mlkem768 && sameKey(to.p256, own.publicKey.p256),
    )
    if (copy === undefined) throw new CryptoFailure()
    const { number } = account
    const pair = await openPrivate("account-key", place, own, { object: number, epoch: number }, copy.sealed)
    if ((await sealingKeyThumbprint(pair.publicKey)) !== (await sealingKeyThumbprint(account.publicKey)))
      throw new CryptoFailure()
    return pair
  })
}

/** The pair of `number`, which may be one before the newest. `CryptoFailure` for a number that there isn't. */
export function accountKeyOf(
  place: AccountPlace,
  account: AccountKey,
  newest: SealingKeyPair,
  number: number,
): Promise<SealingKeyPair> {
  return orFailure(async () => {
    if (number === account.number) return newest
    const sealed = account.previous[account.number - 1 - number]
    if (sealed === undefined) throw new CryptoFailure()
    return openPrivate("account-key-before", place, newest, { object: number, epoch: account.number }, sealed)
  })
}

/** The same account key, sealed to other holders: a signer was added. */
export async function shareAccountKey(
  place: AccountPlace,
  account: AccountKey,
  pair: SealingKeyPair,
  holders: readonly SealingKey[],
): Promise<AccountKey> {
  return { ...account, sealed: await sealedForAll(place, account.number, pair, holders) }
}

/**
 * The next account key, for those who remain: a signer was ended. The keys before lie under it; one that doesn't open is carried on as it is, or who
 * was ended could have made it so that nobody ends it.
 */
export async function nextAccountKey(
  place: AccountPlace,
  account: AccountKey,
  newest: SealingKeyPair,
  holders: readonly SealingKey[],
): Promise<{ accountKey: AccountKey; pair: SealingKeyPair }> {
  const number = account.number + 1
  const pair = await generateSealingKeyPair({ extractable: true })
  const under = (each: SealingKeyPair, object: number) =>
    sealPrivate("account-key-before", place, pair.publicKey, { object, epoch: number }, each)
  const older = account.previous.slice(0, maxPreviousKeys - 1).map(async (as, i) => {
    const object = account.number - 1 - i
    const opened = await accountKeyOf(place, account, newest, object).catch(() => undefined)
    return opened === undefined ? as : under(opened, object)
  })
  const previous = await Promise.all([under(newest, account.number), ...older])
  const sealed = await sealedForAll(place, number, pair, holders)
  return { accountKey: { number, publicKey: pair.publicKey, sealed, previous }, pair }
}

/** What is sealed to the account key, and which one of its kind. */
export type AccountObject = {
  readonly kind: "card" | "contribution" | "delivery-address"
  /** The card's, the contribution's or the address's id. */
  readonly object: string
  /** Of a contribution: its descriptor's; else 0. */
  readonly epoch: number
}

const objectInfo = async ({ cloudId, patientId }: AccountPlace, of: AccountObject, recipient: SealingKey) =>
  sealInfo({ ...of, aud: cloudId, subject: patientId, recipient: await sealingKeyThumbprint(recipient) })

/** `plaintext` sealed to the patient, whoever seals it. */
export async function sealToAccount(
  place: AccountPlace,
  account: SealingKey,
  of: AccountObject,
  plaintext: Bytes,
): Promise<string> {
  return sealTo(account, await objectInfo(place, of, account), plaintext)
}

/** What was sealed to the patient as this object. `CryptoFailure` for anything else. */
export async function openFromAccount(
  place: AccountPlace,
  account: SealingKeyPair,
  of: AccountObject,
  sealed: string,
): Promise<Bytes> {
  return openSealed(account, await objectInfo(place, of, account.publicKey), sealed)
}
