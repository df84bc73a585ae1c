import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { inOrder } from "../../apps/shared/summary/first-seconds.ts"
import facts from "../../apps/shared/words/facts-en.ts"
import statedEn from "../../apps/shared/words/stated-en.ts"
import { checkStated } from "../../fhir/check-stated.ts"
import type { SummaryItem } from "../../fhir/item.ts"
import { readStated } from "../../fhir/read-stated.ts"
import type { SectionKey } from "../../fhir/section-key.ts"
import {
  emptyStated,
  newItemId,
  type StatedDose,
  type StatedItem,
  type StatedSection,
  type StatedSummary,
} from "../../fhir/stated-summary.ts"
import { readSummary, type Summary } from "../../fhir/summary.ts"
import { writeSummary } from "../../fhir/write-summary.ts"
import { anyStated, plain } from "./any-stated.ts"
import { schemaOf } from "./r4-schema.ts"
import { items, said, section, warnings } from "./reading.ts"
import { english, greek } from "./words.ts"

const now = new Date("2026-11-28T10:00:00Z")
const today = "2026-11-28"
const write = (stated: StatedSummary) => writeSummary(stated, english, now)

const sections = {
  allergies: "allergies",
  medicines: "medications",
  illnesses: "problems",
  devices: "devices",
  directives: "advance-directives",
  vaccinations: "immunizations",
} as const satisfies Partial<Record<keyof StatedSummary, SectionKey>>

/** What an item's status must look like to its reader: these marks, and no others. */
const marksOf: Readonly<Record<string, readonly string[]>> = {
  present: [],
  past: ["inactive"],
  refuted: ["refuted"],
  unknown: ["unconfirmed"],
  taking: [],
  paused: ["inactive"],
  stopped: ["inactive"],
  "not-taken": ["not-taken"],
  removed: ["inactive"],
  "in-force": [],
  revoked: ["inactive"],
  given: [],
  "not-given": ["not-done"],
}

/** All that a reader is shown of an item, in English, with what stands as a code beside it. */
const shownOf = (item: SummaryItem): string => {
  const { label, detail, status, severity, onset, aside } = said(item)
  return [label, detail, status, severity, onset, aside, item.criticality].join(" | ")
}

const wordsOfDose = ({ asWritten, amount, often, times, days, asNeeded, atMost, route }: StatedDose): string[] => {
  const { codes, units } = facts
  return [
    asWritten ?? [],
    amount === undefined ? [] : `${amount.value} ${amount.unit}`,
    often === undefined ? [] : `${often.times} × per ${often.every === 1 ? units[often.unit][0] : often.every}`,
    times === undefined ? [] : times.by === "clock" ? times.at : times.at.map((moment) => codes[moment] ?? ""),
    (days ?? []).map((day) => codes[day] ?? ""),
    asNeeded === undefined ? [] : asNeeded === true ? "as needed" : `as needed for ${asNeeded}`,
    atMost === undefined ? [] : `${atMost.amount.value} ${atMost.amount.unit} / ${atMost.every} ${atMost.unit}`,
    route ?? [],
  ].flat()
}

/** What must be found of an item among what is shown: every text, number and date of it. */
const expectedOf = (value: object): string[] =>
  Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    if (["id", "status", "from", "codes", "kind", "abo", "rhesus", "state"].includes(name)) return []
    if (name === "doses") return (inner as StatedDose[]).flatMap(wordsOfDose)
    if (typeof inner === "string" || typeof inner === "number") return [String(inner)]
    return typeof inner === "object" && inner !== null ? expectedOf(inner) : []
  })

const checkSection = (stated: StatedSection<StatedItem & { status?: string }>, summary: Summary, key: SectionKey) => {
  if (stated.state === "not-stated")
    return expect(["not-stated", "no-information"]).toContain(section(summary, key)?.state ?? "no-information")
  expect(section(summary, key).state).toBe(stated.state)
  if (stated.state === "none-known")
    return expect(section(summary, key).statement).toEqual({ origin: stated.origin, on: stated.on })
  expect(items(summary, key)).toHaveLength(stated.items.length)
  for (const item of stated.items) checkItem(item, items(summary, key))
}

const checkItem = (item: StatedItem & { status?: string }, shown: readonly SummaryItem[]) => {
  const found = shown.find(({ source }) => source.endsWith(item.id))!
  const text = shownOf(found)
  for (const word of expectedOf(item)) expect(text).toContain(word)
  if (item.status !== undefined) expect(found.marks).toEqual(marksOf[item.status] ?? [])
  expect(found.statement).toEqual({ origin: item.origin, on: item.on })
}

describe("what a patient states", () => {
  test("comes back from its document as it was, whatever it is", () => {
    fc.assert(
      fc.property(anyStated, (stated) => {
        fc.pre(checkStated(stated).outcome === "stated")
        expect(readStated(write(stated))).toEqual({ outcome: "stated", stated })
      }),
    )
  })

  test("is what nearly every generated summary is made of: the others differ in one id that stands twice", () => {
    const passing = fc.sample(anyStated, 100).filter((stated) => checkStated(stated).outcome === "stated")
    expect(passing.length).toBeGreaterThan(95)
  })

  test("is shown by the summary's reader without a loss, and no doubt or denial as a fact", () => {
    fc.assert(
      fc.property(anyStated, (stated) => {
        fc.pre(checkStated(stated).outcome === "stated")
        const summary = readSummary(write(stated))
        for (const name of Object.keys(sections) as (keyof typeof sections)[])
          checkSection(stated[name], summary, sections[name])
        const { pregnancy, bloodGroup, weight } = stated
        if (pregnancy !== undefined) {
          const { status, due, ...rest } = pregnancy
          const shown = items(summary, "pregnancy")
          checkItem(rest, shown)
          expect(shown.map(shownOf).join()).toContain(statedEn.pregnancies[status])
          if (due !== undefined) expect(shown.map(shownOf).join()).toContain(`Expected day of birth | ${due}`)
        }
        if (bloodGroup !== undefined) checkItem(bloodGroup, items(summary, "results"))
        if (weight !== undefined) checkItem(weight, items(summary, "vital-signs"))
        const person = JSON.stringify(summary.patient)
        for (const { name, relation, phone, note } of stated.contacts)
          for (const word of [name, relation, phone, note])
            if (word !== undefined) expect(person).toContain(JSON.stringify(word).slice(1, -1))
        expect(summary.patient).toMatchObject(plain({ birthDate: stated.birthDate, sex: stated.sex }))
        expect(summary.document.confirmed).toBe(stated.lastConfirmed)
        const grave = warnings(summary).filter((code) => !expectedWarnings.includes(code))
        expect(grave).toEqual([])
      }),
    )
  })
})

/** One dose in every form: each part alone, and with every other; 2^8 - 1 of them. */
const everyDose = (): StatedDose[] => {
  const parts: readonly StatedDose[] = [
    { asWritten: "half a tablet, with food" },
    { amount: { value: "0.50", unit: "mg", code: "mg" } },
    { often: { times: 3, every: 2, unit: "d" } },
    { times: { by: "moment", at: ["MORN", "HS"] } },
    { days: ["mon", "thu"] },
    { asNeeded: "pain" },
    { atMost: { amount: { value: "4", unit: "tablets" }, every: 24, unit: "h" } },
    { route: "by mouth" },
  ]
  return Array.from({ length: 2 ** parts.length - 1 }, (_, form) =>
    Object.assign({}, ...parts.filter((_part, place) => ((form + 1) >> place) & 1)),
  )
}

const statuses = {
  allergies: ["present", "past", "refuted", "unknown"],
  medicines: ["taking", "paused", "stopped", "not-taken", "unknown"],
  illnesses: ["present", "past", "refuted", "unknown"],
  devices: ["present", "removed", "unknown"],
  vaccinations: ["given", "not-given"],
} as const

/** Every kind of item in every state it can have, medicines with `doses` in turn. */
const everyState = (doses: readonly StatedDose[]): StatedSummary => {
  const of = (name: keyof typeof statuses, more: object) =>
    statuses[name].map((status) => ({ ...by(), what: { text: `${name} ${status}`, codes: [] }, status, ...more }))
  const medicines = doses.map((dose, place) => {
    const status = statuses.medicines[place % statuses.medicines.length]
    return { ...by(), what: { text: `medicine ${place} ${status}`, codes: [] }, status, doses: [dose] }
  })
  const directives = (["in-force", "revoked"] as const).map((status) => ({
    ...by(),
    kind: "other",
    text: status,
    status,
  }))
  const stated: unknown = {
    ...emptyStated("en", today),
    names: [{ given: "Eleni", family: "Papadaki" }],
    birthDate: "1957-12-24",
    sex: "female",
    allergies: { state: "listed", items: of("allergies", { reactions: [], criticality: "high" }) },
    medicines: { state: "listed", items: medicines },
    illnesses: { state: "listed", items: of("illnesses", { place: "left" }) },
    devices: { state: "listed", items: of("devices", { maker: "M", model: "1" }) },
    directives: { state: "listed", items: directives },
    vaccinations: { state: "listed", items: of("vaccinations", { lot: "7" }) },
  }
  const checked = checkStated(stated)
  if (checked.outcome === "refused") throw new Error(checked.at.join())
  return checked.stated
}

describe("every state of every kind of item, with every form of a dose", () => {
  const doses = everyDose()
  const halves = [doses.slice(0, 128), doses.slice(128)]

  test.each(halves.map((half) => [half] as const))("passes the form and the schema of FHIR", (half) => {
    const stated = everyState(half)
    const written = write(stated)
    expect(readStated(written)).toEqual({ outcome: "stated", stated })
    for (const { resource } of JSON.parse(written).entry) {
      const validate = schemaOf(resource.resourceType)
      expect(validate(resource) ? [] : validate.errors).toEqual([])
    }
  })

  test.each(halves.map((half) => [half] as const))(
    "reaches the physician's first screen where it holds, nowhere as holding where it doesn't, and whole",
    (half) => {
      const stated = everyState(half)
      const summary = readSummary(write(stated))
      for (const name of Object.keys(sections) as (keyof typeof sections)[]) {
        checkSection(stated[name], summary, sections[name])
        const listed = stated[name].state === "listed" ? stated[name].items : []
        const holding = listed.filter(({ status }) => !(marksOf[status] ?? []).some((mark) => mark !== "unconfirmed"))
        const first = inOrder(sections[name], items(summary, sections[name]), today)
        expect(first.map(({ source }) => source.slice(source.indexOf("/") + 1)).toSorted()).toEqual(
          holding.map(({ id }) => id).toSorted(),
        )
      }
    },
  )

  test.each(["not-stated", "none-known"] as const)(
    "a section that is %s is shown as that, and as nothing else",
    (state) => {
      const section = state === "not-stated" ? { state } : { state, origin: { from: "patient" } as const, on: today }
      const all = Object.fromEntries(Object.keys(sections).map((name) => [name, section]))
      const checked = checkStated({ ...emptyStated("en", today), ...all })
      if (checked.outcome === "refused") throw new Error(checked.at.join())
      const summary = readSummary(write(checked.stated))
      for (const name of Object.keys(sections) as (keyof typeof sections)[])
        checkSection(checked.stated[name], summary, sections[name])
    },
  )
})

/** What a reader is warned of because it is so stated. */
const expectedWarnings = [
  "patient-incomplete",
  "refuted",
  "inactive",
  "not-taken",
  "not-done",
  "dose-contradiction",
  "date-impossible",
]

const by = () => ({ id: newItemId(), origin: { from: "patient" }, on: today }) as const

test("a blood group is shown as stated, with the caution, in the patient's language", () => {
  const stated: StatedSummary = { ...emptyStated("el", today), bloodGroup: { ...by(), abo: "A" } }
  const text = writeSummary(stated, greek, now)
  const [item] = items(readSummary(text), "results")
  expect(said(item)).toMatchObject({ label: "Ομάδα αίματος, όπως τη δηλώνει ο ασθενής" })
  expect(said(item).detail).toMatch(/^A; note: Κατά δήλωση· διασταύρωση πριν από μετάγγιση/)
  expect(section(readSummary(text), "results").narrative.join(" ")).toContain("διασταύρωση πριν από μετάγγιση")
})

test("the narrative of every section is in the patient's language and says what is left open", () => {
  const read = readSummary(writeSummary(emptyStated("el", today), greek, now))
  for (const key of ["allergies", "medications", "problems"] as const)
    expect(section(read, key).narrative).toEqual(["Δεν δηλώθηκε. Αυτό δεν σημαίνει ότι δεν υπάρχει κάτι"])
})

test("the document says that the patient is its author and when they confirmed it", () => {
  const text = write({ ...emptyStated("en", "2026-05-01"), names: [{ given: "Eleni", family: "Papadaki" }] })
  expect(readSummary(text).document).toMatchObject({ author: "Eleni Papadaki", confirmed: "2026-05-01" })
})

test("markup in what is stated stays text in the narrative", () => {
  const items = [{ ...by(), kind: "other", text: `<img src="x" onerror="alert(1)">`, status: "in-force" }] as const
  const text = write({ ...emptyStated("en", today), directives: { state: "listed", items } })
  const narratives = JSON.stringify(JSON.parse(text), (name, value: unknown) =>
    name === "provision" ? undefined : value,
  )
  expect(narratives).not.toContain("<img")
  expect(narratives).toContain("&lt;img src=&quot;x&quot;")
})

describe("a document that isn't a stated summary", () => {
  test.each([["nothing"], ["{}"], ['{"resourceType":"Bundle"}'], [new Uint8Array([0, 255])], [null]])(
    "%s is another",
    (input) => {
      expect(readStated(input)).toEqual({ outcome: "other" })
    },
  )

  test("one whose status nobody can state is refused, not read as active", () => {
    const items = [{ ...by(), what: { text: "Asthma", codes: [] }, status: "present" }] as const
    const text = write({ ...emptyStated("en", today), illnesses: { state: "listed", items } })
    const changed = text.replace('"code":"active"', '"code":"remission"')
    expect(changed).not.toBe(text)
    expect(readStated(changed)).toEqual({ outcome: "refused", at: ["illnesses.items.0.status"] })
  })
})
