import { isLocal } from "../../protocol/address.ts"
import {
  type Card,
  cardHash,
  cardKey,
  cardProof,
  categoryWrappingKey,
  deriveCardKeys,
  locatorHash,
} from "../../protocol/card.ts"
import { type Bytes, fromBase64url, toBase64url, toHex } from "../../protocol/crypto/bytes.ts"
import { sha256, unwrapKey } from "../../protocol/crypto/primitives.ts"
import { type EmergencyAnswer, openAnswer } from "../../protocol/emergency-answer.ts"
import { IntegrityFailure, orFail } from "../../protocol/integrity.ts"
import {
  type Manifest,
  verifyAccount,
  verifyDescent,
  verifyManifest,
  verifyPage,
  verifyPageList,
} from "../../protocol/manifest.ts"
import {
  categories as allCategories,
  type Category,
  grantSeconds,
  statementToleranceSeconds,
} from "../../protocol/primitives.ts"
import type { ProviderKeys } from "../../protocol/provider-keys.ts"
import type { Descriptor, RecordMetadata, WrappedCategoryKey } from "../../protocol/record.ts"
import { generateSealingKeyPair, sealingKeyThumbprint } from "../../protocol/sealing.ts"
import type { SealingKey } from "../../protocol/sealing-key.ts"
import { verifyNotOlder, verifySigners } from "../../protocol/signers.ts"
import { type StatementAlgorithm, signStatement, statementHash } from "../../protocol/statement.ts"
import { type Api, apiAt } from "../api.ts"
import type { IndexEntry } from "../index-entry.ts"
import type { Receipt } from "../receipt.ts"
import { stamp } from "../stamp.ts"
import { openedWhole } from "../transfer/download.ts"
import type { Transfer } from "../transfer/progress.ts"
import { type CategoryKeys, categoryKeys, type GivenKey } from "./category-keys.ts"
import { hold } from "./held.ts"

/** A professional's certificate and the key it names. The key may stay in a card reader or a key store that only signs. */
export interface Credential {
  /** DER, the professional's own first. */
  readonly chain: readonly Bytes[]
  readonly alg: StatementAlgorithm
  readonly privateKey: CryptoKey
}

/** A running emergency access: of one patient, through one card, for one professional. */
export interface Access {
  readonly api: Api
  readonly entry: IndexEntry
  readonly fingerprint: string
  /** Absent while its key is locked away: what is there is read all the same, and nothing is signed. */
  credential: Credential | undefined
  readonly grantId: string
  /** RFC 3339; the cloud's word, but not later than a grant can last. */
  readonly expiresAt: string
  readonly categories: readonly Category[]
  readonly keys: CategoryKeys
  /** The newest manifest seen in this access. */
  manifest: Manifest
  /** The summary's records, to be shown first. */
  readonly summary: readonly Descriptor[]
  readonly urls: EmergencyAnswer["urls"]
  /** What contributions are sealed to: the account key of the patient's manifest. */
  readonly account: { readonly number: number; readonly key: SealingKey }
  /** The signed request. */
  readonly statement: string
  /**
   * The newest checkpoint of the provider's that the app knows, which its statements carry: the one it was given, and once the session is open no other
   * than a verified one. The app keeps it for its next access to a cloud of this provider (`entry.provider`).
   */
  checkpoint: string | undefined
  /** Opens the session, and ends the access; spent by `sdk/hcp/session.ts`. */
  readonly ticket: string
  /** Set once the session has been asked for. */
  opening?: Promise<HcpSession>
  /**
   * The provider's signatures under this access and each contribution, each with the event that tells the patient: evidence, should their trail say
   * otherwise. The first comes with the session, so that the summary doesn't wait for it.
   */
  readonly receipts: Receipt[]
}

/** The session of an access, and who signs its receipts. */
export interface HcpSession {
  readonly accessToken: string
  readonly expiresAt: string
  readonly provider: ProviderKeys
}

const openKeys = async (qrHalf: Bytes, answer: EmergencyAnswer): Promise<CategoryKeys> => {
  const whole = await cardKey(qrHalf, fromBase64url(answer.cloudShare))
  const openKey = async ({ category, epoch, wrappedKey }: WrappedCategoryKey): Promise<GivenKey> => {
    const key = await unwrapKey(await categoryWrappingKey(whole, category, epoch), fromBase64url(wrappedKey))
    return { category, epoch, key, previous: [] }
  }
  const keys = categoryKeys(await Promise.all(answer.wrappedCategoryKeys.map(openKey)))
  const opened = answer.wrappedCategoryKeys.map(({ category }) => category)
  for (const { category, ...history } of answer.keyHistory) if (opened.includes(category)) keys.learn(category, history)
  return keys
}

/** When an access ends is the cloud's word, within what a grant can be. */
const requirePlausibleEnd = (expiresAt: string): void => {
  const left = (Date.parse(expiresAt) - Date.now()) / 1000
  if (left < -statementToleranceSeconds || left > grantSeconds + statementToleranceSeconds)
    throw new IntegrityFailure("reply-invalid")
}

/** What of the request needs nothing of the index: made while that is asked. `ephemeral`: the pair that the answer is sealed to. */
const prepare = async (card: Card, { chain: [leaf] }: Credential) => {
  if (leaf === undefined) throw new TypeError("a credential has a certificate")
  const [ephemeral, keys, locator, certificate] = await Promise.all([
    generateSealingKeyPair(),
    deriveCardKeys(card.secret),
    locatorHash(card.locator),
    sha256(leaf),
  ])
  const ofRequest = { certificate: toHex(certificate), ephemeral: await sealingKeyThumbprint(ephemeral.publicKey) }
  return { ephemeral, keys, locatorHash: locator, ofRequest }
}
type Prepared = Awaited<ReturnType<typeof prepare>>

/** The one request that opens a record, signed. */
const ask = async (
  card: Card,
  { cloudId, patientId, cardId }: IndexEntry,
  credential: Credential,
  { ephemeral, keys, ofRequest, checkpoint, ...prepared }: Prepared & { readonly checkpoint: string | undefined },
): Promise<string> => {
  const claims = stamp()
  const ofCard = { patientId, cardId, fingerprint: card.fingerprint, locatorHash: prepared.locatorHash }
  const proof = await cardProof(keys.proofKey, { aud: cloudId, ...ofCard, jti: claims.jti, ...ofRequest })
  return signStatement({
    typ: "emergency-access",
    alg: credential.alg,
    privateKey: credential.privateKey,
    x5c: credential.chain,
    payload: {
      aud: cloudId,
      ...claims,
      ...(checkpoint === undefined ? {} : { checkpoint }),
      ...ofCard,
      ephemeral: ephemeral.publicKey,
      proof,
    },
  })
}

/** That the first page of the summary is what the manifest names. */
const verifySummary = async (manifest: Manifest, { pageList, summary }: EmergencyAnswer): Promise<void> => {
  if (pageList === undefined) throw new IntegrityFailure("page-differs")
  await verifyPageList(manifest, "summary", pageList)
  await verifyPage(pageList, 0, summary)
}

/** That an answer is the patient's: their signers, the newest manifest that the index has witnessed, this very card with its newest keys. */
const verifyAnswer = async (
  card: Card,
  { cloudId, patientId, cardId, manifest: witness, signers: known }: IndexEntry,
  answer: EmergencyAnswer,
  { keys: { proofKey }, locatorHash }: Prepared,
): Promise<{ manifest: Manifest; categories: Category[] }> => {
  const signers = await verifySigners(answer.signers, { fingerprint: card.fingerprint, record: { cloudId, patientId } })
  // Or a device that was ended could sign on, for a cloud that shows its old list.
  verifyNotOlder(signers, known)
  const manifest = await verifyManifest(answer.manifest, { signers, patientId, cloudId })
  await verifyDescent(manifest, answer.links, witness)
  await verifyAccount(manifest, answer.account)
  const keys = answer.wrappedCategoryKeys
  const { cloudShare, sealedHash } = answer
  // Or the cloud could leave out what the card opens, or give older keys, and nobody would look for it.
  const listed = await orFail("card-not-listed", () =>
    cardHash({ cardId, keys, cloudShare, proofKey: toBase64url(proofKey), locatorHash, hri: card.hri, sealedHash }),
  )
  if (!manifest.claims.cards.some((each) => each.cardId === cardId && each.hash === listed))
    throw new IntegrityFailure("card-not-listed")
  const opened = keys.map(({ category }) => category)
  const categories = allCategories.filter((category) => opened.includes(category))
  requirePlausibleEnd(answer.expiresAt)
  // Of a card that doesn't open the summary there is none, or any descriptor could be passed off as one.
  if (categories.includes("summary")) await verifySummary(manifest, answer)
  else if (answer.summary.length > 0) throw new IntegrityFailure("page-differs")
  return { manifest, categories }
}

/** What an app has at hand for an access, where it has. */
interface Options {
  readonly ocsp?: Bytes
  /** The newest checkpoint that was kept of a provider, by the thumbprint of its key: any card can claim a cloud's id. */
  checkpointOf?(cloudId: string): Promise<string | undefined>
}

/**
 * Signs the one request that opens a record in an emergency, and verifies the answer against the card: it must come sealed to a key inside the request, and
 * the manifest must be by the patient whose fingerprint is printed, and no older than the HRI has witnessed. `ocsp`: an OCSP answer (DER, 8 KiB at most)
 * for the certificate that is less than an hour old, where the app has one: it helps while the cloud can't reach the authority. `looked`: what the index
 * says, or will say: until it does, the pair that the answer is sealed to is made. `checkpointOf`: the newest
 * checkpoint that the app kept of a provider (`entry.provider`) from an earlier access; the patient's devices hold it against theirs.
 */
export const emergencyAccess = async (
  card: Card,
  looked: IndexEntry | Promise<IndexEntry>,
  credential: Credential,
  { ocsp, checkpointOf }: Options = {},
): Promise<Access> => {
  const [entry, prepared] = await Promise.all([looked, prepare(card, credential)])
  const { cloud, cloudId, patientId } = entry
  const checkpoint = await checkpointOf?.(entry.cloudId)
  // The card names the index, and the index the cloud: on this very machine only where both are.
  const api = apiAt(cloud, { local: isLocal(card.hri) })
  const statement = await ask(card, entry, credential, { ...prepared, checkpoint })
  const { sealed } = await api.call("hcp/emergency-access", {
    statement,
    witness: entry.manifest.number,
    ...(ocsp === undefined ? {} : { ocsp: toBase64url(ocsp) }),
  })
  const answer = await openAnswer(
    { cloudId, patientId, statementHash: await statementHash(statement) },
    prepared.ephemeral,
    sealed,
  )
  const { manifest, categories } = await verifyAnswer(card, entry, answer, prepared)
  const keys = await orFail("record-unreadable", () => openKeys(prepared.keys.qrHalf, answer))
  const { grantId, expiresAt, summary, urls, ticket, account } = answer
  return {
    api,
    entry,
    fingerprint: card.fingerprint,
    credential,
    grantId,
    expiresAt,
    categories,
    keys,
    manifest,
    summary,
    urls,
    account: { number: manifest.claims.account.number, key: account },
    statement,
    checkpoint,
    ticket,
    receipts: [],
  }
}

/** A record as a professional reads it. */
export interface ReadRecord {
  readonly descriptor: Descriptor
  readonly title: string
  readonly contentType: string
  /** Of what a professional added: hex SHA-256 of their certificate. Absent: the patient's device wrote it. */
  readonly author?: string
  readonly bytes: Bytes
}

/** What a record is, without its bytes. */
export const introduced = (
  descriptor: Descriptor,
  { title, contentType, author }: RecordMetadata,
): Omit<ReadRecord, "bytes"> => ({ descriptor, title, contentType, ...(author === undefined ? {} : { author }) })

/** A record of the summary, before it is fetched: by the address that came with the access, nothing more is asked of the cloud. */
interface DescribedRecord {
  readonly descriptor: Descriptor
  readonly metadata: RecordMetadata
  read(transfer?: Transfer): Promise<ReadRecord>
}

/** The summary's records and what each is, so that who must know the patient first waits for no picture. */
export const describeSummary = (access: Access): Promise<DescribedRecord[]> =>
  Promise.all(
    access.summary.map(async (descriptor) => {
      const { recordId, version } = descriptor
      const signed = access.urls.find((other) => other.recordId === recordId && other.version === version)
      if (signed === undefined) throw new IntegrityFailure("reply-invalid")
      const { metadata, held } = await hold(access, { descriptor }, signed.url)
      return {
        descriptor,
        metadata,
        read: async (transfer = {}) => ({
          ...introduced(descriptor, metadata),
          bytes: await openedWhole(held, transfer),
        }),
      }
    }),
  )

/** All of the summary's records, read. */
export const readSummaryRecords = async (access: Access, transfer: Transfer = {}): Promise<ReadRecord[]> =>
  Promise.all((await describeSummary(access)).map(({ read }) => read(transfer)))
