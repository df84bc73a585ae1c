import { expect, test } from "vitest"
import { offeredLines } from "../../apps/ehr/cards/offered-lines.ts"
import { faultsIn, phoneOf, readTyped, typedFrom } from "../../apps/ehr/cards/open-part-form.ts"
import { emptyStated, type StatedSummary } from "../../fhir/stated-summary.ts"
import { openPart } from "../../protocol/open-part.ts"

const said = { id: "i", origin: { from: "patient" }, on: "2026-11-01" } as const
const what = (text: string) => ({ what: { text, codes: [] } })
const listing = <T>(...items: T[]) => ({ state: "listed", items }) as const

const stated: StatedSummary = {
  ...emptyStated("en", "2026-11-01"),
  names: [{ given: "Eleni", family: "Papadaki" }],
  birthDate: "1957-12-24",
  allergies: listing(
    { ...said, ...what("Latex"), status: "present", reactions: [] },
    { ...said, ...what("Penicillin"), status: "present", criticality: "high", reactions: [what("swollen throat")] },
    { ...said, ...what("Nuts"), status: "refuted", reactions: [] },
    { ...said, ...what("Eggs"), status: "unknown", reactions: [] },
  ),
  medicines: listing(
    { ...said, ...what("Warfarin"), status: "taking", doses: [] },
    { ...said, ...what("Aspirin"), status: "not-taken", doses: [] },
    { ...said, ...what("Metformin"), status: "paused", doses: [] },
  ),
  devices: listing(
    { ...said, ...what("Hip prosthesis"), status: "present", place: "left" },
    { ...said, ...what("Port"), status: "removed" },
  ),
  illnesses: listing(
    { ...said, ...what("Epilepsy"), status: "present" },
    { ...said, ...what("Asthma"), status: "past" },
  ),
  contacts: [
    { ...said, name: "Nikos", relation: "son", phone: "+30 (210) 123-4567" },
    { ...said, name: "Maria", phone: "ask at the bakery" },
  ],
  languages: [{ text: "Greek" }],
}

test("a summary offers to the card what holds now, the gravest allergy first, and nothing that is refuted, past, paused, doubted or removed", () => {
  expect(offeredLines(stated)).toEqual([
    { about: "name", text: "Eleni Papadaki" },
    { about: "allergy", text: "Penicillin (swollen throat)" },
    { about: "allergy", text: "Latex" },
    { about: "medicine", text: "Warfarin" },
    { about: "implant", text: "Hip prosthesis (left)" },
    { about: "illness", text: "Epilepsy" },
    { about: "call", name: "Nikos (son)", phone: "+30 210 123 4567" },
    { about: "contact", text: "Maria ask at the bakery" },
    { about: "language", text: "Greek" },
    { about: "birth-date", text: "24 December 1957" },
  ])
  expect(offeredLines(emptyStated("en", "2026-11-01"))).toEqual([])
})

test("a telephone number is taken as people write it, and never as something else", () => {
  expect(phoneOf(" +30 (210) 123-45.67 ")).toBe("+30 210 123 45 67")
  expect(phoneOf("112")).toBe("112")
  for (const text of ["", "11", "call 112", "+30 210 / mobile", "++30210", "1".repeat(21)])
    expect(phoneOf(text)).toBeUndefined()
})

test("blank lines of the form are left out, and what is blank throughout says nothing", () => {
  const blank = { name: " ", lines: [{ about: "other", text: "  " }] } as const
  expect(readTyped(blank)).toBeUndefined()
  const typed = readTyped({ ...blank, lines: [...blank.lines, { about: "allergy", text: " Penicillin\u202e \t" }] })
  expect(typed).toEqual({ language: "en", lines: [{ about: "allergy", text: "Penicillin" }] })
})

test("Greek words are said to be Greek, whatever language the app speaks", () => {
  expect(readTyped({ name: "Ελένη", lines: [] })).toEqual({ name: "Ελένη", language: "el", lines: [] })
})

test("what the form lets pass is an open part, and comes back into the form as it was", () => {
  const typed = {
    name: "n".repeat(80),
    lines: Array.from({ length: 4 }, () => ({ about: "illness" as const, text: "ω".repeat(80) })),
    contact: { name: "Nikos", phone: "+30 210 1234567" },
  }
  expect([...faultsIn(typed)]).toEqual([])
  const read = readTyped(typed)
  expect(openPart.parse(read)).toEqual(read)
  expect(typedFrom(read)).toEqual(typed)
})

test("a line that is too long for paper, a number that is none, and a number that is nobody's are faults", () => {
  const typed = {
    name: "n".repeat(81),
    lines: [{ about: "other", text: "fine" } as const, { about: "other", text: "w".repeat(81) } as const],
    contact: { name: " ", phone: "unknown" },
  }
  expect(Object.fromEntries(faultsIn(typed))).toEqual({ name: "long", 1: "long", call: "who", phone: "phone" })
})
