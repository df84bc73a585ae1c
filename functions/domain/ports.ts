import type { AuditEvent, NewAuditEvent } from "../../contract/audit.ts"
import type { buckets, HriItem, IdentityOf, Item, ItemKind, ItemOf, ListedKind } from "../../contract/items.ts"
import type { Upload } from "../../contract/routes.ts"
import type { EcPublicJwk } from "../../protocol/primitives.ts"

/**
 * What the domain needs of the world. Every implementation throws for what was not expected; nothing here is retried by callers. What changes or gives
 * out something is apart from what only reads: the runner alone holds the former (docs/adr/0011-one-runner.md).
 */

/** Names one item: its kind and the fields that tell it from the others of its kind. */
export type Ref = { [K in ItemKind]: { kind: K } & IdentityOf<K> }[ItemKind]
export type RefOf<K extends ItemKind> = { kind: K } & IdentityOf<K>

/** What an item is after a change, and what must hold for all changes of one `write` to happen. */
export type Change =
  /** `item.revision` 1: there must be none yet. Higher: the stored one must be at `revision - 1`. `whole`: nothing stays of it that isn't named here. */
  | { put: Item; whole?: true }
  /** The stored item must be at `revision`. */
  | { remove: Ref; revision: number }
  /** `revision` 0: there must be none. */
  | { check: Ref; revision: number }

export type Written =
  | { outcome: "written" }
  | { outcome: "conflict" /** Indices into the changes. */; at: readonly number[] }

export interface StoreReads {
  /** Strongly consistent, in one call, in the order asked for. */
  read<const R extends readonly Ref[]>(refs: R): Promise<{ [I in keyof R]: ItemOf<R[I]["kind"]> | undefined }>
  /** Strongly consistent; `next` is given where there may be more. */
  list<K extends ListedKind>(
    kind: K,
    /** Of a practice's items its own id. */
    patientId: string,
    options: { within?: string; after?: string | undefined },
  ): Promise<{ items: ItemOf<K>[]; next?: string }>
}
export interface Store extends StoreReads {
  /** All changes or none; at most 100. */
  write(changes: readonly Change[]): Promise<Written>
}

/** The files that wait to be destroyed. */
export interface FileDeletions {
  /** Those whose time has come before the moment, the earliest first; `next` is given where there may be more. */
  due(before: number, after: string | undefined): Promise<{ deletions: ItemOf<"file-deletion">[]; next?: string }>
}

/** Every item of a patient or a practice, whatever its kind: for deactivation alone. */
export interface PatientItemReads {
  /** Keys of up to 26 items of the partition of the patient's or the practice's own, other than that; empty where there is none left. */
  some(own: { pk: string; sk: string }): Promise<{ pk: string; sk: string }[]>
}
export interface PatientItems extends PatientItemReads {
  remove(keys: readonly { pk: string; sk: string }[]): Promise<void>
}

/** The patients whose account, or the practices that, are to be destroyed, or are being so, in pages. */
export interface Deactivations {
  list(after: string | undefined): Promise<{ ids: string[]; next?: string }>
}

export interface AuditHead {
  readonly seq: number
  readonly hash: string
}
export interface AuditReads {
  head(patientId: string): Promise<AuditHead>
  read(patientId: string, afterSeq: number): Promise<{ events: AuditEvent[]; next?: number }>
}
export interface AuditTrail extends AuditReads {
  /** Adds one event at the end of the chain, and returns it as it stands there; when it returns, the event is durable. `head` saves asking for it. */
  append(patientId: string, event: NewAuditEvent, at: Date, head?: AuditHead): Promise<AuditEvent>
}

/** The end of a chain, as one of its events said it. */
export interface ChangedHead extends AuditHead {
  readonly patientId: string
  /** RFC 3339. */
  readonly at: string
}
export interface AuditChanges {
  /** The newest event of each chain that has one later than `at`; it may know of an event some seconds after the chain does. */
  since(at: string): Promise<ChangedHead[]>
}

/** What is sealed, where nothing can be changed or taken away. */
export interface CheckpointReads {
  /** Of the last checkpoint; 0 where there is none. */
  newest(): Promise<number>
  checkpoint(number: number): Promise<string>
  /** A part of a tree, by its hash. */
  node(hash: string): Promise<unknown>
}
export interface Checkpoints extends CheckpointReads {
  /** `taken` where there is a checkpoint of this number already. */
  addCheckpoint(number: number, checkpoint: string): Promise<"added" | "taken">
  /** No error where it is there already. */
  addNode(hash: string, node: unknown): Promise<void>
}

export type Bucket = (typeof buckets)[number]

/** An upload in parts that the store holds; `uploadId` is its own name for it. */
export interface UploadRef {
  readonly bucket: Bucket
  readonly key: string
  readonly uploadId: string
}
/** A part as the store has it. */
export interface Part {
  readonly number: number
  readonly size: number
  /** Absent where the store didn't reckon it: of what it copied itself, perhaps. */
  readonly sha256?: string
  /** The store's name for these very bytes at this place. */
  readonly tag: string
}
/** What is in the object store, as it says: `sha256` of the object's bytes; of more `parts` than one, of their hashes one after the other. */
export interface StoredObject {
  readonly size: number
  readonly sha256: string
  readonly parts: number
}

export interface ObjectReads {
  /** The parts that are there, of an upload of at most `most`, by their numbers; undefined where there is no such upload (any more). */
  parts(upload: UploadRef, most: number): Promise<readonly Part[] | undefined>
  inspect(bucket: Bucket, key: string): Promise<StoredObject | undefined>
}
export interface ObjectStore extends ObjectReads {
  /** Signs a PUT of exactly these bytes, once, within `uploadUrlSeconds`. */
  uploadUrl(bucket: Bucket, key: string, object: { size: number; sha256: string }, now: Date): Promise<Upload>
  /** Signs a GET for `downloadUrlSeconds`. */
  downloadUrl(bucket: Bucket, key: string, now: Date): Promise<string>
  /** Begins an upload in parts; the answer is its `uploadId`. */
  beginUpload(bucket: Bucket, key: string): Promise<string>
  /** Signs a PUT of exactly these bytes as a part, within `uploadUrlSeconds`; another part of this number is replaced. */
  partUrl(upload: UploadRef, part: { number: number; size: number; sha256: string }, now: Date): Promise<Upload>
  /**
   * Copies a range of the object `source` in `pending`, within the store, as a part: `missing` where there is no object, `gone` where there is no such upload.
   */
  copyPart(
    upload: UploadRef,
    source: string,
    part: { number: number; offset: number; size: number },
  ): Promise<"copied" | "missing" | "gone">
  /**
   * Makes the parts an object: all of it, in this order, or nothing. `taken`: something is there already, and `replace` wasn't asked for; `gone`: no
   * such upload (any more); `conflict`: something else happened to the place or the parts at this moment.
   */
  completeUpload(
    upload: UploadRef,
    parts: readonly Part[],
    options: { replace: boolean },
  ): Promise<"completed" | "taken" | "gone" | "conflict">
  /** Frees what was sent. No error where there is no such upload. */
  abortUpload(upload: UploadRef): Promise<void>
  /** Copies from `pending` to `records` within the store. */
  approve(source: string, key: string): Promise<"copied" | "missing">
  /** Removes up to 1,000 objects below the prefix; true where more may be left. */
  removeSome(bucket: Bucket, prefix: string): Promise<boolean>
  /** Destroys some of the uploads in parts and up to 1,000 versions below the prefix; true where more may be left. */
  destroySome(bucket: Bucket, prefix: string): Promise<boolean>
}

export interface PatientSignIn {
  signIn(
    email: string,
    password: string,
  ): Promise<{ patientId: string; accessToken: string; expiresIn: number } | undefined>
}
export interface PatientAccounts extends PatientSignIn {
  signUp(patientId: string, email: string, password: string): Promise<"created" | "password-too-weak">
  confirm(patientId: string, code: string): Promise<"confirmed" | "confirmation-code-wrong">
  remove(patientId: string): Promise<void>
}

export interface HcpAccountReads {
  list(after: string | undefined): Promise<{ accounts: { account: string; enabled: boolean }[]; next?: string }>
}
export interface HcpAccounts extends HcpAccountReads {
  /** Makes or wakes the temporary account and signs it in. */
  openSession(account: string): Promise<{ accessToken: string; expiresIn: number }>
  disable(account: string): Promise<void>
  remove(account: string): Promise<void>
}

/** How a patient is told of what happened without them. */
export interface Notices {
  /**
   * E-mails the address of a patient's account. `undeliverable`: never, by asking again; `nobody`: there is no such account any more.
   * Throws where it may work later.
   */
  send(patientId: string, notice: Notice): Promise<"sent" | "undeliverable" | "nobody">
}
export interface Notice {
  readonly subject: string
  readonly text: string
}

export interface IndexReads {
  find(locatorHash: string): Promise<HriItem | undefined>
}
export interface IndexEntries extends IndexReads {
  /** Only over exactly what it replaces: nothing, or the entry of this owner, sequence and statement. */
  put(entry: HriItem, replaced: HriItem | undefined): Promise<"put" | "conflict">
}

export interface Provider {
  publicKey(): Promise<EcPublicJwk>
  /** ES256 over the bytes: 64 bytes, r || s. */
  sign(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>
}

/** The moment of a request, and fresh randomness: handed in, so that the domain has none of its own. */
export interface Call {
  readonly now: Date
  /** 16 random bytes, base64url. */
  id(): string
  /** 32 random bytes, base64url. */
  key(): string
}
