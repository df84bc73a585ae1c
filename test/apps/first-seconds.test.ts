import * as fc from "fast-check"
import { expect, test } from "vitest"
import { holds, inOrder } from "../../apps/shared/summary/first-seconds.ts"
import type { SummaryItem } from "../../fhir/item.ts"
import { sectionKeys } from "../../fhir/section-key.ts"
import type { SummaryMark } from "../../fhir/status.ts"
import { item } from "./summaries.ts"

const today = "2026-11-29"
const labels = (items: readonly SummaryItem[]) => items.map(({ source }) => source.replace("Resource/", ""))
const severity = (text: string) => ({ kind: "text", text }) as const

test("allergies are read by gravity: what can kill, what nobody has judged, what is harmless, what there is not", () => {
  const allergies = [
    item("dust", { criticality: "low" }),
    item("no known food allergies", { absence: { said: "none-known", within: "allergies", of: "food" } }),
    item("latex"),
    item("penicillin", { criticality: "high" }),
    item("nuts", { severity: severity("severe") }),
    item("plaster", { criticality: "unable-to-assess", severity: severity("mild") }),
    item("bees", { criticality: "low", severity: severity("severe") }),
  ]
  expect(labels(inOrder("allergies", allergies, today))).toEqual([
    "penicillin",
    "nuts",
    "bees",
    "latex",
    "plaster",
    "dust",
    "no known food allergies",
  ])
})

test("an anticoagulant and what must not be given are read before other medicines, and no other order changes", () => {
  const medicines = [
    item("Metformin"),
    item("Ramipril"),
    item("Warfarin"),
    item("Ibuprofen", { marks: ["do-not-give"] }),
    item("Heparin", { marks: ["inactive"] }),
    item("Apixaban", { marks: ["planned"] }),
  ]
  expect(labels(inOrder("medications", medicines, today))).toEqual([
    "Warfarin",
    "Ibuprofen",
    "Metformin",
    "Ramipril",
    "Apixaban",
  ])
  expect(labels(inOrder("problems", medicines, today))[0]).toBe("Metformin")
})

test("whatever a section lists, the first seconds lose nothing that holds and take in nothing that doesn't", () => {
  const marks: SummaryMark[] = ["inactive", "refuted", "planned", "unconfirmed", "do-not-give", "not-taken", "modified"]
  const anyItem = fc
    .record({
      label: fc.constantFrom("Warfarin", "Heparin", "Metformin", "Latex"),
      marks: fc.subarray(marks),
      criticality: fc.constantFrom("high", "low", "unable-to-assess", "odd"),
    })
    .map(({ label, ...more }) => item(label, more))
  fc.assert(
    fc.property(fc.constantFrom(...sectionKeys), fc.array(anyItem), (key, all) => {
      const read = inOrder(key, all, today)
      expect(new Set(read)).toEqual(new Set(all.filter(holds)))
      expect(read).toHaveLength(all.filter(holds).length)
    }),
  )
})
