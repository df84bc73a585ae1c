import { describe, expect, test } from "vitest"
import { emptyEncounter, encounterFaults, writtenIn } from "../../apps/practice/encounter-form.ts"
import { emptyPerson, faultsOf, personTyped, saidIn } from "../../apps/practice/person-form.ts"

const now = new Date(2026, 10, 30, 12)
const whole = { whole: true }

describe("a new patient", () => {
  test("needs a name, a birth and a sex, each asked for beside its field", () => {
    expect(faultsOf(emptyPerson, now, whole)).toEqual({ family: "name", birthDate: "birth", sex: "sex" })
    expect(faultsOf(emptyPerson, now, { whole: false })).toEqual({})
    const typed = { ...emptyPerson, given: "Anna", age: "45", sex: "female" as const }
    expect(faultsOf(typed, now, whole)).toEqual({})
  })

  test("with a date that has not come, no date, an impossible age, or both is refused", () => {
    const typed = { ...emptyPerson, family: "Smith", sex: "male" as const }
    expect(faultsOf({ ...typed, birthDate: "1.12.2026" }, now, whole)).toEqual({ birthDate: "ahead" })
    expect(faultsOf({ ...typed, birthDate: "31.2.1960" }, now, whole)).toEqual({ birthDate: "date" })
    expect(faultsOf({ ...typed, age: "131" }, now, whole)).toEqual({ age: "age" })
    expect(faultsOf({ ...typed, age: "50", birthDate: "1976" }, now, whole)).toEqual({ age: "both" })
    expect(faultsOf({ ...typed, birthDate: "1976", phone: "none" }, now, whole)).toEqual({ phone: "phone" })
  })

  test("of whom only the age is known is born in that year, and that is said to be estimated", () => {
    expect(saidIn({ ...emptyPerson, family: "Smith", age: "45" }, now)).toMatchObject({
      birthDate: "1981",
      isEstimated: true,
    })
  })
})

test("an entry that is opened and saved again is the same, with all that the form doesn't show", () => {
  const said = {
    names: [{ family: "Παπαδόπουλος", given: "Γιώργος" }, { family: "Papadopoulos" }, { family: "Smith" }],
    birthDate: "1981",
    isEstimated: true as const,
    sex: "male" as const,
    identifiers: [{ system: "urn:amka", value: "31017001999" }, { value: "2" }],
    fileNumber: "A-1",
    phones: ["1", "2", "3"],
    lastVisit: "2026-01-02",
  }
  expect(saidIn(personTyped(said), now, said)).toEqual(said)
  // A date that is written anew is no estimate any more; another number isn't the other system's.
  const { isEstimated: _, ...known } = said
  expect(saidIn({ ...personTyped(said), birthDate: "2.3.1981" }, now, said)).toEqual({
    ...known,
    birthDate: "1981-03-02",
  })
})

describe("a consultation", () => {
  const typed = emptyEncounter(now)

  test("has the day of today, and needs a reason, a note or a value", () => {
    expect(typed.date).toBe("30.11.2026")
    expect(encounterFaults(typed, now, whole)).toEqual({ note: "nothing" })
    expect(encounterFaults({ ...typed, values: { weight: "80" } }, now, whole)).toEqual({})
  })

  test("takes numbers as they are written, and no half of a blood pressure", () => {
    expect(encounterFaults({ ...typed, values: { weight: "eighty" } }, now, whole)).toEqual({ weight: "number" })
    expect(encounterFaults({ ...typed, values: { "blood-pressure": "140" } }, now, whole)).toEqual({
      diastolic: "both",
    })
    expect(encounterFaults({ ...typed, diastolic: "80" }, now, whole)).toMatchObject({ "blood-pressure": "both" })
    const { vitals, encounters } = writtenIn(
      { ...typed, values: { weight: "78,50", "blood-pressure": "140" }, diastolic: "90" },
      "Dr. Rossi",
    )
    expect(encounters).toEqual([])
    expect(vitals.map(({ kind, value, second, unit }) => [kind, value, second, unit])).toEqual([
      ["blood-pressure", "140", "90", "mmHg"],
      ["weight", "78.50", undefined, "kg"],
    ])
  })

  test("that is written twice, after a network that failed, is the same one", () => {
    const note = { ...typed, note: "Cough" }
    expect(writtenIn(note, "Dr. Rossi")).toEqual(writtenIn(note, "Dr. Rossi"))
  })
})
