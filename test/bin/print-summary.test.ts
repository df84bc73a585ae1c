import { expect, test } from "vitest"
import { summaryText } from "../../bin/ehr/print-summary.ts"
import { readSummary } from "../../fhir/summary.ts"
import { eleniPapadaki } from "../../local/samples/eleni-papadaki.ts"
import { jonasLindenmeier } from "../../local/samples/jonas-lindenmeier.ts"
import { saoirseNiShampla } from "../../local/samples/saoirse-ni-shampla.ts"

const lines = (value: unknown) => summaryText(readSummary(value)).split("\n")

test("warnings stand above everything else", () => {
  expect(lines("no JSON").slice(0, 2)).toEqual(["!".repeat(100), expect.stringContaining("can't be read")])
})

test("grave allergies come first and are marked", () => {
  const text = lines(eleniPapadaki)
  const heading = text.indexOf(" ALLERGIES AND INTOLERANCES")
  expect(text[heading + 1]).toMatch(/^ {2}!! Penicillin +HIGH RISK, severe/)
})

test("no line is wider than the terminal, whatever the record holds", () => {
  const wide = { resourceType: "AllergyIntolerance", code: { text: `${"日本".repeat(80)} ${"x".repeat(300)}` } }
  for (const value of [eleniPapadaki, jonasLindenmeier, saoirseNiShampla, wide]) {
    for (const line of lines(value)) expect(line.replace(/[日本]/g, "xx").length).toBeLessThanOrEqual(100)
  }
})

test("no information never looks like none", () => {
  expect(lines({ resourceType: "Bundle", type: "document" }).join("\n")).toContain(
    "NO INFORMATION in this record. That is not the same as none.",
  )
  expect(lines(jonasLindenmeier).join("\n")).toContain("No known allergy")
  expect(lines(saoirseNiShampla).join("\n")).toContain("NOT STATED. The record says: withheld")
})

test("a refuted allergy is called refuted", () => {
  expect(lines(saoirseNiShampla).join("\n")).toContain("[REFUTED] Allergy to peanut")
})

test("colours are only there when asked for", () => {
  const summary = readSummary(eleniPapadaki)
  expect(summaryText(summary)).not.toContain("\u001b")
  expect(summaryText(summary, { colours: true })).toContain("\u001b[1;31m")
})
