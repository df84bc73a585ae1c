import * as z from "zod/mini"
import { accountKey, namedAccountKey } from "../protocol/account-key.ts"
import {
  decidedPageLength,
  indexStatement,
  manifestStatement,
  memberListStatement,
  signerEndStatement,
  signerLists,
  statement,
} from "../protocol/claims.ts"
import { keptDeliveryAddress, sealedDeliveryAddress } from "../protocol/delivery-address.ts"
import { maxMembers } from "../protocol/practice/claims.ts"
import { keptSecret, sealedInvitation } from "../protocol/practice/invitation.ts"
import { practiceKeys } from "../protocol/practice/keys.ts"
import { sealedEntry } from "../protocol/practice/sealed-entry.ts"
import {
  category,
  consentKind,
  ecPublicJwk,
  hash,
  identifier,
  instant,
  jwe,
  jws,
  key32,
  maxSealedOpenPart,
  ocspAnswer,
  ordinal,
  profession,
  seconds,
} from "../protocol/primitives.ts"
import { type Descriptor, descriptor, keyPage, keyRing, pageLists, wrappedCategoryKeys } from "../protocol/record.ts"
import { sealedText, sealingKey } from "../protocol/sealing-key.ts"
import { signatureAlgorithms } from "../protocol/trust-policy.ts"
import { receiptedEvent } from "./audit.ts"

/**
 * Every item of the main table. `revision` counts the changes of an item: a change names the revision it was made from, so that
 * of two racing changes one wins and the other sees it lost.
 */
const stored = { revision: ordinal }
const amount = z.int().check(z.nonnegative())
/** Where sealed bytes lie: what the patient put or approved, and what professionals propose. */
export const buckets = ["records", "pending"] as const
const hexHash = z.string().check(z.regex(/^[0-9a-f]{64}$/))

export const itemSchemas = {
  patient: z.object({
    ...stored,
    kind: z.literal("patient"),
    patientId: identifier,
    status: z.enum(["unconfirmed", "active", "deactivating", "deactivated"]),
    /** All three are gone once deactivated. */
    root: z.optional(z.object({ signing: ecPublicJwk, sealing: sealingKey })),
    signers: z.optional(signerLists),
    /** `copies`: the revision of the `patient-keys` that belong to it. */
    accountKey: z.optional(z.extend(namedAccountKey, { copies: ordinal })),
    /** The signed deactivation. */
    statement: z.optional(statement),
    createdAt: instant,
    /** Unconfirmed accounts vanish. */
    ttl: z.optional(seconds),
  }),
  /**
   * What nobody but the patient's own devices ask for, a few times larger than all else there is of an account, which almost every request reads: the
   * sealed copies of the account key, and the bundle that the recovery phrase opens.
   */
  "patient-keys": z.object({
    ...stored,
    kind: z.literal("patient-keys"),
    patientId: identifier,
    ...z.pick(accountKey, { sealed: true, previous: true }).shape,
    recoveryBundle: jwe(4096),
    /** With the account, where that is unconfirmed. */
    ttl: z.optional(seconds),
  }),
  /** The newest state of a consent; each signed version stays as a `consent-version`. */
  consent: z.object({
    ...stored,
    kind: z.literal("consent"),
    patientId: identifier,
    consent: consentKind,
    status: z.enum(["active", "inactive"]),
    statement,
    receipt: jws(4096),
    /** The text that was signed. */
    document: z.record(z.string(), z.json()),
  }),
  "consent-version": z.object({
    ...stored,
    kind: z.literal("consent-version"),
    patientId: identifier,
    consent: consentKind,
    number: ordinal,
    status: z.enum(["active", "inactive"]),
    statement,
    receipt: jws(4096),
    document: z.record(z.string(), z.json()),
  }),
  /** The newest committed version of a record. */
  record: z.object({
    ...stored,
    kind: z.literal("record"),
    patientId: identifier,
    recordId: identifier,
    descriptor,
    /** The patient's manifest has struck it: its versions are being erased, or wait for that. */
    struck: z.optional(z.literal(true)),
  }),
  "record-version": z.object({
    ...stored,
    kind: z.literal("record-version"),
    patientId: identifier,
    recordId: identifier,
    version: ordinal,
    descriptor,
    committedAt: instant,
  }),
  /** A record that goes up in parts, from its beginning to its commit. */
  upload: z.object({
    ...stored,
    kind: z.literal("upload"),
    patientId: identifier,
    bucket: z.enum(buckets),
    recordId: identifier,
    version: ordinal,
    objectId: identifier,
    category,
    /** Bytes of the sealed record. */
    size: z.int().check(z.positive()),
    /** The object store's name for it; no client learns it or gives it. */
    uploadId: z.string().check(z.minLength(1)),
    /** Whose contribution it is: nobody else adds to it or ends it. */
    account: z.optional(hexHash),
    /** From where the object store copies it, where no client sends it: a contribution that is being approved. */
    from: z.optional(z.literal("pending")),
    startedAt: instant,
    ttl: seconds,
  }),
  manifest: z.object({
    ...stored,
    kind: z.literal("manifest"),
    patientId: identifier,
    number: ordinal,
    hash,
    manifest: manifestStatement,
    keyRing,
    pageLists,
  }),
  /** Every manifest there was: what leads from the newest back to one that somebody knows. */
  "manifest-version": z.object({
    ...stored,
    kind: z.literal("manifest-version"),
    patientId: identifier,
    number: ordinal,
    manifest: manifestStatement,
  }),
  "manifest-page": z.object({
    ...stored,
    kind: z.literal("manifest-page"),
    patientId: identifier,
    category,
    page: z.int().check(z.nonnegative()),
    descriptors: z.array(descriptor),
  }),
  /** Category keys that are older than those in the ring. */
  "key-page": z.object({
    ...stored,
    kind: z.literal("key-page"),
    patientId: identifier,
    category,
    page: z.int().check(z.nonnegative()),
    ...keyPage.shape,
  }),
  /** Ids of decided contributions, in the order they were decided. */
  "decided-page": z.object({
    ...stored,
    kind: z.literal("decided-page"),
    patientId: identifier,
    page: z.int().check(z.nonnegative()),
    ids: z.array(identifier).check(z.maxLength(decidedPageLength)),
  }),
  card: z.object({
    ...stored,
    kind: z.literal("card"),
    patientId: identifier,
    cardId: identifier,
    status: z.enum(["active", "revoked"]),
    categories: z.array(category),
    createdAt: instant,
    /** Where the index keeps its entry, and which index. */
    locatorHash: hash,
    hri: z.url(),
    /** The patient's signed revocation. */
    revocation: z.optional(statement),
    /** What the patient says to anybody who holds it: gone once revoked. Of what was taken back the number and the statement stay. */
    openPart: z.optional(
      z.object({
        number: ordinal,
        statement: jws(8192),
        /** `proofHash`: of the proof that the front is at hand. */
        open: z.optional(z.object({ proofHash: hash, sealed: jwe(maxSealedOpenPart) })),
      }),
    ),
    /** All four are gone once revoked: the printed card is dead for good. */
    proofKey: z.optional(key32),
    cloudShare: z.optional(key32),
    wrappedCategoryKeys: z.optional(wrappedCategoryKeys),
    sealed: z.optional(sealedText(4096)),
  }),
  grant: z.object({
    ...stored,
    kind: z.literal("grant"),
    patientId: identifier,
    grantId: identifier,
    cardId: identifier,
    categories: z.array(category),
    /** Of the professional's key; their temporary account and its session tokens carry it. */
    account: hexHash,
    /** SHA-256 of the certificate that was shown: evidence. An ECDSA signature has a second form, and with it a certificate a second hash. */
    certificate: hexHash,
    certificateEndsAt: instant,
    /** What the certificate's authority lets its key sign with, and it signed with: contributions are by no other. */
    alg: z.enum(signatureAlgorithms),
    profession,
    /** Of the consent `emergency-share` that it rests on: one that is signed anew brings no grant back. */
    consentRevision: ordinal,
    statement,
    /** The OCSP answer by which the certificate wasn't revoked: evidence. Absent where it is too long, or that was known otherwise. */
    ocsp: z.optional(ocspAnswer),
    /** SHA-256 of the ticket that opens a session. */
    ticketHash: hash,
    grantedAt: instant,
    expiresAt: instant,
    haltedAt: z.optional(instant),
    /** The patient's signed order to end it. */
    halt: z.optional(statement),
    /** When its professional said that it is over. */
    endedAt: z.optional(instant),
    /** Which tells of the access in the patient's audit trail. */
    event: receiptedEvent,
  }),
  /** An hour of the clock in which somebody read a card's open part: the patient is told of each. */
  reading: z.object({
    ...stored,
    kind: z.literal("reading"),
    patientId: identifier,
    cardId: identifier,
    /** When it began. */
    hour: seconds,
    ttl: seconds,
  }),
  /** When there was an access: grants in the order of their times. */
  "grant-time": z.object({
    ...stored,
    kind: z.literal("grant-time"),
    patientId: identifier,
    grantedAt: instant,
    grantId: identifier,
  }),
  contribution: z.object({
    ...stored,
    kind: z.literal("contribution"),
    patientId: identifier,
    contributionId: identifier,
    /** The access within which it was added; else the delivery address and the practice. */
    grantId: z.optional(identifier),
    addressId: z.optional(identifier),
    practiceId: z.optional(identifier),
    status: z.enum(["pending", "approved", "rejected"]),
    descriptor,
    profession,
    statement,
    /** Of what a practice sent: when its professional was certified, and the OCSP answer, as of a grant. */
    certifiedAt: z.optional(instant),
    ocsp: z.optional(ocspAnswer),
    contributedAt: instant,
    /** Which tells of it in the patient's audit trail. */
    event: receiptedEvent,
    /** The patient's signed decision. */
    decision: z.optional(statement),
    decidedAt: z.optional(instant),
  }),
  /** By what one practice may send to the patient. It stays once revoked: what was sent is verified by it. */
  "delivery-address": z.object({
    ...stored,
    kind: z.literal("delivery-address"),
    patientId: identifier,
    addressId: identifier,
    status: z.enum(["active", "revoked"]),
    /** Of the account key that it dies with. */
    account: ordinal,
    statement,
    sealed: sealedDeliveryAddress,
    kept: keptDeliveryAddress,
    /** The practice that sent first by it. */
    practiceId: z.optional(identifier),
    /** The patient's signed revocation. */
    revocation: z.optional(statement),
    createdAt: instant,
  }),
  /** Whose address it is: there while it is in force. */
  "delivery-locator": z.object({
    ...stored,
    kind: z.literal("delivery-locator"),
    addressId: identifier,
    patientId: identifier,
  }),
  /** An hour of the clock in which a practice sent something by an address: the patient is told of each. */
  delivery: z.object({
    ...stored,
    kind: z.literal("delivery"),
    patientId: identifier,
    addressId: identifier,
    /** When it began. */
    hour: seconds,
    ttl: seconds,
  }),
  /** The temporary account of a professional, one per key: `account` is the SHA-256 of its SubjectPublicKeyInfo. */
  "hcp-account": z.object({
    ...stored,
    kind: z.literal("hcp-account"),
    account: hexHash,
    /** The earlier of the certificate's end and 24 h after the last session was opened. */
    expiresAt: instant,
  }),
  /** A statement that has been accepted; for as long as its `iat` could be accepted again. */
  "used-statement": z.object({
    ...stored,
    kind: z.literal("used-statement"),
    signer: z.string(),
    jti: identifier,
    ttl: seconds,
  }),
  /** What somebody did lately that may not be done without end: when, and of or by what. Oldest first. */
  rate: z.object({
    ...stored,
    kind: z.literal("rate"),
    /** What is counted, and of whom. */
    subject: z.string(),
    entries: z.array(z.object({ at: seconds, of: z.string() })),
    ttl: seconds,
  }),
  /** The ends of signers by statement: those by the root, and those by signers, apart, so that no signer is in the root's way. */
  "signer-end": z.object({
    ...stored,
    kind: z.literal("signer-end"),
    patientId: identifier,
    by: z.enum(["root", "signers"]),
    /** The number of the root's list that they were made under: a later one overrules them. */
    under: ordinal,
    /** Oldest first; each ended somebody. */
    statements: z.array(signerEndStatement).check(z.minLength(1)),
  }),
  /** A device's request to destroy the account, while it waits. Apart from the patient's other items, so that a clock finds all of them. */
  deactivation: z.object({ ...stored, kind: z.literal("deactivation"), patientId: identifier, statement }),
  /** That an account is being destroyed, until nothing is left of it: a clock finishes what is interrupted. */
  destruction: z.object({ ...stored, kind: z.literal("destruction"), patientId: identifier }),
  /** A practice, with its newest list of members and the end of its chain of changes: every change goes through it. */
  practice: z.object({
    ...stored,
    kind: z.literal("practice"),
    practiceId: identifier,
    status: z.enum(["unconfirmed", "active", "deactivating"]),
    /** What was said last of its end: asked for, which waits; stopped; or ordered, when it is being destroyed. */
    deactivation: z.optional(statement),
    root: z.object({ signing: ecPublicJwk, sealing: sealingKey }),
    members: z.object({ number: ordinal, hash, statement: memberListStatement }),
    /** Of the canonical keys. */
    keysHash: hash,
    change: z.object({ number: ordinal, hash, statement }),
    files: amount,
    /** Of all versions. */
    bytes: amount,
    /** Those that wait for somebody, and some whose time is over. */
    invitations: z.array(identifier).check(z.maxLength(maxMembers)),
    /** Of members who ended all sign-ins: since when a token must be, to be good. */
    signedOut: z.record(identifier, seconds),
    createdAt: instant,
    /** Unconfirmed ones vanish. */
    ttl: z.optional(seconds),
  }),
  /** That the end of a practice waits, or is carried out: a clock finds it so. */
  "practice-end": z.object({ ...stored, kind: z.literal("practice-end"), practiceId: identifier }),
  /** That there was a practice, and by what statement it was destroyed: its id is nobody's any more. */
  "practice-tombstone": z.object({
    ...stored,
    kind: z.literal("practice-tombstone"),
    practiceId: identifier,
    statement: z.optional(statement),
  }),
  /** What only devices that begin, or whose keys changed, ask for. */
  "practice-keys": z.object({
    ...stored,
    kind: z.literal("practice-keys"),
    practiceId: identifier,
    keys: practiceKeys,
    recoveryBundle: jwe(4096),
    ttl: z.optional(seconds),
  }),
  /** Somebody who works there: what others seal to them by, and the `practice-member` by their certificate, where they have one. */
  "practice-member": z.object({
    ...stored,
    kind: z.literal("practice-member"),
    practiceId: identifier,
    memberId: identifier,
    sealing: sealingKey,
    certificate: z.optional(statement),
    /** What was found of the certificate when they signed in last, with the OCSP answer where there was one. */
    certified: z.optional(z.object({ at: instant, profession, ocsp: z.optional(ocspAnswer) })),
    ttl: z.optional(seconds),
  }),
  /** What an owner invited somebody with, and who came. */
  invitation: z.object({
    ...stored,
    kind: z.literal("invitation"),
    invitationId: identifier,
    practiceId: identifier,
    memberId: identifier,
    statement,
    sealed: sealedInvitation,
    kept: keptSecret,
    joined: z.optional(
      z.object({
        signing: ecPublicJwk,
        sealing: sealingKey,
        mac: hash,
        certificate: z.optional(statement),
        /** Their e-mail address was confirmed. */
        confirmed: z.boolean(),
      }),
    ),
    ttl: seconds,
  }),
  /** Every list of members that there was. */
  "member-list": z.object({
    ...stored,
    kind: z.literal("member-list"),
    practiceId: identifier,
    number: ordinal,
    statement: memberListStatement,
    ttl: z.optional(seconds),
  }),
  /** Every change that there was. */
  "practice-change": z.object({
    ...stored,
    kind: z.literal("practice-change"),
    practiceId: identifier,
    number: ordinal,
    statement,
    ttl: z.optional(seconds),
  }),
  /** What a change said of a file's entry: apart from the change, which stays where the file is destroyed. */
  "practice-entry": z.object({
    ...stored,
    kind: z.literal("practice-entry"),
    practiceId: identifier,
    fileId: identifier,
    version: ordinal,
    entry: sealedEntry,
  }),
  /** The newest of a file: the version of its entry, and what describes its content, where it has any. */
  "practice-file": z.object({
    ...stored,
    kind: z.literal("practice-file"),
    practiceId: identifier,
    fileId: identifier,
    entryVersion: ordinal,
    descriptor: z.optional(descriptor),
    /** It is deleted, and when it will be destroyed. */
    destroyAt: z.optional(seconds),
    /** Nothing is left of it but this. */
    destroyed: z.optional(z.literal(true)),
  }),
  /** A deleted file that waits to be destroyed. Apart from the practice's other items, so that a clock finds all of them, the earliest first. */
  "file-deletion": z.object({
    ...stored,
    kind: z.literal("file-deletion"),
    practiceId: identifier,
    fileId: identifier,
    destroyAt: seconds,
  }),
  "practice-file-version": z.object({
    ...stored,
    kind: z.literal("practice-file-version"),
    practiceId: identifier,
    fileId: identifier,
    version: ordinal,
    descriptor,
    /** Half of what wraps its data key. */
    share: key32,
  }),
  /** How much a patient has; changed with what it counts, in one transaction. There is none before the first. */
  usage: z.object({
    ...stored,
    kind: z.literal("usage"),
    patientId: identifier,
    records: amount,
    versions: amount,
    /** Of all versions. */
    bytes: amount,
    /** In force. */
    cards: amount,
    /** Contributions that wait for the patient, and their bytes. */
    pending: amount,
    pendingBytes: amount,
    /** Delivery addresses in force, and what waits that came by one. */
    addresses: z.optional(amount),
    deliveries: z.optional(amount),
    deliveryBytes: z.optional(amount),
    /** Published in the hour that began at `hour`, by the name of the signer. */
    manifests: z.object({ hour: seconds, by: z.record(hash, amount) }),
  }),
} as const

export type ItemKind = keyof typeof itemSchemas
export type ItemOf<K extends ItemKind> = z.infer<(typeof itemSchemas)[K]>
export type Item = { [K in ItemKind]: ItemOf<K> }[ItemKind]

/**
 * The form in which the main table keeps its items, and which they name. While a deployment goes on, and after one that is taken back, functions of two
 * versions are at work on the same items. A field that a newer version merely adds, an older one leaves as it is; where an older one would misread an item, or
 * must not leave the new field beside what it changes, the number is a new one, and the older one refuses the item.
 */
export const itemFormat = 1

/** Parses what was stored as `kind`; throws where it isn't one. */
export const parseItem = <K extends ItemKind>(kind: K, value: unknown): ItemOf<K> =>
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the schema is that of K; TypeScript can't follow the index
  z.parse(itemSchemas[kind], value) as ItemOf<K>

/** What the HRI's table keeps for a locator; without a statement once removed, so that nobody else can take it over. */
export const hriItem = z.object({
  locatorHash: hash,
  /** The fingerprint of the root that the first statement's signers led to. */
  owner: hash,
  sequence: ordinal,
  /** Of the newest statement, which the next one must name as its parent. */
  statementHash: hash,
  /** The newest list of the owner's signers that was shown here. */
  signers: z.object({ number: ordinal, hash }),
  statement: z.optional(indexStatement),
})
export type HriItem = z.infer<typeof hriItem>

/** What names a sealed version's place. */
export type ObjectPlace = Pick<Descriptor, "recordId" | "version" | "objectId">

/** The fields that tell one item of a kind from another. */
interface Identity {
  patient: { patientId: string }
  "patient-keys": { patientId: string }
  consent: { patientId: string; consent: string }
  "consent-version": { patientId: string; consent: string; number: number }
  record: { patientId: string; recordId: string }
  "record-version": { patientId: string; recordId: string; version: number }
  upload: { patientId: string; bucket: (typeof buckets)[number] } & ObjectPlace
  manifest: { patientId: string }
  "manifest-version": { patientId: string; number: number }
  "decided-page": { patientId: string; page: number }
  "key-page": { patientId: string; category: string; page: number }
  "manifest-page": { patientId: string; category: string; page: number }
  card: { patientId: string; cardId: string }
  reading: { patientId: string; cardId: string; hour: number }
  grant: { patientId: string; grantId: string }
  "grant-time": { patientId: string; grantedAt: string; grantId: string }
  contribution: { patientId: string; contributionId: string }
  "delivery-address": { patientId: string; addressId: string }
  "delivery-locator": { addressId: string }
  delivery: { patientId: string; addressId: string; hour: number }
  "hcp-account": { account: string }
  "used-statement": { signer: string; jti: string }
  rate: { subject: string }
  "signer-end": { patientId: string; by: string }
  deactivation: { patientId: string }
  destruction: { patientId: string }
  usage: { patientId: string }
  practice: { practiceId: string }
  "practice-end": { practiceId: string }
  "practice-tombstone": { practiceId: string }
  "practice-keys": { practiceId: string }
  "practice-member": { practiceId: string; memberId: string }
  invitation: { invitationId: string }
  "member-list": { practiceId: string; number: number }
  "practice-change": { practiceId: string; number: number }
  "practice-entry": { practiceId: string; fileId: string; version: number }
  "practice-file": { practiceId: string; fileId: string }
  "file-deletion": { practiceId: string; fileId: string; destroyAt: number }
  "practice-file-version": { practiceId: string; fileId: string; version: number }
}
export type IdentityOf<K extends ItemKind> = Identity[K]

export interface Key {
  readonly pk: string
  readonly sk: string
}

const ofPractice = (practiceId: string) => `PRACTICE#${practiceId}`
const ofPatient = (patientId: string) => `PATIENT#${patientId}`
/** The partition of all accounts that are to be destroyed or are being so, and what the keys of those begin with that wait. */
export const deactivations = { partition: "DEACTIVATION", waiting: "WAITING#", begun: "BEGUN#" }
/** The partition of all practices whose end waits or is carried out. */
export const practiceEnds = "PRACTICE-END"
/** The partition of all files that wait to be destroyed. */
export const fileDeletions = "FILE-DELETION"
const deliveryAddressPrefix = "DELIVERY-ADDRESS#"
const padded = (n: number) => String(n).padStart(10, "0")
/** RFC 3339 as milliseconds, in the order of time. */
export const momentInKey = (instant: string) => String(Date.parse(instant)).padStart(15, "0")

/** Where an item stands. A patient's items share a partition; what is listed together shares a prefix. */
export const itemKeys: { readonly [K in ItemKind]: (i: Identity[K]) => Key } = {
  patient: (i) => ({ pk: ofPatient(i.patientId), sk: "PATIENT" }),
  "patient-keys": (i) => ({ pk: ofPatient(i.patientId), sk: "PATIENT-KEYS" }),
  consent: (i) => ({ pk: ofPatient(i.patientId), sk: `CONSENT#${i.consent}` }),
  "consent-version": (i) => ({ pk: ofPatient(i.patientId), sk: `CONSENT-VERSION#${i.consent}#${padded(i.number)}` }),
  record: (i) => ({ pk: ofPatient(i.patientId), sk: `RECORD#${i.recordId}` }),
  "record-version": (i) => ({ pk: ofPatient(i.patientId), sk: `RECORD-VERSION#${i.recordId}#${padded(i.version)}` }),
  upload: (i) => ({
    pk: ofPatient(i.patientId),
    sk: `UPLOAD#${i.bucket}#${i.recordId}#${padded(i.version)}#${i.objectId}`,
  }),
  manifest: (i) => ({ pk: ofPatient(i.patientId), sk: "MANIFEST" }),
  "manifest-version": (i) => ({ pk: ofPatient(i.patientId), sk: `MANIFEST-VERSION#${padded(i.number)}` }),
  "decided-page": (i) => ({ pk: ofPatient(i.patientId), sk: `DECIDED-PAGE#${padded(i.page)}` }),
  "key-page": (i) => ({ pk: ofPatient(i.patientId), sk: `KEY-PAGE#${i.category}#${padded(i.page)}` }),
  "manifest-page": (i) => ({ pk: ofPatient(i.patientId), sk: `MANIFEST-PAGE#${i.category}#${padded(i.page)}` }),
  card: (i) => ({ pk: ofPatient(i.patientId), sk: `CARD#${i.cardId}` }),
  reading: (i) => ({ pk: ofPatient(i.patientId), sk: `READING#${i.cardId}#${padded(i.hour)}` }),
  grant: (i) => ({ pk: ofPatient(i.patientId), sk: `GRANT#${i.grantId}` }),
  "grant-time": (i) => ({ pk: ofPatient(i.patientId), sk: `GRANT-TIME#${momentInKey(i.grantedAt)}-${i.grantId}` }),
  contribution: (i) => ({ pk: ofPatient(i.patientId), sk: `CONTRIBUTION#${i.contributionId}` }),
  "delivery-address": (i) => ({ pk: ofPatient(i.patientId), sk: `${deliveryAddressPrefix}${i.addressId}` }),
  "delivery-locator": (i) => ({ pk: `DELIVERY-LOCATOR#${i.addressId}`, sk: "LOCATOR" }),
  delivery: (i) => ({ pk: ofPatient(i.patientId), sk: `DELIVERY#${i.addressId}#${padded(i.hour)}` }),
  "hcp-account": (i) => ({ pk: `HCP#${i.account}`, sk: "ACCOUNT" }),
  "used-statement": (i) => ({ pk: `STATEMENT#${i.signer}#${i.jti}`, sk: "USED" }),
  rate: (i) => ({ pk: `RATE#${i.subject}`, sk: "RATE" }),
  "signer-end": (i) => ({ pk: ofPatient(i.patientId), sk: `SIGNER-END#${i.by}` }),
  deactivation: (i) => ({ pk: deactivations.partition, sk: `${deactivations.waiting}${i.patientId}` }),
  destruction: (i) => ({ pk: deactivations.partition, sk: `${deactivations.begun}${i.patientId}` }),
  usage: (i) => ({ pk: ofPatient(i.patientId), sk: "USAGE" }),
  practice: (i) => ({ pk: ofPractice(i.practiceId), sk: "PRACTICE" }),
  "practice-end": (i) => ({ pk: practiceEnds, sk: `PRACTICE#${i.practiceId}` }),
  "practice-tombstone": (i) => ({ pk: `PRACTICE-TOMBSTONE#${i.practiceId}`, sk: "TOMBSTONE" }),
  "practice-keys": (i) => ({ pk: ofPractice(i.practiceId), sk: "PRACTICE-KEYS" }),
  "practice-member": (i) => ({ pk: ofPractice(i.practiceId), sk: `PRACTICE-MEMBER#${i.memberId}` }),
  invitation: (i) => ({ pk: `INVITATION#${i.invitationId}`, sk: "INVITATION" }),
  "member-list": (i) => ({ pk: ofPractice(i.practiceId), sk: `MEMBER-LIST#${padded(i.number)}` }),
  "practice-change": (i) => ({ pk: ofPractice(i.practiceId), sk: `PRACTICE-CHANGE#${padded(i.number)}` }),
  "practice-entry": (i) => ({
    pk: ofPractice(i.practiceId),
    sk: `PRACTICE-ENTRY#${i.fileId}#${padded(i.version)}`,
  }),
  "file-deletion": (i) => ({
    pk: fileDeletions,
    sk: `${padded(i.destroyAt)}#${i.practiceId}#${i.fileId}`,
  }),
  "practice-file": (i) => ({ pk: ofPractice(i.practiceId), sk: `PRACTICE-FILE#${i.fileId}` }),
  "practice-file-version": (i) => ({
    pk: ofPractice(i.practiceId),
    sk: `PRACTICE-FILE-VERSION#${i.fileId}#${padded(i.version)}`,
  }),
}

/** The key of what leads to a delivery address, by the key of the address; `undefined` for any other key. */
export const locatorKeyOf = ({ sk }: Key): Key | undefined =>
  sk.startsWith(deliveryAddressPrefix)
    ? itemKeys["delivery-locator"]({ addressId: sk.slice(deliveryAddressPrefix.length) })
    : undefined

export type ListedKind =
  | "record"
  | "record-version"
  | "upload"
  | "card"
  | "grant-time"
  | "contribution"
  | "delivery-address"
  | "practice-entry"
  | "practice-file-version"

/** The partition of what is listed of somebody: of a patient, or of a practice. */
export const listPartition = (kind: ListedKind, of: string): string =>
  kind === "practice-entry" || kind === "practice-file-version" ? ofPractice(of) : ofPatient(of)

/** The prefix that the items of a kind share, of one patient or (`within`) of one record (of uploads: of a bucket's record) or consent of theirs. */
export const listPrefix = (kind: ListedKind, within?: string): string => {
  const name = {
    record: "RECORD#",
    "record-version": "RECORD-VERSION#",
    upload: "UPLOAD#",
    card: "CARD#",
    "grant-time": "GRANT-TIME#",
    contribution: "CONTRIBUTION#",
    "delivery-address": deliveryAddressPrefix,
    "practice-entry": "PRACTICE-ENTRY#",
    "practice-file-version": "PRACTICE-FILE-VERSION#",
  }[kind]
  return within === undefined ? name : `${name}${within}#`
}

/** What the keys of all objects of a record begin with. */
export const objectPrefix = (patientId: string, recordId: string) => `${patientId}/${recordId}/`

/** Where a record version's sealed bytes lie in `records`, and a contribution's in `pending`. */
export const objectKey = (patientId: string, { recordId, version, objectId }: ObjectPlace) =>
  `${objectPrefix(patientId, recordId)}${version}/${objectId}`
