import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from "idb"

/** What an app keeps on this device, keys included, and how every open page of the app lets go of it. */
export interface DeviceStore<Stores extends DBSchema> {
  /** Returns the database; rejects where the browser doesn't open it within `patience`. */
  open(): Promise<IDBPDatabase<Stores>>
  /**
   * Empties every store, tells the app's other pages, then deletes the database. Resolves when the device keeps nothing any more: a deletion that
   * another page holds up is of an empty database, and ends with that page. Rejects, within four times `patience`, where neither was done.
   */
  forget(): Promise<void>
  /** Calls `act` in this page when another has forgotten. */
  onForgotten(act: () => void): void
}

/** How long a browser may take for each step, milliseconds: what another page holds up would have no end. */
export const patience = 3000

const within = async <T>(work: Promise<T>): Promise<T> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the browser's storage gives no answer")), patience)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

const succeeds = (work: Promise<unknown>): Promise<boolean> =>
  within(work).then(
    () => true,
    () => false,
  )

/** Returns the store of this name, the same for every page of the app's origin. `create`: makes the object stores of a new database. */
export const deviceStore = <Stores extends DBSchema>(
  name: string,
  create: (database: IDBPDatabase<Stores>) => void,
): DeviceStore<Stores> => {
  let opened: Promise<IDBPDatabase<Stores>> | undefined
  const acts: (() => void)[] = []
  const forgotten = () => {
    for (const act of acts) act()
  }

  /** Between the pages of the app; says only that nothing is kept any more. */
  const pages = new BroadcastChannel(name)
  pages.addEventListener("message", () => {
    close()
    forgotten()
  })

  /** Ends when the transactions under way have. */
  const close = () => {
    const held = opened
    opened = undefined
    held?.then(
      (database) => database.close(),
      () => undefined,
    )
  }

  const open = (): Promise<IDBPDatabase<Stores>> => {
    if (opened !== undefined) return opened
    const opening = openDB<Stores>(name, 1, {
      upgrade: create,
      // A page that kept its connection would hold up the deletion for as long as it is open.
      blocking: (_current, next) => {
        close()
        if (next === null) forgotten()
      },
      terminated: close,
    })
    const inTime = within(opening).catch((error: unknown) => {
      if (opened === inTime) opened = undefined
      // What opens too late would hold up a deletion, too.
      opening.then(
        (database) => database.close(),
        () => undefined,
      )
      throw error
    })
    opened = inTime
    return inTime
  }

  const empty = async (): Promise<void> => {
    const database = await open()
    const stores = [...database.objectStoreNames]
    const transaction = database.transaction(stores, "readwrite")
    await Promise.all([...stores.map((store) => transaction.objectStore(store).clear()), transaction.done])
  }

  return {
    open,
    forget: async () => {
      const emptied = await succeeds(empty())
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel's takes none: it is of this origin
      pages.postMessage("forgotten")
      close()
      const deleted = await succeeds(deleteDB(name))
      if (!emptied && !deleted) throw new Error("the browser deleted nothing")
    },
    onForgotten: (act) => void acts.push(act),
  }
}
