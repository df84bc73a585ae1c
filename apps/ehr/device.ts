import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from "idb"
import type { Copy, Owner } from "../../sdk/patient/copy.ts"
import type { Kept } from "../../sdk/patient/kept.ts"
import type { Memory } from "../../sdk/patient/session.ts"
import type { UploadState } from "../../sdk/sealed-record.ts"

/** How far somebody got with opening their account. `phrase`: they have not shown yet that they wrote the recovery phrase down. */
export type Stage = "phrase" | "confirm" | "consents" | "done"

/** Whose device this is. The keys are the browser's, non-extractable; no name, address or password is kept. */
export interface Account extends Owner {
  /** What the SDK holds every later answer of the cloud against. */
  readonly memory: Memory
  readonly stage: Stage
}

/** A document that waits to be uploaded, sealed; `state`: how far its upload is. */
export interface Waiting extends Kept {
  readonly id: string
  /** Bytes of the document. */
  readonly size: number
  readonly addedAt: string
  readonly state?: UploadState
}

interface Stores extends DBSchema {
  account: { key: "it"; value: Account }
  /** The signed table of contents. */
  contents: { key: "it"; value: Copy }
  /** Documents for when there is no network, by `recordId/version`. */
  copies: { key: string; value: Kept }
  waiting: { key: string; value: Waiting }
}

const name = "ehr-cloud-patient"

let opened: Promise<IDBPDatabase<Stores>> | undefined
const database = (): Promise<IDBPDatabase<Stores>> =>
  (opened ??= openDB<Stores>(name, 1, {
    upgrade: (db) => {
      for (const store of ["account", "contents", "copies", "waiting"] as const)
        db.createObjectStore(store, store === "waiting" ? { keyPath: "id" } : undefined)
    },
  }))

export const readAccount = async (): Promise<Account | undefined> => (await database()).get("account", "it")

/** What the SDK remembers changes with every answer: it is written after each. */
export const writeAccount = async (account: Account): Promise<void> => {
  await (await database()).put("account", { ...account, memory: structuredClone(account.memory) }, "it")
}

export const readContentsCopy = async (): Promise<Copy | undefined> => (await database()).get("contents", "it")
export const writeContentsCopy = async (copy: Copy): Promise<void> => {
  await (await database()).put("contents", copy, "it")
}

export const readCopy = async (place: string): Promise<Kept | undefined> => (await database()).get("copies", place)
export const writeCopy = async (place: string, kept: Kept): Promise<void> => {
  await (await database()).put("copies", kept, place)
}
export const copiedPlaces = async (): Promise<string[]> => (await database()).getAllKeys("copies")
export const removeCopy = async (place: string): Promise<void> => (await database()).delete("copies", place)

export const readWaiting = async (): Promise<Waiting[]> => (await database()).getAll("waiting")
export const writeWaiting = async (waiting: Waiting): Promise<void> => {
  await (await database()).put("waiting", waiting)
}
export const removeWaiting = async (id: string): Promise<void> => (await database()).delete("waiting", id)

/** Everything this app keeps on the device, keys included. */
export const forgetEverything = async (): Promise<void> => {
  const held = opened
  opened = undefined
  ;(await held)?.close()
  await deleteDB(name)
}

/** Browsers clear what a page keeps when space is short, unless they are asked not to. */
export const askToKeep = async (): Promise<boolean> =>
  "storage" in navigator && "persist" in navigator.storage ? navigator.storage.persist() : false
