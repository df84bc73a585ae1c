import { describe, expect, test } from "vitest"
import { fileAsBundle, patientsInBundle } from "../../fhir/practice-patients.ts"

const patient = (id: string, more: object = {}) => ({ resource: { resourceType: "Patient", id, ...more } })
const about = (subject: string, more: object = {}) => ({
  resource: { resourceType: "MedicationStatement", subject: { reference: subject }, ...more },
})
const bundle = (...entry: object[]) => ({ resourceType: "Bundle", type: "collection", entry })
const typesIn = ({ document }: { document: object }) =>
  (document as { entry: { resource: { resourceType: string } }[] }).entry.map(({ resource }) => resource.resourceType)

describe("the patients of a FHIR bundle", () => {
  test("are told by names, date of birth, sex, numbers and telephones, as written", () => {
    const said = {
      name: [{ family: "Παπαδόπουλος", given: ["Γεώργιος", "Α."] }, { text: "unused" }],
      birthDate: "1957-12",
      gender: "male",
      identifier: [{ system: "urn:amka", value: "24125700011" }],
      telecom: [
        { system: "phone", value: "210 1234567" },
        { system: "email", value: "a@example.org" },
      ],
    }
    expect(patientsInBundle(bundle(patient("1", said))).patients[0]?.said).toEqual({
      names: [{ family: "Παπαδόπουλος", given: "Γεώργιος Α." }],
      birthDate: "1957-12",
      sex: "male",
      identifiers: [{ system: "urn:amka", value: "24125700011" }],
      phones: ["210 1234567"],
    })
    const { patients } = patientsInBundle(bundle(patient("2", { birthDate: "1957-02-31", gender: "?" })))
    expect(patients[0]?.said).toEqual({ names: [], sex: "unknown", identifiers: [], phones: [] })
  })

  test("have what names them alone, with what it refers to, and nothing of another's", () => {
    const medication = { fullUrl: "urn:uuid:m", resource: { resourceType: "Medication", id: "m" } }
    const { patients, leftOut } = patientsInBundle(
      bundle(
        patient("1"),
        patient("2"),
        about("Patient/1", { medicationReference: { reference: "urn:uuid:m" } }),
        about("Patient/2"),
        about("Patient/3"),
        { resource: { resourceType: "Observation" } },
        medication,
      ),
    )
    expect(patients.map((each) => typesIn(each))).toEqual([
      ["Patient", "MedicationStatement", "Medication"],
      ["Patient", "MedicationStatement"],
    ])
    expect(JSON.stringify(patients[0]?.document)).toContain('"fullUrl":"urn:uuid:m"')
    expect(leftOut).toBe(2)
  })

  test("by a name that two have are given nothing by it", () => {
    const { patients, leftOut } = patientsInBundle(bundle(patient("1"), patient("1"), about("Patient/1")))
    expect(patients.map((each) => typesIn(each))).toEqual([["Patient"], ["Patient"]])
    expect(leftOut).toBe(1)
  })

  test("are none in what is no bundle", () => {
    for (const wrong of [undefined, [], "x", { resourceType: "Patient" }])
      expect(patientsInBundle(wrong)).toEqual({ patients: [], leftOut: 0 })
  })
})

test("a file is written as a bundle that is read back as the same patient", () => {
  const said = {
    names: [{ family: "Smith", given: "John" }],
    birthDate: "1957-12-24",
    sex: "male" as const,
    identifiers: [{ system: "urn:x", value: "1" }],
    phones: ["1"],
  }
  const written = fileAsBundle(said, { resourceType: "Bundle", type: "document" })
  expect(patientsInBundle(written).patients[0]?.said).toEqual(said)
})
