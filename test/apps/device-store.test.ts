import "fake-indexeddb/auto"
import type { DBSchema } from "idb"
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest"
import { type DeviceStore, deviceStore, patience } from "../../apps/shared/device-store.ts"

interface Stores extends DBSchema {
  keys: { key: string; value: string }
  papers: { key: string; value: string }
}

let name = ""
let count = 0
/** Another page of the app: the same store by another connection and another channel. */
const page = () =>
  deviceStore<Stores>(name, (database) => {
    database.createObjectStore("keys")
    database.createObjectStore("papers")
  })
const fill = async (store: DeviceStore<Stores>) => {
  const database = await store.open()
  await database.put("keys", "a secret", "own")
  await database.put("papers", "a letter", "first")
}
const contents = async (store: DeviceStore<Stores>) => {
  const database = await store.open()
  return [...(await database.getAll("keys")), ...(await database.getAll("papers"))]
}

/** A page of an older app, or one that the browser has frozen: it keeps its connection whatever it is told. */
const deafConnection = () =>
  new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(name)
    request.addEventListener("success", () => resolve(request.result))
    request.addEventListener("error", () => reject(new Error("not opened")))
  })
const countIn = (database: IDBDatabase, store: string) =>
  new Promise<number>((resolve) => {
    const request = database.transaction(store).objectStore(store).count()
    request.addEventListener("success", () => resolve(request.result))
  })

beforeEach(() => {
  name = `store-${++count}`
})
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe("forgetting what a device keeps", () => {
  test("ends at once with another page open, which is told, and nothing is left for either", async () => {
    const [leaving, other] = [page(), page()]
    await fill(leaving)
    expect(await contents(other)).toHaveLength(2)
    const told = vi.fn()
    other.onForgotten(told)
    const own = vi.fn()
    leaving.onForgotten(own)
    await leaving.forget()
    // Not only empty: nothing held the deletion up.
    expect((await indexedDB.databases()).map((each) => each.name)).not.toContain(name)
    await vi.waitFor(() => expect(told).toHaveBeenCalled())
    expect(own).not.toHaveBeenCalled()
    expect(await contents(other)).toEqual([])
    expect(await contents(leaving)).toEqual([])
  })

  test("tells a page that has nothing open", async () => {
    const [leaving, other] = [page(), page()]
    await fill(leaving)
    const told = vi.fn()
    other.onForgotten(told)
    await leaving.forget()
    await vi.waitFor(() => expect(told).toHaveBeenCalledOnce())
  })

  test("is known by the browser's own word where no message comes", async () => {
    const silent = class extends EventTarget {
      postMessage() {}
    }
    vi.stubGlobal("BroadcastChannel", silent)
    const [leaving, other] = [page(), page()]
    vi.unstubAllGlobals()
    await fill(leaving)
    await contents(other)
    const told = vi.fn()
    other.onForgotten(told)
    await leaving.forget()
    expect(told).toHaveBeenCalledOnce()
    // The page let go of its connection, too.
    expect((await indexedDB.databases()).map((each) => each.name)).not.toContain(name)
  })

  test("ends where a page keeps its connection: what it is connected to is empty", async () => {
    const leaving = page()
    await fill(leaving)
    const deaf = await deafConnection()
    await leaving.forget()
    expect([await countIn(deaf, "keys"), await countIn(deaf, "papers")]).toEqual([0, 0])
    // Nothing hangs behind the deletion that waits, and all is well when the page is closed.
    await expect(leaving.open()).rejects.toThrow(/no answer/)
    deaf.close()
    await vi.waitFor(async () => expect(await contents(leaving)).toEqual([]), { timeout: 2 * patience })
  })

  test("that the browser answers neither way is refused after a bounded time, not said to be done", async () => {
    vi.useFakeTimers()
    vi.spyOn(indexedDB, "open").mockImplementation(() => new IDBOpenDBRequest())
    vi.spyOn(indexedDB, "deleteDatabase").mockImplementation(() => new IDBOpenDBRequest())
    const forgetting = expect(page().forget()).rejects.toThrow(/deleted nothing/)
    await vi.advanceTimersByTimeAsync(4 * patience)
    await forgetting
  })

  test("is not held up by a connection that opened too late to be waited for", async () => {
    const store = page()
    await fill(store)
    const deaf = await deafConnection()
    await store.forget()
    await expect(store.open()).rejects.toThrow(/no answer/)
    // Now the deletion ends, and the browser opens what nobody waits for any more.
    deaf.close()
    await vi.waitFor(async () => expect((await indexedDB.databases()).map((each) => each.name)).toContain(name))
    const outcome = await new Promise((resolve) => {
      const request = indexedDB.deleteDatabase(name)
      request.addEventListener("blocked", () => resolve("blocked"))
      request.addEventListener("success", () => resolve("deleted"))
    })
    expect(outcome).toBe("deleted")
  })
})
