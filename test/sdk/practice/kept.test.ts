import { beforeAll, describe, expect, test, vi } from "vitest"
import { addFile, deleteFile } from "../../../sdk/practice/files.ts"
import {
  type KeptChange,
  type KeptPractice,
  type Learnt,
  openPractice,
  Practice,
} from "../../../sdk/practice/practice.ts"
import type { PracticeSession } from "../../../sdk/practice/session.ts"
import { confirmationCode } from "../../fakes/accounts.ts"
import { cloudAddress, type MemoryNetwork, memoryNetwork } from "../../kit/memory-network.ts"
import { type Network, over } from "../../kit/network.ts"
import { contentOf, fullPractice, newEntry, reopened } from "../../kit/practices.ts"

let net: MemoryNetwork
beforeAll(async () => {
  net = await memoryNetwork()
})

/** What a device keeps, as an app keeps it. */
const keeping = () => {
  const lists: string[] = []
  const changes = new Map<number, KeptChange>()
  let keys: Learnt["keys"] | undefined
  return {
    keeper: async (learnt: Learnt) => {
      for (const { number, list } of learnt.lists) lists[number - 1] = list
      for (const change of learnt.changes) changes.set(change.number, change)
      for (const [number, { entry: _entry, ...change }] of changes)
        if (change.fileId !== undefined && learnt.destroyed.includes(change.fileId)) changes.set(number, change)
      keys = learnt.keys
    },
    kept: (): KeptPractice => {
      if (keys === undefined) throw new Error("nothing was kept")
      return { lists, changes: [...changes.values()], keys }
    },
  }
}

const nowhere: Network = async () => {
  throw new Error("there is no network")
}
const restored = async (session: PracticeSession, kept: KeptPractice): Promise<Practice> => {
  const practice = new Practice(session)
  await over(nowhere, () => practice.restore(kept))
  return practice
}
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => "done",
    (error: unknown) => (error as { code?: string }).code,
  )

const open = async (email: string) => {
  const { session } = await over(net.network, () =>
    fullPractice(cloudAddress, email, net.physician, async () => confirmationCode),
  )
  const device = keeping()
  const practice = await over(net.network, () => openPractice(session, device.keeper))
  return { session, practice, ...device }
}

describe("a practice that a device keeps", () => {
  test("opens without a request, is searched by the same code, and goes on from there once there is a network", async () => {
    const { session, practice, kept } = await open("kept-1@example.org")
    await over(net.network, () => addFile(practice, newEntry("Müller", "Jürgen"), contentOf("of Jürgen")))
    const offline = await restored(session, kept())
    for (const typed of ["smith", "muller", "MÜLLER"]) expect(offline.directory.search(typed).count).toBe(1)
    await over(net.network, async () => {
      await addFile(await reopened(session), newEntry("Weber", "Eva"))
      await offline.sync()
    })
    expect(offline.directory.search("weber").count).toBe(1)
  })

  test("that was changed on the disk, is cut, or is older than the device knows is refused", async () => {
    const { session, practice, kept } = await open("kept-2@example.org")
    const before = { ...kept(), changes: [...kept().changes] }
    await over(net.network, () => addFile(practice, newEntry("Doe", "Jane")))
    const whole = kept()
    const [first, second, third] = whole.changes
    if (first === undefined || second?.entry === undefined || third === undefined) throw new Error("too few changes")
    const refused = async (of: KeptPractice) => codeOf(restored(session, of))
    expect(await refused(whole)).toBe("done")
    expect(await refused(before)).toBe("practice-changes-invalid")
    expect(await refused({ ...whole, changes: [first, third] })).toBe("practice-changes-invalid")
    expect(await refused({ ...whole, changes: [first, { ...second, entry: third.entry }, third] })).toBe(
      "practice-changes-invalid",
    )
    expect(await refused({ ...whole, changes: [first, { ...second, entry: undefined }, third] })).toBe(
      "practice-changes-invalid",
    )
    expect(await refused({ ...whole, lists: [] })).not.toBe("done")
  })

  test("has no entry any more of a file that was destroyed", async () => {
    const { session, practice, kept } = await open("kept-3@example.org")
    await over(net.network, async () => {
      const doe = await addFile(practice, newEntry("Doe", "Jane"))
      await deleteFile(practice, doe)
      await net.destroyFiles(31)
      vi.useFakeTimers({ now: Date.now() + 31 * 24 * 60 * 60 * 1000, toFake: ["Date"] })
      try {
        await practice.sync()
        expect(kept().changes.filter(({ fileId, entry }) => fileId === doe.fileId && entry !== undefined)).toEqual([])
        expect([...(await restored(session, kept())).directory.entries()]).toHaveLength(1)
      } finally {
        vi.useRealTimers()
      }
    })
  })
})
