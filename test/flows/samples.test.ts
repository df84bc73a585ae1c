import { beforeAll, describe, expect, test } from "vitest"
import { readSummary } from "../../fhir/summary.ts"
import { type ReadRecord, readSummaryRecords } from "../../sdk/hcp/emergency-access.ts"
import { makeCard } from "../../sdk/patient/cards.ts"
import { uploadRecord } from "../../sdk/patient/records.ts"
import { cardIn } from "../kit/people.ts"
import { sample, sampleNames, withoutSamples } from "../samples.ts"
import { accessBy, cloud, newPatient } from "./people.ts"

const files = sampleNames.filter((name) => name.endsWith(".json"))

describe.skipIf(withoutSamples)("bundles that others wrote", () => {
  let read: ReadRecord[]

  beforeAll(async () => {
    const { session } = await newPatient()
    for (const name of files)
      await uploadRecord(session, {
        category: "summary",
        title: name,
        contentType: "application/fhir+json",
        content: sample(name),
      })
    const { text } = await makeCard(session, { hri: cloud.hri, categories: ["summary"] })
    read = await readSummaryRecords(await accessBy("physician", cardIn(text)))
  })

  test("are there", () => {
    expect(files.length).toBeGreaterThan(5)
  })

  test.each(files)("%s comes out of the emergency access byte for byte, and is read as a summary", (name) => {
    const record = read.find(({ title }) => title === name)
    if (record === undefined) throw new Error("it did not come back")
    expect(Buffer.from(record.bytes).equals(sample(name))).toBe(true)
    const summary = readSummary(record.bytes)
    const warned = summary.warnings.map(({ code }) => code)
    // Some of them are reports that hold no patient: then a warning says so.
    expect(summary.patient === undefined).toBe(warned.includes("patient-missing"))
    expect(summary.sections.flatMap(({ items }) => items).length).toBeGreaterThan(0)
    if (name.includes("incorrect")) expect(warned).not.toEqual([])
  })
})
