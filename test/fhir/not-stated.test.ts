import { expect, test } from "vitest"
import { emptyStated, newItemId, type StatedSummary } from "../../fhir/stated-summary.ts"
import { notStated, readSummary } from "../../fhir/summary.ts"
import { writeSummary } from "../../fhir/write-summary.ts"
import { english } from "./words.ts"

const today = "2026-11-28"
const stated = { origin: { from: "patient" }, on: today } as const
const summary: StatedSummary = {
  ...emptyStated("en", today),
  allergies: { state: "none-known", ...stated },
  medicines: {
    state: "listed",
    items: [{ ...stated, id: newItemId(), what: { text: "Aspirin", codes: [] }, status: "taking", doses: [] }],
  },
}

test("nothing in a document that somebody else wrote is the patient's word, and all else stays as it was", () => {
  const read = readSummary(writeSummary(summary, english, new Date(`${today}T10:00:00Z`)))
  expect(read.document.confirmed).toBe(today)
  const section = (of: typeof read, key: string) => of.sections.find((each) => each.key === key)!
  const medicine = section(read, "medications").items[0]!
  expect(medicine.statement).toMatchObject(stated)
  expect(medicine.aside.map(({ name }) => name)).toContain("stated-origin")
  expect(section(read, "allergies").statement).toMatchObject(stated)

  const said = notStated(read)
  expect(JSON.stringify(said)).not.toContain('"statement"')
  expect(JSON.stringify(said)).not.toContain("stated-origin")
  expect(said.document).not.toHaveProperty("confirmed")
  expect(said.sections.map(({ key, state }) => [key, state])).toEqual(
    read.sections.map(({ key, state }) => [key, state]),
  )
  const { statement: _, aside, ...kept } = medicine
  expect(section(said, "medications").items).toEqual([
    { ...kept, aside: aside.filter(({ name }) => name !== "stated-origin") },
  ])
})
