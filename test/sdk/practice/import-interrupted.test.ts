import { beforeAll, describe, expect, test } from "vitest"
import { changeFile, mergeFiles, restoreFile } from "../../../sdk/practice/files.ts"
import {
  type ImportedPatient,
  importPatients,
  importsIn,
  newImportId,
  previewImport,
  takeImportBack,
} from "../../../sdk/practice/import.ts"
import type { Practice } from "../../../sdk/practice/practice.ts"
import { confirmationCode } from "../../fakes/accounts.ts"
import { cloudAddress, type MemoryNetwork, memoryNetwork } from "../../kit/memory-network.ts"
import { jsonReply, type Network, over, type Reply } from "../../kit/network.ts"
import { contentOf, newEntry, openNewPractice, reopened } from "../../kit/practices.ts"

let net: MemoryNetwork
let opened = 0
beforeAll(async () => {
  net = await memoryNetwork()
})
const code = async () => confirmationCode
const online = <T>(run: () => Promise<T>) => over(net.network, run)
const open = () =>
  online(() => openNewPractice(cloudAddress, `interrupted-${++opened}@example.org`, net.physician, code))

/** Two with a content, and one who is known again by all that is said of her. */
const patients: readonly ImportedPatient[] = [
  {
    at: 1,
    said: newEntry("Doe", "Jane", { identifiers: [{ system: "urn:old", value: "1" }] }),
    content: contentOf("Jane"),
  },
  { at: 2, said: newEntry("Roe", "Ann") },
  {
    at: 3,
    said: newEntry("Poe", "Eve", { identifiers: [{ system: "urn:old", value: "3" }] }),
    content: contentOf("Eve"),
  },
]
const run = (practice: Practice, importId: string) =>
  importPatients(practice, previewImport(practice.directory, patients), undefined, importId)
const namesIn = ({ directory }: Practice) =>
  [...directory.entries()].flatMap(({ names, deletedAt }) => (deletedAt === undefined ? [names[0]?.family] : []))

/** What a device hears that is stopped for good: an upload would wait for a network that comes back. */
const stopped = (route: string): Reply => {
  const refusal = { type: "about:blank", status: 401, code: "unauthenticated", requestId: "stopped" }
  return route === "object" ? { status: 403, headers: {}, body: new Uint8Array() } : jsonReply(refusal, 401)
}

/** Nothing is asked any more from the n-th question on; `answered`: that one is done, and its answer lost. */
const stopping = (nth: number, answered: boolean) => {
  let asked = 0
  const network: Network = async (question) => {
    asked++
    if (asked > nth) return stopped(question.route)
    const reply = await net.network(question)
    return asked === nth && answered ? stopped(question.route) : reply
  }
  return { network, count: () => asked }
}

const questionsOf = async (act: () => Promise<unknown>): Promise<number> => {
  const counting = stopping(Number.POSITIVE_INFINITY, false)
  await over(counting.network, act)
  return counting.count()
}

describe("an import that is stopped at any question", () => {
  test("is gone on with by the same id, and nobody is doubled or lost", async () => {
    const whole = await open()
    const importId = newImportId()
    const questions = await questionsOf(() => run(whole.practice, importId))
    expect(questions).toBeGreaterThan(6)
    for (let nth = 0; nth <= questions; nth++)
      for (const answered of [false, true]) {
        const { practice, session } = await open()
        await over(stopping(nth, answered).network, () => run(practice, importId).catch(() => undefined))
        await online(async () => {
          const later = await reopened(session)
          await run(later, importId)
          expect(namesIn(later), `${nth}`).toEqual(["Doe", "Poe", "Roe"])
          expect(importsIn(later.directory)).toMatchObject([{ importId, changed: [] }])
          expect(importsIn(later.directory)[0]?.untouched).toHaveLength(3)
        })
      }
  }, 120_000)

  test("is taken back whole, also where that is stopped at any question; and can be made anew", async () => {
    const importId = newImportId()
    const first = await open()
    await online(() => run(first.practice, importId))
    const questions = await questionsOf(() => takeImportBack(first.practice, importId))
    for (let nth = 0; nth <= questions; nth++)
      for (const answered of [false, true]) {
        const { practice, session } = await open()
        await online(() => run(practice, importId))
        await over(stopping(nth, answered).network, () => takeImportBack(practice, importId).catch(() => undefined))
        await online(async () => {
          const later = await reopened(session)
          expect(await takeImportBack(later, importId)).toEqual([])
          expect(namesIn(later), `${nth}`).toEqual([])
          await run(later, newImportId())
          expect(namesIn(later)).toEqual(["Doe", "Poe", "Roe"])
        })
      }
  }, 120_000)
})

describe("an import that is taken back", () => {
  test("leaves what somebody has written on since, and files that others were merged into, and says which", async () => {
    const { practice } = await open()
    await online(async () => {
      const importId = newImportId()
      const [jane, ann, eve] = await run(practice, importId)
      if (jane === undefined || ann === undefined || eve === undefined) throw new Error("nobody was imported")
      const changed = await changeFile(practice, { ...jane, phones: ["1"] })
      await mergeFiles(practice, ann.fileId, eve.fileId)
      const left = await takeImportBack(practice, importId)
      expect(left.map(({ fileId }) => fileId).sort()).toEqual([changed.fileId, ann.fileId, eve.fileId].sort())
      expect(namesIn(practice)).toEqual(["Doe", "Poe", "Roe"])
    })
  })

  test("keeps what another device writes on at that moment, and no other import is touched", async () => {
    const { practice, session } = await open()
    await online(async () => {
      const [one, other] = [newImportId(), newImportId()]
      const [jane] = await run(practice, one)
      const second: readonly ImportedPatient[] = [{ at: 1, said: newEntry("Moe", "Max") }]
      await importPatients(practice, previewImport(practice.directory, second), undefined, other)
      if (jane === undefined) throw new Error("nobody was imported")
      const elsewhere = await reopened(session)
      let written = false
      const racing: Network = async (asked) => {
        if (asked.route === "practice/put-file" && !written) {
          written = true
          await over(net.network, () => changeFile(elsewhere, { ...jane, phones: ["1"] }))
        }
        return net.network(asked)
      }
      const left = await over(racing, () => takeImportBack(practice, one))
      expect(left.map(({ fileId, phones }) => [fileId, phones])).toEqual([[jane.fileId, ["1"]]])
      expect(namesIn(practice)).toEqual(["Doe", "Moe"])
    })
  })

  test("can be brought back file by file", async () => {
    const { practice } = await open()
    await online(async () => {
      const importId = newImportId()
      const [jane] = await run(practice, importId)
      await takeImportBack(practice, importId)
      const deleted = practice.directory.get(jane?.fileId ?? "")
      if (deleted === undefined) throw new Error("it is gone")
      await restoreFile(practice, deleted)
      expect(namesIn(practice)).toEqual(["Doe"])
      // It was written on since: nobody takes it back unasked.
      expect(await takeImportBack(practice, importId)).toHaveLength(1)
    })
  })
})
