import type { DBSchema, IDBPObjectStore, StoreNames } from "idb"
import type { LockedKeyPairs } from "../../protocol/keys.ts"
import type { PracticeKeys } from "../../protocol/practice/keys.ts"
import type { Cloud } from "../../sdk/cloud.ts"
import type { Kept } from "../../sdk/patient/kept.ts"
import type { KeptChange, KeptPractice, Learnt } from "../../sdk/practice/practice.ts"
import type { PracticeMemory } from "../../sdk/practice/session.ts"
import { deviceStore } from "../shared/device-store.ts"

/** How far somebody got with opening their account. `phrase`: they have not shown yet that they wrote the recovery phrase down. */
type Stage = "phrase" | "confirm" | "done"

/** Who works on this device, and the keys by which it signs for them: the browser's, non-extractable. No address, password or patient's name is kept. */
export interface Account {
  readonly keys: LockedKeyPairs
  /** What the SDK holds every later answer of the cloud against. */
  readonly memory: PracticeMemory
  readonly cloud: Omit<Cloud, "api"> & { readonly address: string }
  /** As it stands on what they write. */
  readonly author: string
  readonly stage: Stage
}

interface Stores extends DBSchema {
  account: { key: "it"; value: Account }
  /** The practice for when there is no network, sealed and signed as the cloud gave it: lists of members and changes by their numbers, and the newest keys. */
  lists: { key: number; value: string }
  changes: { key: number; value: KeptChange }
  keys: { key: "it"; value: PracticeKeys }
  /** What stands in a form and isn't saved, sealed, by its file. */
  drafts: { key: string; value: Kept }
}

const device = deviceStore<Stores>("ehr-cloud-practice", (database) => {
  for (const store of ["account", "lists", "changes", "keys", "drafts"] as const) database.createObjectStore(store)
})

/** Whose practice this page works for; `undefined` before there is one, and after it was removed. */
let owner: string | undefined

const removals: (() => void)[] = []
const removed = () => {
  owner = undefined
  for (const act of removals) act()
}
device.onForgotten(removed)

/** Calls `act` in this page when another has removed the practice from the device. */
export const onRemoved = (act: () => void): void => void removals.push(act)

/** Nothing is written any more for an account that was removed from the device. */
class RemovedFromDevice extends Error {
  override readonly name = "RemovedFromDevice"
}

/** Writes beside the account of this page, in one transaction; throws where it isn't there any more, so that nothing comes back by what a page had under way. */
const write = async <Name extends StoreNames<Stores>>(
  name: Name,
  change: (store: IDBPObjectStore<Stores, ("account" | Name)[], Name, "readwrite">) => Promise<unknown>,
): Promise<void> => {
  const names: ("account" | Name)[] = ["account", name]
  const transaction = (await device.open()).transaction(names, "readwrite")
  const kept = await transaction.objectStore("account").get("it")
  if (owner === undefined || kept?.memory.memberId !== owner) {
    await transaction.done
    if (owner !== undefined) removed()
    throw new RemovedFromDevice("this device has no such account")
  }
  await Promise.all([change(transaction.objectStore(name)), transaction.done])
}

const written = (account: Account): Account => ({ ...account, memory: structuredClone(account.memory) })

export const readAccount = async (): Promise<Account | undefined> => {
  const account = await (await device.open()).get("account", "it")
  owner = account?.memory.memberId
  return account
}

/** The first that this device keeps of an account. */
export const createAccount = async (account: Account): Promise<void> => {
  await (await device.open()).put("account", written(account), "it")
  owner = account.memory.memberId
}

/** What the SDK remembers changes with every answer: it is written after each. */
export const writeAccount = (account: Account): Promise<void> =>
  write("account", (store) => store.put(written(account), "it"))

/** Adds what the device has learnt to what it keeps of the practice; of files that were destroyed, it forgets the entries. */
export const keepLearnt = async ({ lists, changes, keys, destroyed }: Learnt): Promise<void> => {
  const gone = new Set(destroyed)
  const names: ("lists" | "changes" | "keys")[] = ["lists", "changes", "keys"]
  const transaction = (await device.open()).transaction(names, "readwrite")
  const kept = transaction.objectStore("changes")
  await Promise.all([
    ...lists.map(({ number, list }) => transaction.objectStore("lists").put(list, number)),
    ...changes.map((change) => kept.put(change, change.number)),
    transaction.objectStore("keys").put(keys, "it"),
  ])
  if (gone.size > 0)
    for (let cursor = await kept.openCursor(); cursor !== null; cursor = await cursor.continue()) {
      const { entry: _entry, ...change } = cursor.value
      if (change.fileId !== undefined && gone.has(change.fileId)) await cursor.update(change)
    }
  await transaction.done
}

/** What this device keeps of the practice; `undefined` before it was read once. */
export const keptPractice = async (): Promise<KeptPractice | undefined> => {
  const database = await device.open()
  const [lists, changes, keys] = await Promise.all([
    database.getAll("lists"),
    database.getAll("changes"),
    database.get("keys", "it"),
  ])
  return keys === undefined ? undefined : { lists, changes, keys }
}

export const readDraft = async (name: string): Promise<Kept | undefined> => (await device.open()).get("drafts", name)
export const writeDraft = (name: string, kept: Kept): Promise<void> => write("drafts", (store) => store.put(kept, name))
export const removeDraft = async (name: string): Promise<void> => (await device.open()).delete("drafts", name)
export const draftNames = async (): Promise<string[]> => (await device.open()).getAllKeys("drafts")

/** Removes everything this app keeps on the device, keys included, from under every open page. Rejects where the browser doesn't, within seconds. */
export const forgetEverything = (): Promise<void> => {
  owner = undefined
  return device.forget()
}

/** Browsers clear what a page keeps when space is short, unless they are asked not to. */
export const askToKeep = async (): Promise<boolean> =>
  "storage" in navigator && "persist" in navigator.storage ? navigator.storage.persist() : false
