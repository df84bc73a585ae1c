import { describe, expect, test } from "vitest"
import {
  addFile,
  changeFile,
  deleteFile,
  mergeFiles,
  readFile,
  restoreFile,
  takeFileApart,
} from "../../sdk/practice/files.ts"
import { contentOf, newEntry, reopened } from "../kit/practices.ts"
import { newPractice } from "./people.ts"

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

describe("a doctor's own patients", () => {
  test("are added, found by name and number, changed, deleted and brought back, and another device sees it all", async () => {
    const { practice, session, entry } = await newPractice()
    const jane = await addFile(
      practice,
      newEntry("Παπαδοπούλου", "Ιωάννα", { birthDate: "1957-12-24", phones: ["+30 210 1234567"] }),
      contentOf("of Joanna"),
    )
    for (const typed of ["παπαδοπουλου", "ioanna papado", "24.12.1957", "1234567"])
      expect(practice.directory.search(typed).hits.map((hit) => hit.entry.fileId)).toEqual([jane.fileId])

    const changed = await changeFile(practice, { ...jane, fileNumber: "17" }, contentOf("second visit"))
    const deleted = await deleteFile(practice, entry)
    const other = await reopened(session)
    expect(other.directory.search("smith").count).toBe(0)
    expect(other.directory.search("17").hits.map((hit) => hit.entry)).toEqual([changed])
    expect(text(await readFile(other, jane.fileId))).toContain("second visit")
    expect(text(await readFile(other, jane.fileId, 1))).toContain("of Joanna")

    await restoreFile(other, deleted)
    await practice.sync()
    expect(practice.directory.search("smith").count).toBe(1)
    expect(text(await readFile(practice, entry.fileId))).toContain("of John Smith")
  })

  test("that are one person lead to one file, until that is undone for good", async () => {
    const { practice, session, entry } = await newPractice()
    const twin = await addFile(practice, newEntry("Smyth", "Jon"))
    await mergeFiles(practice, twin.fileId, entry.fileId)
    const other = await reopened(session)
    expect(other.directory.search("smyth").hits.map((hit) => hit.entry.fileId)).toEqual([entry.fileId])
    await takeFileApart(other, twin.fileId)
    expect(other.directory.search("smyth").hits.map((hit) => hit.entry.fileId)).toEqual([twin.fileId])
  })
})
