/** Patients in a FHIR bundle, each with what is said of them, for a practice's files; and one of those files as a bundle. */
import { isPossibleDate } from "./date.ts"
import { field, isObject, type JsonObject, list, referencesIn, text } from "./value.ts"

/** A patient, as a practice's directory has them. */
export type DirectoryPatient = {
  names: { given?: string; family?: string }[]
  birthDate?: string
  sex: "female" | "male" | "other" | "unknown"
  identifiers: { system?: string; value: string }[]
  phones: string[]
}
export type BundledPatient = {
  /** From 1, among the patients of the bundle. */
  at: number
  said: DirectoryPatient
  /** A collection of the patient and of all that names them as its subject. */
  document: JsonObject
}

const sexes = ["female", "male", "other"] as const

const namesOf = (patient: JsonObject): DirectoryPatient["names"] =>
  list(patient, "name").flatMap((name) => {
    const family = text(name, "family")
    const given = list(name, "given")
      .filter((part) => typeof part === "string")
      .join(" ")
    if (family === undefined && given === "") return []
    return [{ ...(family !== undefined && { family }), ...(given !== "" && { given }) }]
  })

const saidOf = (patient: JsonObject): DirectoryPatient => {
  const birthDate = text(patient, "birthDate")
  const gender = text(patient, "gender")
  return {
    names: namesOf(patient).slice(0, 4),
    ...(birthDate !== undefined && isPossibleDate(birthDate) && { birthDate }),
    sex: sexes.find((sex) => sex === gender) ?? "unknown",
    identifiers: list(patient, "identifier")
      .flatMap((identifier) => {
        const [system, value] = [text(identifier, "system"), text(identifier, "value")]
        return value === undefined ? [] : [{ ...(system !== undefined && { system }), value }]
      })
      .slice(0, 8),
    phones: list(patient, "telecom")
      .flatMap((telecom) => (text(telecom, "system") === "phone" ? (text(telecom, "value") ?? []) : []))
      .slice(0, 4),
  }
}

/** An entry of the bundle, and what references call it. */
type Placed = { entry: JsonObject; resource: JsonObject; names: string[] }

const placedIn = (bundle: JsonObject): Placed[] =>
  list(bundle, "entry").flatMap((entry) => {
    const resource = field(entry, "resource")
    if (!isObject(resource)) return []
    const [type, id] = [text(resource, "resourceType"), text(resource, "id")]
    const fullUrl = text(entry, "fullUrl")
    const names = [...(fullUrl === undefined ? [] : [fullUrl]), ...(id === undefined ? [] : [`${type}/${id}`])]
    return [{ entry: { ...(fullUrl !== undefined && { fullUrl }), resource }, resource, names }]
  })

const subjectOf = (resource: JsonObject): string | undefined =>
  text(field(resource, "subject"), "reference") ?? text(field(resource, "patient"), "reference")

const isPatient = ({ resource }: Placed): boolean => text(resource, "resourceType") === "Patient"

/** The patient, what names them alone as its subject, and whatever that refers to and is nobody's: a medication, an organization. */
const aboutOnly = (person: Placed, placed: readonly Placed[]): Placed[] => {
  const namedBy = (reference: string | undefined) =>
    placed.filter(({ names }) => reference !== undefined && names.includes(reference))
  const isOnly = (found: readonly Placed[]) => found.length === 1 && found[0] === person
  const about = [person, ...placed.filter((each) => !isPatient(each) && isOnly(namedBy(subjectOf(each.resource))))]
  // Grows while it is gone through: what a resource refers to may refer to more.
  for (const { resource } of about)
    for (const reference of referencesIn(resource)) {
      const [one, ...others] = namedBy(reference)
      const isNobodys = one !== undefined && !isPatient(one) && subjectOf(one.resource) === undefined
      if (isNobodys && others.length === 0 && !about.includes(one)) about.push(one)
    }
  return about
}

/**
 * The patients of a bundle, as `parseFhir` has parsed it. A resource goes to the one patient whom it names as its subject, and to nobody where it names somebody else, or a name that
 * two could have. `leftOut`: how many go to nobody.
 */
export function patientsInBundle(bundle: unknown): { patients: BundledPatient[]; leftOut: number } {
  if (!isObject(bundle) || text(bundle, "resourceType") !== "Bundle") return { patients: [], leftOut: 0 }
  const placed = placedIn(bundle)
  const taken = new Set<Placed>()
  const patients = placed.filter(isPatient).map((person, i) => {
    const about = aboutOnly(person, placed)
    for (const each of about) taken.add(each)
    return { at: i + 1, said: saidOf(person.resource), document: collection(about.map(({ entry }) => entry)) }
  })
  return { patients, leftOut: placed.length - taken.size }
}

const collection = (entry: readonly JsonObject[]): JsonObject => ({ resourceType: "Bundle", type: "collection", entry })

/** One file of a practice: the patient as the directory has them, and the document that the file holds, where it holds one. */
export function fileAsBundle(
  { names, birthDate, sex, identifiers, phones }: DirectoryPatient,
  document: JsonObject | undefined,
): JsonObject {
  const patient: JsonObject = {
    resourceType: "Patient",
    name: names.map(({ given, family }) => ({
      ...(family !== undefined && { family }),
      ...(given !== undefined && { given: [given] }),
    })),
    gender: sex,
    ...(birthDate !== undefined && { birthDate }),
    identifier: identifiers,
    telecom: phones.map((value) => ({ system: "phone", value })),
  }
  return collection([{ resource: patient }, ...(document === undefined ? [] : [{ resource: document }])])
}
