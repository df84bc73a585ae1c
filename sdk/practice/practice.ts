/**
 * A practice on a member's device: who works there, its keys, and its directory, as one chain of signed changes says (docs/protocol.md, "Practice"). The cloud can keep back the
 * newest changes; it can't invent one, leave one out, or change their order.
 */
import * as z from "zod/mini"
import { toBase64url, utf8 } from "../../protocol/crypto/bytes.ts"
import { canonicalHash } from "../../protocol/crypto/canonical.ts"
import { sha256 } from "../../protocol/crypto/primitives.ts"
import { orFail } from "../../protocol/integrity.ts"
import { type PracticeChange, practiceChangeClaims, undoSeconds } from "../../protocol/practice/claims.ts"
import type { Entry } from "../../protocol/practice/entry.ts"
import { type OpenedKeys, openPracticeKeys, type PracticeKeys, practiceKeyAt } from "../../protocol/practice/keys.ts"
import { type MadeChange, type MemberList, verifyChange, verifyMembers } from "../../protocol/practice/members.ts"
import { openEntry } from "../../protocol/practice/sealed-entry.ts"
import type { Descriptor } from "../../protocol/record.ts"
import { isLinked, namedBy } from "../../protocol/skip-links.ts"
import { readStatement } from "../../protocol/statement.ts"
import { Directory } from "./directory.ts"
import { callAsMember, type PracticeSession, placeOf } from "./session.ts"

type FileChange = Extract<PracticeChange, { kind: "file" }> &
  Pick<FileEvent, "number" | "memberId"> & { readonly iat: number }

/** A change of a file that a member signed. */
export interface FileEvent {
  /** The change's, in the practice's chain. */
  readonly number: number
  /** When it was signed, seconds. */
  readonly at: number
  readonly memberId: string
  /** The version of the content that came with it, where one did. */
  readonly version?: number
}

/** A change as the cloud gave it, with its sealed entry; `fileId`: of a file's. */
export interface KeptChange {
  readonly number: number
  readonly change: string
  readonly entry?: string | undefined
  readonly fileId?: string
}

/** What a device keeps of a practice, sealed and signed as it came: it is verified anew whenever it is opened. */
export interface KeptPractice {
  /** From the first. */
  readonly lists: readonly string[]
  /** From the first. */
  readonly changes: readonly KeptChange[]
  readonly keys: PracticeKeys
}

/** What is new to be kept. `destroyed`: files of which no entry may be kept any longer. */
export interface Learnt {
  readonly lists: readonly { readonly number: number; readonly list: string }[]
  readonly changes: readonly KeptChange[]
  readonly keys: PracticeKeys
  readonly destroyed: readonly string[]
}

/** Keeps a practice on the device; what it can't keep is read from the cloud another time. */
export type Keeper = (learnt: Learnt) => Promise<void>

/** How much earlier than this device's clock says the cloud's may destroy a file, seconds. */
const clocksApart = 60 * 60

export class Practice {
  readonly session: PracticeSession
  readonly directory = new Directory()
  /** Of each file, what describes each version of its content, oldest first. */
  readonly versions = new Map<string, readonly Descriptor[]>()
  /** Of each file, what was done to it, oldest first. */
  readonly history = new Map<string, readonly FileEvent[]>()
  /** Every list of members, by its number. */
  readonly #lists = new Map<number, MemberList>()
  /** The hash of every change, by its number. */
  readonly #hashes = new Map<number, string>()
  readonly #known = new Set<string>()
  /** By its file, what this device tries to put: its name, and the hashes of the changes by which it did. */
  readonly #tried = new Map<string, { readonly name: string; readonly hashes: Set<string> }>()
  /** By its file, the version of the entry that the newest change named, and since when it is deleted, seconds. */
  readonly #heads = new Map<string, { readonly version: number; readonly deletedSince: number | undefined }>()
  /** Files of which the cloud has shown no entry. */
  readonly #absent = new Set<string>()
  /** Files that were destroyed, and of which the keeper knows. */
  readonly #destroyed = new Set<string>()
  readonly #keeper: Keeper | undefined
  #turn: Promise<void> = Promise.resolve()
  #newest: { readonly number: number; readonly list: number } = { number: 0, list: 0 }
  #keys: { readonly sealed: PracticeKeys; readonly opened: OpenedKeys } | undefined

  constructor(session: PracticeSession, keeper?: Keeper) {
    this.session = session
    this.#keeper = keeper
  }

  /** The newest list of members. */
  get members(): MemberList {
    return this.#listOf(this.#newest.list)
  }

  get keys(): { readonly sealed: PracticeKeys; readonly opened: OpenedKeys } {
    if (this.#keys === undefined) throw new TypeError("the practice was not read yet")
    return this.#keys
  }

  /** The entries that were changed last, newest first, at most `most`; of patients alone: neither deleted nor merged into another. */
  recentlyChanged(most: number): readonly Entry[] {
    const newest = [...this.history].map(([fileId, events]) => ({ fileId, number: events.at(-1)?.number ?? 0 }))
    const entries: Entry[] = []
    for (const { fileId } of newest.sort((one, other) => other.number - one.number)) {
      if (entries.length === most) break
      const entry = this.directory.get(fileId)
      if (entry !== undefined && entry.deletedAt === undefined && entry.mergedInto === undefined) entries.push(entry)
    }
    return entries
  }

  /** The hash of every change after the first that was read, in their order: for each the trail has an event. */
  changeHashes(): readonly string[] {
    return Array.from({ length: this.#newest.number - 1 }, (_, i) => this.#hashOf(i + 2))
  }

  /** What the next change is to name of those before it. */
  next() {
    const number = this.#newest.number + 1
    const [previous = null, ...skips] = namedBy(number).map((each) => this.#hashOf(each))
    const { number: list, hash } = this.members
    return { number, previous, skips, members: { number: list, hash } }
  }

  /**
   * Reads what others changed. `practice-changes-invalid` where the cloud shows changes that nobody who may has signed, or leaves one out that this device has seen;
   * `members-invalid` for a list that its owners didn't sign.
   */
  sync(): Promise<void> {
    return this.#inTurn(() => this.#sync())
  }

  /**
   * Takes what this device kept, with no request: the practice as it was when the device last synchronised. `practice-changes-invalid`, or `members-invalid`, where that isn't whole: then
   * this object is of no use, and the cloud is to be read.
   */
  restore({ lists, changes, keys }: KeptPractice): Promise<void> {
    return this.#inTurn(async () => {
      await this.#takeLists(lists)
      await orFail("practice-changes-invalid", async () => {
        for (const { change, entry } of changes) await this.#take(change, entry, keys)
        if (this.#keys === undefined) throw new Error("no keys")
        this.#requireDestroyed(0)
        this.#requireKnown()
      })
    })
  }

  async #sync(): Promise<void> {
    const { lists, change, keys } = await this.#readLists()
    const newest = await this.#verify(change)
    const changes = await this.#readChanges(newest)
    const taken: KeptChange[] = []
    await orFail("practice-changes-invalid", async () => {
      for (const { change, entry } of changes) taken.push(await this.#take(change, entry, keys))
      if (this.#hashes.get(this.#newest.number) !== newest.hash) throw new Error("not the newest")
      if (newest.claims.keys !== (await canonicalHash(this.keys.sealed))) throw new Error("other keys")
      this.#requireDestroyed(newest.claims.iat)
      this.#requireKnown()
    })
    this.#remember()
    await this.#keep(lists, taken)
  }

  /** The newest change that this device has seen is among those that were read. */
  #requireKnown(): void {
    const known = this.session.memory.change
    if (known !== undefined && this.#hashes.get(known.number) !== known.hash) throw new Error("another past")
  }

  async #keep(lists: Learnt["lists"], changes: readonly KeptChange[]): Promise<void> {
    const destroyed = [...this.#absent].filter((fileId) => !this.#destroyed.has(fileId))
    for (const fileId of destroyed) this.#destroyed.add(fileId)
    if (this.#keeper === undefined || lists.length + changes.length + destroyed.length === 0) return
    await this.#keeper({ lists, changes, keys: this.keys.sealed, destroyed }).catch(() => undefined)
  }

  /** Takes what this device put just now: the cloud took it as the next, and so it is known already. */
  took(change: string, entry: string): Promise<void> {
    return this.#inTurn(async () => {
      const { claims, hash } = await this.#verify(change)
      // It was read already, where this device synchronised meanwhile.
      if (this.#hashes.get(claims.number) === hash) return
      const taken = await orFail("practice-changes-invalid", () => this.#take(change, entry, this.keys.sealed))
      this.#remember()
      await this.#keep([], [taken])
    })
  }

  /** Begins to put something of a file; whether it is what this device tried before. */
  trying(fileId: string, name: string): boolean {
    const isSame = this.#tried.get(fileId)?.name === name
    if (!isSame) this.#tried.set(fileId, { name, hashes: new Set() })
    return isSame
  }

  /** A change by which it is put leaves the device. */
  tried(fileId: string, hash: string): void {
    this.#tried.get(fileId)?.hashes.add(hash)
  }

  /** Whether what is tried of a file was taken: the answer that said so may have been lost. */
  isTaken(fileId: string): boolean {
    return [...(this.#tried.get(fileId)?.hashes ?? [])].some((hash) => this.#known.has(hash))
  }

  /** One after the other: each goes on from where the one before has left the chain. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  #remember(): void {
    const { number } = this.#newest
    this.session.memory.change = { number, hash: this.#hashOf(number) }
  }

  /** All lists of members, to the newest, and with them the keys and the newest change. */
  async #readLists() {
    const lists: { readonly number: number; readonly list: string }[] = []
    for (;;) {
      const from = this.#lists.size
      const request = from === 0 ? {} : { list: String(from) }
      const { members, keys, change } = await callAsMember(this.session, "practice/get-practice", request)
      await this.#takeLists(members)
      lists.push(...members.map((list, i) => ({ number: from + i + 1, list })))
      if (members.length === 0) return { lists, keys, change }
    }
  }

  async #takeLists(compacts: readonly string[]): Promise<void> {
    const { fingerprint } = this.session.memory
    for (const compact of compacts) {
      const known = this.#lists.get(this.#lists.size)
      const list = await verifyMembers([compact], { ...placeOf(this.session), fingerprint }, known)
      this.#lists.set(list.number, list)
    }
  }

  /** The changes after those that are known, to the newest. */
  async #readChanges({ claims }: MadeChange) {
    const read: { readonly change: string; readonly entry?: string | undefined }[] = []
    let after = this.#newest.number
    while (after < claims.number) {
      const { changes } = await callAsMember(this.session, "practice/get-changes", { after: String(after) })
      await orFail("practice-changes-invalid", () => {
        if (changes.length === 0) throw new Error("changes are left out")
      })
      read.push(...changes)
      after += changes.length
    }
    return read.slice(0, claims.number - this.#newest.number)
  }

  #verify(change: string): Promise<MadeChange> {
    return orFail("practice-changes-invalid", () => {
      const { members } = z.parse(practiceChangeClaims, readStatement(change).payload)
      return verifyChange(change, placeOf(this.session), this.#listOf(members.number))
    })
  }

  async #take(compact: string, entry: string | undefined, keys: PracticeKeys): Promise<KeptChange> {
    const { claims, by, hash } = await this.#verify(compact)
    const { number, previous, skips, change, members } = claims
    const named = [previous, ...skips]
    const follows = number === this.#newest.number + 1 && isLinked(claims) && members.number >= this.#newest.list
    if (!follows || !namedBy(number).every((earlier, i) => this.#hashOf(earlier) === named[i]))
      throw new Error("a broken chain")
    if (change.kind === "beginning" ? number !== 1 : number === 1) throw new Error("not a beginning")
    // Only by the owners' own change is a new list in force: nobody signs on under an older one.
    if (members.number !== this.#newest.list && change.kind === "file") throw new Error("under a list nobody announced")
    if (change.kind === "file")
      await this.#takeFile({ ...change, number, memberId: by.memberId, iat: claims.iat }, entry, keys)
    this.#hashes.set(number, hash)
    this.#known.add(hash)
    this.#newest = { number, list: members.number }
    if (change.kind !== "file") await this.#takeKeys(claims.keys, keys)
    return { number, change: compact, entry, ...(change.kind === "file" && { fileId: change.fileId }) }
  }

  /** The keys that the newest change names; older ones open by them. */
  async #takeKeys(named: string, sealed: PracticeKeys): Promise<void> {
    if (named !== (await canonicalHash(sealed))) return
    this.#keys = { sealed, opened: await openPracticeKeys(placeOf(this.session), sealed, this.session.keys.sealing) }
  }

  async #takeFile(
    { fileId, entry: said, content, deleted, iat, number, memberId }: FileChange,
    sealed: string | undefined,
    keys: PracticeKeys,
  ): Promise<void> {
    const known = this.#heads.get(fileId)
    if (said.version !== (known?.version ?? 0) + 1) throw new Error("not the next entry")
    const deletedSince = deleted === undefined ? undefined : (known?.deletedSince ?? iat)
    this.#heads.set(fileId, { version: said.version, deletedSince })
    if (sealed === undefined) this.#absent.add(fileId)
    else await this.#takeEntry(fileId, said, { sealed, isDeleted: deleted === true }, keys)
    if (content !== null) await this.#takeContent(fileId, content)
    const event = { number, at: iat, memberId, ...(content !== null && { version: content.version }) }
    this.history.set(fileId, [...(this.history.get(fileId) ?? []), event])
  }

  async #takeEntry(
    fileId: string,
    said: FileChange["entry"],
    { sealed, isDeleted }: { readonly sealed: string; readonly isDeleted: boolean },
    keys: PracticeKeys,
  ): Promise<void> {
    if (said.hash !== toBase64url(await sha256(utf8(sealed)))) throw new Error("another entry")
    const opened =
      this.#keys?.opened ?? (await openPracticeKeys(placeOf(this.session), keys, this.session.keys.sealing))
    const key = await practiceKeyAt(this.#keys?.sealed ?? keys, opened, "directory", said.epoch)
    const entry = await openEntry(key, { fileId, version: said.version }, sealed)
    if ((entry.deletedAt !== undefined) !== isDeleted) throw new Error("deleted, and not")
    this.directory.add([entry])
  }

  /** Forgets the files whose deletion can be undone no longer. The cloud may have no entry of those, and of no others. */
  #requireDestroyed(newest: number): void {
    const now = Math.max(Math.floor(Date.now() / 1000), newest)
    const isOver = (fileId: string): boolean => {
      const since = this.#heads.get(fileId)?.deletedSince
      return since !== undefined && since + undoSeconds - clocksApart <= now
    }
    for (const fileId of this.#absent) if (!isOver(fileId)) throw new Error("an entry is left out")
    for (const fileId of this.#heads.keys())
      if (isOver(fileId)) {
        this.directory.remove(fileId)
        this.versions.delete(fileId)
        this.history.delete(fileId)
        this.#absent.add(fileId)
      }
  }

  async #takeContent(fileId: string, content: Descriptor): Promise<void> {
    const before = this.versions.get(fileId) ?? []
    const newest = before.at(-1)
    const replaces = newest === undefined ? null : await canonicalHash(newest)
    if (content.recordId !== fileId || content.version !== before.length + 1 || content.replaces !== replaces)
      throw new Error("not the next version")
    this.versions.set(fileId, [...before, content])
  }

  #listOf(number: number): MemberList {
    const list = this.#lists.get(number)
    if (list === undefined) throw new Error("there is no such list")
    return list
  }

  #hashOf(number: number): string {
    const hash = this.#hashes.get(number)
    if (hash === undefined) throw new Error("there is no such change")
    return hash
  }
}

/** The practice as it stands now, read whole and verified. */
export const openPractice = async (session: PracticeSession, keeper?: Keeper): Promise<Practice> => {
  const practice = new Practice(session, keeper)
  await practice.sync()
  return practice
}
