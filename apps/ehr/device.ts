import type { DBSchema, IDBPObjectStore, StoreNames } from "idb"
import type { LockedKeyPairs } from "../../protocol/keys.ts"
import type { Copy, Owner } from "../../sdk/patient/copy.ts"
import type { Kept } from "../../sdk/patient/kept.ts"
import type { Memory } from "../../sdk/patient/session.ts"
import type { UploadState } from "../../sdk/sealed-record.ts"
import { deviceStore } from "../shared/device-store.ts"

/** How far somebody got with opening their account. `phrase`: they have not shown yet that they wrote the recovery phrase down. */
export type Stage = "phrase" | "confirm" | "consents" | "done"

/** Whose device this is, and the keys by which it signs for them: the browser's, non-extractable. No name, address or password is kept. */
export interface Account extends Omit<Owner, "keys"> {
  readonly keys: LockedKeyPairs
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
  /** The emergency summary as it stands in the form. */
  draft: { key: "it"; value: Kept }
  /** The cards in force, for when there is no network. */
  cards: { key: "it"; value: Kept }
  /** Places (`recordId/version`) of documents that were looked through for the summary. */
  considered: { key: string; value: true }
}

const device = deviceStore<Stores>("ehr-cloud-patient", (database) => {
  for (const store of ["account", "contents", "copies", "waiting", "draft", "cards", "considered"] as const)
    database.createObjectStore(store, store === "waiting" ? { keyPath: "id" } : undefined)
})

/** Whose account this page works for; `undefined` before there is one, and after it was removed. */
let owner: string | undefined

const removals: (() => void)[] = []
const removed = () => {
  owner = undefined
  for (const act of removals) act()
}
device.onForgotten(removed)

/** Calls `act` in this page when another has removed the record from the device. */
export const onRemoved = (act: () => void): void => void removals.push(act)

/** Nothing is written any more for an account that was removed from the device. */
export class RemovedFromDevice extends Error {
  override readonly name = "RemovedFromDevice"
}

/**
 * Writes beside the account of this page, in one transaction; throws `RemovedFromDevice` where it isn't there any more, so that nothing comes back
 * by what a page had under way when another removed it.
 */
const write = async <Name extends StoreNames<Stores>>(
  name: Name,
  change: (store: IDBPObjectStore<Stores, ("account" | Name)[], Name, "readwrite">) => Promise<unknown>,
): Promise<void> => {
  const names: ("account" | Name)[] = ["account", name]
  const transaction = (await device.open()).transaction(names, "readwrite")
  const kept = await transaction.objectStore("account").get("it")
  if (owner === undefined || kept?.patientId !== owner) {
    await transaction.done
    if (owner !== undefined) removed()
    throw new RemovedFromDevice("this device has no such account")
  }
  await Promise.all([change(transaction.objectStore(name)), transaction.done])
}

const written = (account: Account): Account => ({ ...account, memory: structuredClone(account.memory) })

export const readAccount = async (): Promise<Account | undefined> => {
  const account = await (await device.open()).get("account", "it")
  owner = account?.patientId
  return account
}

/** The first that this device keeps of an account. */
export const createAccount = async (account: Account): Promise<void> => {
  await (await device.open()).put("account", written(account), "it")
  owner = account.patientId
}

/** What the SDK remembers changes with every answer: it is written after each. */
export const writeAccount = (account: Account): Promise<void> =>
  write("account", (store) => store.put(written(account), "it"))

export const readContentsCopy = async (): Promise<Copy | undefined> => (await device.open()).get("contents", "it")
export const writeContentsCopy = (copy: Copy): Promise<void> => write("contents", (store) => store.put(copy, "it"))

export const readCopy = async (place: string): Promise<Kept | undefined> => (await device.open()).get("copies", place)
export const writeCopy = (place: string, kept: Kept): Promise<void> =>
  write("copies", (store) => store.put(kept, place))
export const copiedPlaces = async (): Promise<string[]> => (await device.open()).getAllKeys("copies")
export const removeCopy = async (place: string): Promise<void> => (await device.open()).delete("copies", place)

export const readWaiting = async (): Promise<Waiting[]> => (await device.open()).getAll("waiting")
export const writeWaiting = (waiting: Waiting): Promise<void> => write("waiting", (store) => store.put(waiting))
export const removeWaiting = async (id: string): Promise<void> => (await device.open()).delete("waiting", id)

export const readDraft = async (): Promise<Kept | undefined> => (await device.open()).get("draft", "it")
export const writeDraft = (kept: Kept): Promise<void> => write("draft", (store) => store.put(kept, "it"))
export const removeDraft = (): Promise<void> => write("draft", (store) => store.delete("it"))

export const readCardsCopy = async (): Promise<Kept | undefined> => (await device.open()).get("cards", "it")
export const writeCardsCopy = (kept: Kept): Promise<void> => write("cards", (store) => store.put(kept, "it"))

export const consideredPlaces = async (): Promise<string[]> => (await device.open()).getAllKeys("considered")
export const writeConsidered = (place: string): Promise<void> => write("considered", (store) => store.put(true, place))

/** Removes everything this app keeps on the device, keys included, from under every open page. Rejects where the browser doesn't, within seconds. */
export const forgetEverything = (): Promise<void> => {
  owner = undefined
  return device.forget()
}

/** Browsers clear what a page keeps when space is short, unless they are asked not to. */
export const askToKeep = async (): Promise<boolean> =>
  "storage" in navigator && "persist" in navigator.storage ? navigator.storage.persist() : false
