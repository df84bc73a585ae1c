import { describe, expect, test } from "vitest"
import { compareSummaries } from "../../apps/ehr/compare.ts"
import { emptySections, item, summaryWith } from "./summaries.ts"

describe("an addition beside the record", () => {
  const before = summaryWith({
    allergies: [item("Penicillin", { criticality: "high" })],
    medications: [item("Ramipril")],
  })

  test("is new where nothing of its name stands there", () => {
    const [section] = compareSummaries(before, summaryWith({ allergies: [item("Latex")] }))
    expect(section).toMatchObject({ before: [{ source: "Resource/Penicillin" }], after: [{ change: "new" }] })
  })

  test("is a change where the same name stands there and says something else", () => {
    const [section] = compareSummaries(
      before,
      summaryWith({ allergies: [item("penicillin ", { criticality: "low" })] }),
    )
    expect(section?.after).toMatchObject([{ change: "changed" }])
  })

  test("is nothing new where the same stands there, whichever resource it was read from", () => {
    const same = item("Penicillin", { criticality: "high", source: "AllergyIntolerance/77" })
    expect(compareSummaries(before, summaryWith({ allergies: [same] }))[0]?.after).toMatchObject([{ change: "same" }])
  })

  test("that is marked otherwise is a change: a refuted allergy is not the allergy", () => {
    const refuted = item("Penicillin", { criticality: "high", marks: ["refuted"] })
    expect(compareSummaries(before, summaryWith({ allergies: [refuted] }))[0]?.after).toMatchObject([
      { change: "changed" },
    ])
  })

  test("is compared in the sections where it says something, and with nothing where there is no summary", () => {
    expect(compareSummaries(before, summaryWith(emptySections))).toEqual([])
    expect(compareSummaries(undefined, before).flatMap(({ after }) => after)).toMatchObject([
      { change: "new" },
      { change: "new" },
    ])
  })
})
