import { beforeAll, describe, expect, test, vi } from "vitest"
import { addFile, changeFile, deleteFile, newFileId, readFile, restoreFile } from "../../../sdk/practice/files.ts"
import { openPractice } from "../../../sdk/practice/practice.ts"
import { confirmationCode } from "../../fakes/accounts.ts"
import { cloudAddress, type MemoryNetwork, memoryNetwork } from "../../kit/memory-network.ts"
import { lying, type Network, over } from "../../kit/network.ts"
import { contentOf, fullPractice, newEntry, openNewPractice, reopened } from "../../kit/practices.ts"

const code = async () => confirmationCode
let net: MemoryNetwork
let opened = 0
beforeAll(async () => {
  net = await memoryNetwork()
})
const open = () =>
  over(net.network, () => fullPractice(cloudAddress, `practice-${++opened}@example.org`, net.physician, code))
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => "done",
    (error: unknown) => (error as { code?: string }).code,
  )

describe("a practice", () => {
  test("is opened by a certified professional, and their file is found and read on the device's next day", async () => {
    const { session, entry } = await open()
    await over(net.network, async () => {
      const practice = await reopened(session)
      expect(practice.directory.search("smith").hits).toEqual([{ entry, manner: "as-written" }])
      expect(text(await readFile(practice, entry.fileId))).toContain("of John Smith")
    })
  })

  test("isn't opened by a certificate that the cloud doesn't trust", async () => {
    await over(net.network, async () => {
      const opening = openNewPractice(cloudAddress, "stranger@example.org", net.stranger, code)
      expect(await codeOf(opening)).toBe("certificate-untrusted")
    })
  })

  test("searches without a request", async () => {
    const { practice } = await open()
    const nothing: Network = () => Promise.reject(new Error("there is no network"))
    await over(nothing, async () => {
      expect(practice.directory.search("john smi").count).toBe(1)
    })
  })

  test("keeps every version of a file, and each is read", async () => {
    const { practice, entry } = await open()
    await over(net.network, async () => {
      const { fileId } = entry
      await changeFile(practice, entry, contentOf("second"))
      expect(text(await readFile(practice, fileId))).toContain("second")
      expect(text(await readFile(practice, fileId, 1))).toContain("of John Smith")
      expect(await codeOf(readFile(practice, fileId, 3))).toBe("not-found")
    })
  })

  test("doesn't find a deleted file, and finds it again when that is undone", async () => {
    const { practice, entry } = await open()
    await over(net.network, async () => {
      const deleted = await deleteFile(practice, entry)
      expect(practice.directory.search("smith").count).toBe(0)
      await restoreFile(practice, deleted)
      expect(practice.directory.search("smith").count).toBe(1)
      expect(text(await readFile(practice, entry.fileId))).toContain("of John Smith")
    })
  })

  test("of two devices that change different files at once loses neither's change", async () => {
    const { practice, session, entry } = await open()
    await over(net.network, async () => {
      const other = await reopened(session)
      await Promise.all([
        changeFile(practice, { ...entry, phones: ["1"] }),
        addFile(other, newEntry("Doe", "Jane"), contentOf("of Jane Doe")),
        addFile(practice, newEntry("Roe", "Ann")),
      ])
      const whole = await reopened(session)
      expect([...whole.directory.entries()].map(({ names, phones }) => [names[0]?.family, phones])).toEqual([
        ["Doe", []],
        ["Roe", []],
        ["Smith", ["1"]],
      ])
    })
  })

  test("lets nobody overwrite what another device changed of the same file, and keeps both versions to be merged", async () => {
    const { practice, session, entry } = await open()
    await over(net.network, async () => {
      const other = await reopened(session)
      await changeFile(practice, { ...entry, phones: ["1"] }, contentOf("theirs"))
      expect(await codeOf(changeFile(other, { ...entry, phones: ["2"] }, contentOf("mine")))).toBe("practice-conflict")
      expect(other.directory.get(entry.fileId)?.phones).toEqual(["1"])
      expect(text(await readFile(other, entry.fileId))).toContain("theirs")
    })
  })

  test("is closed to another practice's members: nothing of it is told, not even that it is there", async () => {
    const [one, other] = [await open(), await open()]
    await over(net.network, async () => {
      const asked = { fileId: one.entry.fileId, version: "1" }
      const reading = other.session.cloud.api.call("practice/download-url", asked, other.session.accessToken)
      expect(await codeOf(reading)).toBe("not-found")
      expect((await reopened(other.session)).directory.get(one.entry.fileId)).toBeUndefined()
    })
  })
})

describe("a deleted file", () => {
  const month = 30 * 24 * 60 * 60 * 1000
  const later = async <T>(run: () => Promise<T>): Promise<T> => {
    vi.useFakeTimers({ now: Date.now() + month + 60_000, toFake: ["Date"] })
    try {
      return await run()
    } finally {
      vi.useRealTimers()
    }
  }

  test("is forgotten by every device after 30 days, and nothing of it is left in the cloud", async () => {
    const { practice, session, entry } = await open()
    await over(net.network, async () => {
      await addFile(practice, newEntry("Doe", "Jane"))
      await deleteFile(practice, entry)
      expect(await net.destroyFiles(31)).toEqual({ destroyed: 1, failed: 0 })
      await later(async () => {
        const whole = await reopened(session)
        expect([...whole.directory.entries()].map(({ names }) => names[0]?.family)).toEqual(["Doe"])
        expect(await codeOf(readFile(whole, entry.fileId))).toBe("not-found")
        await practice.sync()
        expect(practice.directory.get(entry.fileId)).toBeUndefined()
      })
    })
  })

  test("whose entry the cloud keeps back before its time, or of a file that nobody deleted, is found out", async () => {
    const { practice, session, entry } = await open()
    const without = {
      "practice/get-changes": ({ changes }: { changes: { change: string }[] }) => ({
        changes: changes.map(({ change }) => ({ change })),
      }),
    }
    await over(net.network, () => deleteFile(practice, entry))
    await over(lying(net.network, without), async () => {
      expect(await codeOf(reopened(session))).toBe("practice-changes-invalid")
    })
    await over(net.network, async () => restoreFile(practice, practice.directory.get(entry.fileId) ?? entry))
    await over(lying(net.network, without), () =>
      later(async () => {
        expect(await codeOf(reopened(session))).toBe("practice-changes-invalid")
      }),
    )
  })
})

describe("a change whose answer was lost", () => {
  test("opens one file for a new patient, by the id that the device kept, also after the page was loaded anew", async () => {
    const { session } = await open()
    const fileId = newFileId()
    await over(net.network, async () => {
      // A page that doesn't know that the first came through.
      const page = await reopened(session)
      await addFile(await reopened(session), newEntry("Doe", "Jane"), contentOf("first"), fileId)
      const again = await addFile(page, newEntry("Doe", "Janet"), contentOf("second"), fileId)
      expect(page.directory.search("doe").hits.map(({ entry }) => entry)).toEqual([again])
      expect(again.names).toEqual([{ family: "Doe", given: "Janet" }])
      expect(text(await readFile(page, fileId))).toContain("second")
    })
  })

  test("is put once when it is tried again, and is no conflict with itself", async () => {
    const { practice, entry } = await open()
    const losing: Network = async (asked) => {
      const reply = await net.network(asked)
      return asked.route === "practice/put-file" ? Promise.reject(new Error("lost")) : reply
    }
    const changed = { ...entry, phones: ["1"] }
    await over(losing, async () => {
      expect(await codeOf(changeFile(practice, changed, contentOf("mine")))).toBe("unreachable")
    })
    await over(net.network, async () => {
      expect(await codeOf(changeFile(practice, changed, contentOf("mine")))).toBe("done")
      expect(practice.directory.get(entry.fileId)).toMatchObject({ version: 2, phones: ["1"] })
      expect(practice.versions.get(entry.fileId)).toHaveLength(2)
      expect(await codeOf(changeFile(practice, changed, contentOf("another")))).toBe("practice-conflict")
    })
  })
})

describe("a cloud that", () => {
  const refusedAs = async (lies: Parameters<typeof lying>[1]) => {
    const { session, practice, entry } = await open()
    await over(net.network, () => changeFile(practice, { ...entry, phones: ["1"] }))
    return over(lying(net.network, lies), () => codeOf(reopened(session)))
  }

  test("leaves a change out, changes their order or shows another's entry is found out", async () => {
    const lies: Parameters<typeof lying>[1][] = [
      { "practice/get-changes": ({ changes }) => ({ changes: changes.toSpliced(1, 1) }) },
      { "practice/get-changes": ({ changes }) => ({ changes: changes.toReversed() }) },
      { "practice/get-changes": () => ({ changes: [] }) },
      {
        "practice/get-changes": ({ changes }) => ({
          changes: changes.map((each) => ({ ...each, ...(each.entry && { entry: changes[1]?.entry }) })),
        }),
      },
      { "practice/get-changes": ({ changes }) => ({ changes: changes.map(({ change }) => ({ change })) }) },
    ]
    for (const lie of lies) expect(await refusedAs(lie)).toBe("practice-changes-invalid")
  })

  test("shows an older state than the device has seen is found out", async () => {
    const { session, practice, entry } = await open()
    await over(net.network, async () => {
      const earlier = await session.cloud.api.call("practice/get-practice", {}, session.accessToken)
      await changeFile(practice, { ...entry, phones: ["1"] })
      const lies = { "practice/get-practice": (now: object) => ({ ...now, change: earlier.change }) }
      await over(lying(net.network, lies), async () => {
        expect(await codeOf(reopened(session))).toBe("practice-changes-invalid")
      })
    })
  })

  test("shows another practice's members, or keys that nobody named, is found out", async () => {
    const other = await open()
    const theirs = await over(net.network, () =>
      other.session.cloud.api.call("practice/get-practice", {}, other.session.accessToken),
    )
    const members = (now: { members: string[] }) => ({
      ...now,
      members: now.members.length === 0 ? [] : theirs.members,
    })
    expect(await refusedAs({ "practice/get-practice": members })).toBe("members-invalid")
    expect(await refusedAs({ "practice/get-practice": (now) => ({ ...now, keys: theirs.keys }) })).toBe(
      "practice-changes-invalid",
    )
  })
})

test("a member of another account than the device's is refused", async () => {
  const [one, other] = [await open(), await open()]
  const session = { ...one.session, accessToken: other.session.accessToken }
  const opening = over(net.network, () => openPractice({ ...session, memory: structuredClone(session.memory) }))
  await expect(opening).rejects.toMatchObject({ code: "members-invalid" })
})
