import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { beforeAll, describe, expect, test } from "vitest"
import { repositoryDirectory } from "../../local/directories.ts"
import type { Bytes } from "../../sdk/crypto/bytes.ts"
import { type ReadRecord, readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { makeCard } from "../../sdk/patient/cards.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { readSummary } from "../../sdk/summary.ts"
import { accessBy, cardOf, cloud, newPatient } from "./people.ts"

/** Bundles that others have published; they lie beside the repository and are no part of it. */
const directory = join(repositoryDirectory, "../shared/data")
const files = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith(".json")) : []

if (files.length === 0) {
  const missing = "there are no sample bundles in ../shared/data"
  test.skipIf(process.env["CI"] === undefined)(`${missing}, and CI needs them`, () => {
    throw new Error(missing)
  })
} else {
  describe("bundles that others wrote", () => {
    const bytesOf = (name: string): Bytes => new Uint8Array(readFileSync(join(directory, name)))
    let read: ReadRecord[]

    beforeAll(async () => {
      const { session } = await newPatient()
      for (const name of files)
        await uploadRecord(session, {
          category: "summary",
          title: name,
          contentType: "application/fhir+json",
          content: bytesOf(name),
        })
      const { text } = await makeCard(session, { hri: cloud.hri, categories: ["summary"] })
      read = await readSummaryRecords(await accessBy("physician", cardOf(text)))
    })

    test.each(files)("%s comes out of the emergency access byte for byte, and is read as a summary", (name) => {
      const record = read.find(({ title }) => title === name)
      if (record === undefined) throw new Error("it did not come back")
      expect(Buffer.from(record.bytes).equals(bytesOf(name))).toBe(true)
      const summary = readSummary(record.bytes)
      const warned = summary.warnings.map(({ code }) => code)
      // Some of them are reports that hold no patient: then a warning says so.
      expect(summary.patient === undefined).toBe(warned.includes("patient-missing"))
      expect(summary.sections.flatMap(({ items }) => items).length).toBeGreaterThan(0)
      if (name.includes("incorrect")) expect(warned).not.toEqual([])
    })
  })
}
