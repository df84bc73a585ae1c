/** The addresses by which practices may send to the patient (docs/protocol.md, "Delivery address"). */
import * as z from "zod/mini"
import type { AuditEvent } from "../../contract/audit.ts"
import type { ResponseOf } from "../../contract/routes.ts"
import { openFromAccount, sealToAccount } from "../../protocol/account-key.ts"
import { sealedHash } from "../../protocol/card.ts"
import { type StatementClaims, statements } from "../../protocol/claims.ts"
import type { Bytes } from "../../protocol/crypto/bytes.ts"
import {
  addressIdOf,
  deliveryCode,
  keptAs,
  keptContents,
  readKeptContents,
  sealDeliveryAddress,
} from "../../protocol/delivery-address.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import { sealingKeyThumbprint } from "../../protocol/sealing.ts"
import { clocksApart, isWhenSigned } from "../../protocol/signed-time.ts"
import { verifyByEarlierSigner } from "../../protocol/signers.ts"
import { newSpokenSecret, spokenWords } from "../../protocol/spoken-secret.ts"
import { statementHash } from "../../protocol/statement.ts"
import { readAuditTrail } from "./audit-trail.ts"
import { accountPair, type Contents, readContents } from "./contents.ts"
import { heedCheckpoint } from "./heard-checkpoints.ts"
import { callAsPatient, type PatientSession, placeOf, signAsPatient, wholeList } from "./session.ts"

/** What is passed on of an address. */
export interface SpokenAddress {
  /** What the patient calls it: for which practice it is. */
  readonly name: string
  /** 12 words, to be told the practice by voice or on paper, and the same as a code to be scanned. */
  readonly words: string
  readonly code: string
  readonly secret: Bytes
}

/** An address as its patient sees it. */
export interface DeliveryAddress {
  readonly addressId: string
  /**
   * `active`: a practice can send by it, as far as the cloud says. `revoked`: the patient's device signed that, or the trail tells of it. `ended`: a device was ended since, and with it the
   * key that is sealed to: the practice needs another address.
   */
  readonly status: "active" | "revoked" | "ended"
  /** Absent where the account key of its time can't be opened any more. */
  readonly spoken?: SpokenAddress
  /** When it was made, as the trail tells. */
  readonly madeAt: string
  /** When the trail tells that it was revoked first. */
  readonly revokedAt?: string
  /** The practice that sent first by it: the cloud's word; of each thing that was sent a professional signed it. */
  readonly practiceId?: string
}

type Listed = ResponseOf<"patient/list-delivery-addresses">["addresses"][number]

const spokenOf = (secret: Bytes, name: string): SpokenAddress => ({
  name,
  secret,
  words: spokenWords(secret),
  code: deliveryCode(secret),
})

/** Makes an address for one practice; `name`: what the patient calls it, at most 95 bytes. Whoever has the words can send what then waits for the patient. */
export const makeDeliveryAddress = async (
  session: PatientSession,
  name: string,
): Promise<SpokenAddress & { readonly addressId: string }> => {
  const { account, accountKey } = await readContents(session)
  const { cloudId, patientId } = placeOf(session)
  const secret = newSpokenSecret()
  const addressId = await addressIdOf(secret)
  const { number } = accountKey
  const kept = await sealToAccount(
    placeOf(session),
    account.publicKey,
    keptAs(addressId),
    keptContents({ secret, name }),
  )
  const thumbprint = await sealingKeyThumbprint(account.publicKey)
  const { fingerprint } = session
  await callAsPatient(session, "patient/make-delivery-address", {
    addressId,
    statement: await signAsPatient(session, "delivery-address", {
      addressId,
      action: "make",
      account: number,
      keptHash: await sealedHash(kept),
    }),
    sealed: await sealDeliveryAddress(secret, {
      cloudId,
      patientId,
      fingerprint,
      account: { number, thumbprint },
    }),
    kept,
  })
  return { addressId, ...spokenOf(secret, name) }
}

/** Lets nobody send by an address any more; what came by it stays, and is decided on as before. */
export const revokeDeliveryAddress = async (session: PatientSession, addressId: string): Promise<void> => {
  const statement = await signAsPatient(session, "delivery-address", { addressId, action: "revoke" })
  await callAsPatient(session, "patient/revoke-delivery-address", { addressId, statement })
}

const told = (events: readonly AuditEvent[], action: AuditEvent["action"], addressId: string) =>
  events.filter(
    ({ action: did, outcome, actor, subject }) =>
      did === action && outcome === "permitted" && actor.kind === "patient" && subject.addressId === addressId,
  )

/** What the patient signed of an address. */
const signedOf = async (
  session: PatientSession,
  { signers }: Contents,
  addressId: string,
  compact: string,
): Promise<StatementClaims<"delivery-address">> => {
  const { cloudId, patientId } = placeOf(session)
  const payload = await verifyByEarlierSigner(compact, "delivery-address", signers)
  const claims = z.parse(statements["delivery-address"], payload)
  if (claims.aud !== cloudId || claims.patientId !== patientId || claims.addressId !== addressId)
    throw new Error("of another address")
  await heedCheckpoint(session, claims.checkpoint)
  return claims
}

/** The secret and the name; `undefined` where the account key of its time is lost. */
const openKept = async (
  session: PatientSession,
  contents: Contents,
  { addressId, kept }: Listed,
  account: number,
): Promise<SpokenAddress | undefined> => {
  let opened: Bytes
  try {
    const pair = await accountPair(session, contents, account)
    opened = await openFromAccount(placeOf(session), pair, keptAs(addressId), kept)
  } catch {
    return undefined
  }
  const { secret, name } = readKeptContents(opened)
  if ((await addressIdOf(secret)) !== addressId) throw new Error("another secret")
  return spokenOf(secret, name)
}

/** The patient's own, by a signer's word that the trail tells of, with the secret that its id comes from. */
const openAddress = (
  session: PatientSession,
  contents: Contents,
  events: readonly AuditEvent[],
  listed: Listed,
): Promise<DeliveryAddress> =>
  orFail("delivery-address-invalid", async () => {
    const { addressId, statement, kept, practiceId, revocation } = listed
    const claims = await signedOf(session, contents, addressId, statement)
    if (claims.action !== "make" || claims.keptHash !== (await sealedHash(kept))) throw new Error("not what was made")
    const hash = await statementHash(statement)
    const made = told(events, "make-delivery-address", addressId).find(({ subject }) => subject.statementHash === hash)
    if (made === undefined || !isWhenSigned(made.at, claims.iat)) throw new Error("not told of when it was signed")
    const [revoked] = told(events, "revoke-delivery-address", addressId)
    if (revocation !== undefined && revoked === undefined) throw new Error("not told of when it was revoked")
    const isNewest = claims.account === contents.accountKey.number
    const spoken = await openKept(session, contents, listed, claims.account)
    return {
      addressId,
      status: revoked !== undefined ? "revoked" : isNewest ? "active" : "ended",
      ...(spoken && { spoken }),
      madeAt: made.at,
      ...(revoked !== undefined && { revokedAt: revoked.at }),
      ...(practiceId !== undefined && { practiceId }),
    }
  })

/** The addresses as the cloud lists them, unverified. */
export const listedAddresses = (session: PatientSession): Promise<Listed[]> =>
  wholeList(async (after) => {
    const { addresses, next } = await callAsPatient(session, "patient/list-delivery-addresses", { after })
    return { items: addresses, next }
  })

/** Whether something came by an address that had been revoked, whatever the cloud says of it: an event of the trail is later than the patient's. */
export const isAfterRevocation = ({ revokedAt }: Pick<DeliveryAddress, "revokedAt">, moment: string): boolean =>
  revokedAt !== undefined && Date.parse(moment) > Date.parse(revokedAt) + clocksApart * 1000

/** Addresses that were listed before the trail was read. `delivery-address-invalid` where one isn't the patient's. */
export const openAddresses = async (
  session: PatientSession,
  contents: Contents,
  { events, listed }: { readonly events: readonly AuditEvent[]; readonly listed: readonly Listed[] },
): Promise<DeliveryAddress[]> => {
  if (new Set(listed.map(({ addressId }) => addressId)).size !== listed.length)
    throw new IntegrityFailure("delivery-address-invalid")
  return Promise.all(listed.map((each) => openAddress(session, contents, events, each)))
}

/** Every address that the patient made, in force or not. */
export const listDeliveryAddresses = async (session: PatientSession): Promise<DeliveryAddress[]> => {
  // The list before the trail: whatever is listed is an event already.
  const listed = await listedAddresses(session)
  const events = await readAuditTrail(session)
  return openAddresses(session, await readContents(session), { events, listed })
}
