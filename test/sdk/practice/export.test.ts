import { beforeAll, describe, expect, test } from "vitest"
import { joinedDocuments } from "../../../fhir/joined-documents.ts"
import { parseJson } from "../../../protocol/crypto/strict-json.ts"
import { readPracticeTrail } from "../../../sdk/practice/audit-trail.ts"
import { exportFile } from "../../../sdk/practice/export.ts"
import { addFile, deleteFile, mergeFiles, takeFileApart } from "../../../sdk/practice/files.ts"
import { savedVersion } from "../../../sdk/practice/saved-merge.ts"
import { settledVersion } from "../../../sdk/practice/three-way-merge.ts"
import { confirmationCode } from "../../fakes/accounts.ts"
import { cloudAddress, type MemoryNetwork, memoryNetwork } from "../../kit/memory-network.ts"
import { over } from "../../kit/network.ts"
import { contentOf, fullPractice, newEntry, newMember } from "../../kit/practices.ts"

let net: MemoryNetwork
let opened = 0
beforeAll(async () => {
  net = await memoryNetwork()
})
const code = async () => confirmationCode
const online = <T>(run: () => Promise<T>) => over(net.network, run)
const open = () => online(() => fullPractice(cloudAddress, `export-${++opened}@example.org`, net.physician, code))
const codeOf = (attempt: Promise<unknown>) =>
  attempt.then(
    () => "done",
    (error: unknown) => (error as { code?: string }).code,
  )

describe("the export of one file", () => {
  test("has the files that were merged into it, each whole, whichever of them is asked for, and no other", async () => {
    const { practice, entry } = await open()
    await online(async () => {
      const twin = await addFile(practice, newEntry("Smith", "Jon"), contentOf("of Jon Smith"))
      const empty = await addFile(practice, newEntry("Smith", "J."))
      const apart = await addFile(practice, newEntry("Smyth", "John"), contentOf("of John Smyth"))
      const deleted = await addFile(practice, newEntry("Smith", "Joan"))
      for (const each of [twin, empty, apart, deleted]) await mergeFiles(practice, each.fileId, entry.fileId)
      await takeFileApart(practice, apart.fileId)
      await deleteFile(practice, practice.directory.get(deleted.fileId) ?? deleted)
      for (const asked of [entry.fileId, twin.fileId]) {
        const [first, ...others] = await exportFile(practice, asked)
        expect(first?.entry.fileId).toBe(entry.fileId)
        expect(new Set(others.map(({ entry: other }) => other.fileId))).toEqual(new Set([twin.fileId, empty.fileId]))
        expect(others.find(({ entry: other }) => other.fileId === empty.fileId)?.content).toBeUndefined()
      }
      const exported = await exportFile(practice, entry.fileId)
      const documents = exported.flatMap(({ content }) => (content === undefined ? [] : [parseJson(content)]))
      expect(joinedDocuments(documents, new Date())).toMatchObject({
        type: "collection",
        entry: [{ resource: { note: "of John Smith" } }, { resource: { note: "of Jon Smith" } }],
      })
    })
  })

  test("is told for each file before anything of it is read", async () => {
    const { practice, entry } = await open()
    await online(async () => {
      const twin = await addFile(practice, newEntry("Smith", "Jon"), contentOf("of Jon Smith"))
      await mergeFiles(practice, twin.fileId, entry.fileId)
      await exportFile(practice, twin.fileId)
      const { events } = await readPracticeTrail(practice)
      const told = events.flatMap(({ action, subject }) =>
        action === "export" || action === "download-url" ? [[action, subject.recordId]] : [],
      )
      expect(told).toEqual([
        ["export", entry.fileId],
        ["download-url", entry.fileId],
        ["export", twin.fileId],
        ["download-url", twin.fileId],
      ])
    })
  })

  test("is nobody's without the clinical role, and there is none of a file that is deleted or not there", async () => {
    const { practice, entry } = await open()
    const { practice: reception } = await online(() =>
      newMember(practice, "reception", {
        address: cloudAddress,
        email: `reception-${opened}@example.org`,
        credential: undefined,
        code,
      }),
    )
    await online(async () => {
      expect(await codeOf(exportFile(reception, entry.fileId))).toBe("role-not-allowed")
      await deleteFile(practice, entry)
      expect(await codeOf(exportFile(practice, entry.fileId))).toBe("not-found")
      expect(await codeOf(exportFile(practice, "A".repeat(22)))).toBe("not-found")
    })
  })

  test("is no FHIR document where something in it is undecided", () => {
    const saved = parseJson(savedVersion(settledVersion({ fields: { dose: "3 mg" }, lists: {} })))
    expect(() => joinedDocuments([saved], new Date())).toThrow("not a FHIR document")
    expect(() => joinedDocuments([], new Date())).toThrow()
    const document = { resourceType: "Bundle", type: "document" }
    expect(joinedDocuments([document], new Date())).toBe(document)
  })
})
