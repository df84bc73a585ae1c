import * as fc from "fast-check"
import type { Code } from "../../fhir/contribution-document.ts"
import type {
  Amount,
  Named,
  Origin,
  StatedAllergy,
  StatedDose,
  StatedItem,
  StatedSection,
  StatedSummary,
} from "../../fhir/stated-summary.ts"
import { oneLine } from "../../text/plain-text.ts"

type Arbitrary<T> = fc.Arbitrary<T>

/** Words of people, and what looks like FHIR's codes, like numbers, like markup. */
const words: Arbitrary<string> = fc
  .oneof(
    fc.constantFrom("A", "N", "H", "sun", "unknown", "active", "severe", "1,5", "0.50", "2026-01-02", '{"":"1.50"}'),
    fc.constantFrom("Πενικιλλίνη", "½ δισκίο", "<b>όχι</b> & τίποτα", "no known allergies", "nil known", "none"),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 }),
  )
  .map(oneLine)
  .filter((text) => text !== "" && text.length <= 60)

const day = fc
  .date({ min: new Date("1950-01-01"), max: new Date("2030-12-31"), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10))
const writtenDate = fc.tuple(day, fc.constantFrom(4, 7, 10)).map(([date, length]) => date.slice(0, length))
const code: Arbitrary<Code> = fc.record({
  system: fc.constantFrom("http://www.whocc.no/atc", "urn:oid:2.16.840.1.113883.6.73"),
  code: fc.stringMatching(/^[A-Z]\d{2}$/),
  display: words,
})
const named: Arbitrary<Named> = fc.record({ text: words, codes: fc.array(code, { maxLength: 2 }) })

const origin: Arbitrary<Origin> = fc.oneof(
  fc.constant<Origin>({ from: "patient" }),
  fc.record({ from: fc.constant("professional" as const), name: words }),
  fc.record(
    { from: fc.constant("document" as const), title: words, date: writtenDate, author: words },
    { requiredKeys: ["from", "title"] },
  ),
)
const maybe = <T>(arbitrary: Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const statement = { origin, on: day }
const item = { ...statement, id: fc.uuid(), note: maybe(words) }

/** Without the fields that aren't there. */
export const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

const decimal = fc.constantFrom("1", "0.5", "2.50", "0.025", "100", "1000.000", "12.0")
const amount: Arbitrary<Amount> = fc.oneof(
  fc.record({ value: decimal, unit: fc.constantFrom("mg", "ml", "g"), code: fc.constantFrom("mg", "mL", "g") }),
  fc.record({ value: decimal, unit: fc.constantFrom("δισκίο", "puffs", "drops") }),
)
const unit = fc.constantFrom("h", "d", "wk", "mo" as const)
const count = fc.integer({ min: 1, max: 24 })
const moments = ["MORN", "NOON", "AFT", "EVE", "NIGHT", "HS", "WAKE", "AC", "C", "PC", "ACM", "CM", "PCV"] as const
const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const
const clock = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))

const dose: Arbitrary<StatedDose> = fc
  .record({
    asWritten: maybe(words),
    amount: maybe(amount),
    often: maybe(fc.record({ times: count, every: count, unit })),
    times: maybe(
      fc.oneof(
        fc.record({
          by: fc.constant("clock" as const),
          at: fc.array(
            clock.map((parts) => parts.map((part) => String(part).padStart(2, "0")).join(":")),
            { minLength: 1, maxLength: 4 },
          ),
        }),
        fc.record({
          by: fc.constant("moment" as const),
          at: fc.uniqueArray(fc.constantFrom(...moments), { minLength: 1, maxLength: 4 }),
        }),
      ),
    ),
    days: maybe(fc.uniqueArray(fc.constantFrom(...days), { minLength: 1 })),
    asNeeded: maybe(fc.oneof(fc.constant(true as const), words)),
    atMost: maybe(fc.record({ amount, every: count, unit })),
    route: maybe(words),
  })
  .map(plain)
  .filter((made) => Object.keys(made).length > 0)

const allergy: Arbitrary<StatedAllergy> = fc.record({
  ...item,
  what: named,
  status: fc.constantFrom("present", "past", "refuted", "unknown" as const),
  kind: maybe(fc.constantFrom("allergy", "intolerance" as const)),
  category: maybe(fc.constantFrom("food", "medication", "environment", "biologic" as const)),
  criticality: maybe(fc.constantFrom("high", "low", "unable-to-assess" as const)),
  reactions: fc.array(
    fc.record({ what: named, severity: maybe(fc.constantFrom("mild", "moderate", "severe" as const)) }),
    { maxLength: 3 },
  ),
  since: maybe(writtenDate),
})

/** `until`: only where what it says has ended. */
const span = {
  since: maybe(writtenDate.map((date) => `19${date.slice(2)}`)),
  until: maybe(writtenDate.map((date) => `20${date.slice(2)}`)),
}
const endedOnly =
  <T extends { status: string; until?: string }>(ended: string) =>
  (made: T): T =>
    made.status === ended ? made : { ...made, until: undefined }

const medicine = fc.record({
  ...item,
  what: named,
  status: fc.constantFrom("taking", "paused", "stopped", "not-taken", "unknown" as const),
  doses: fc.array(dose, { maxLength: 3 }),
  reason: maybe(words),
  ...span,
})
const illness = fc
  .record({
    ...item,
    what: named,
    status: fc.constantFrom("present", "past", "refuted", "unknown" as const),
    ...span,
    place: maybe(words),
  })
  .map(endedOnly("past"))
const device = fc
  .record({
    ...item,
    what: named,
    status: fc.constantFrom("present", "removed", "unknown" as const),
    ...span,
    place: maybe(words),
    maker: maybe(words),
    model: maybe(words),
  })
  .map(endedOnly("removed"))
const directive = fc.record({
  ...item,
  kind: fc.constantFrom(
    ...(["do-not-resuscitate", "no-ventilation", "no-blood-products", "living-will"] as const),
    ...(["power-of-attorney", "organ-donation", "other"] as const),
  ),
  text: words,
  status: fc.constantFrom("in-force", "revoked" as const),
  signed: maybe(writtenDate),
  kept: maybe(words),
})
const vaccination = fc.record({
  ...item,
  what: named,
  status: fc.constantFrom("given", "not-given" as const),
  given: maybe(writtenDate),
  doseNumber: maybe(count),
  lot: maybe(words),
})
const contact = fc.record({ ...item, name: words, relation: maybe(words), phone: maybe(words) })

const section = <T extends StatedItem>(items: Arbitrary<T>): Arbitrary<StatedSection<T>> =>
  fc.oneof(
    fc.constant<StatedSection<T>>({ state: "not-stated" }),
    fc.record({ state: fc.constant("none-known" as const), ...statement }),
    fc.record({
      state: fc.constant("listed" as const),
      items: fc.uniqueArray(items, { minLength: 1, maxLength: 3, selector: ({ id }) => id }),
    }),
  )

/** Any summary that a patient may state: each item absent, unknown, negated, refuted or there, in every form of a dose. */
export const anyStated: Arbitrary<StatedSummary> = fc
  .record({
    language: fc.constantFrom("en", "el", "de-AT"),
    names: fc.array(
      fc.oneof(fc.record({ given: words }), fc.record({ family: words }), fc.record({ given: words, family: words })),
      { maxLength: 2 },
    ),
    birthDate: maybe(writtenDate),
    sex: maybe(fc.constantFrom("male", "female", "other", "unknown" as const)),
    photo: maybe(fc.constant({ contentType: "image/png" as const, data: "iVBORw0KGgo=" })),
    languages: fc.array(fc.record({ text: words, tag: maybe(fc.constantFrom("el", "en", "pt-BR")) }), { maxLength: 2 }),
    contacts: fc.array(contact, { maxLength: 2 }),
    allergies: section(allergy),
    medicines: section(medicine),
    illnesses: section(illness),
    devices: section(device),
    directives: section(directive),
    vaccinations: section(vaccination),
    pregnancy: maybe(
      fc
        .record({ ...item, status: fc.constantFrom("pregnant", "not-pregnant", "unknown" as const), due: maybe(day) })
        .map((made) => (made.status === "pregnant" ? made : { ...made, due: undefined })),
    ),
    bloodGroup: maybe(
      fc.record({
        ...item,
        abo: fc.constantFrom("A", "B", "AB", "O" as const),
        rhesus: maybe(fc.constantFrom("+", "-" as const)),
      }),
    ),
    weight: maybe(fc.record({ ...item, kilograms: fc.constantFrom("62", "62.5", "103.250", "0.9") })),
    lastConfirmed: day,
  })
  .map(plain)
