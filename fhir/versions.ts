import { isObject, type JsonObject, list } from "./value.ts"

/** Types of resource that a version calls otherwise than R4 does. */
export const renamedTypes: Readonly<Record<string, string>> = {
  MedicationOrder: "MedicationRequest", // DSTU2
  MedicationUsage: "MedicationStatement", // a draft of R5
  DeviceUsage: "DeviceUseStatement", // R5
  DiagnosticOrder: "ServiceRequest", // DSTU2
  ProcedureRequest: "ServiceRequest", // DSTU2, STU3
  ReferralRequest: "ServiceRequest", // DSTU2, STU3
}

/** `codes`: only these values move, each as what it stands for; others stay where they are. */
type Row = readonly [
  versions: string,
  of: readonly string[],
  from: string,
  to: string,
  codes?: Readonly<Record<string, string>>,
]

const medicines = ["MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration"]
const dosages = ["dosage", "dosageInstruction"]
const yes = (code: string) => ({ true: code })
const anyOf = (
  parent: readonly string[],
  rows: readonly (readonly [string, readonly string[], string, string])[],
): Row[] =>
  parent.flatMap((name) =>
    rows.map(([versions, of, from, to]): Row => [versions, of, `${name}.${from}`, `${name}.${to}`]),
  )

/**
 * What versions of FHIR write otherwise than R4, element by element: where it stands, and where the reader looks for it. `negated` is the
 * reader's own: the resource says that it was not done. A path's last part is moved within its parent; a target that begins with `/` is at the top.
 * Names that mean the same in every version aren't here, nor those that are only shown.
 */
export const versionRows: readonly Row[] = [
  // Negation
  ["DSTU2", ["MedicationStatement"], "wasNotTaken", "negated", yes("not-taken")],
  ["STU3", ["MedicationStatement"], "taken", "negated", { n: "not-taken" }],
  ["DSTU2", ["MedicationAdministration"], "wasNotGiven", "negated", yes("not-done")],
  ["STU3", ["MedicationAdministration", "Immunization"], "notGiven", "negated", yes("not-done")],
  ["DSTU2", ["Immunization"], "wasNotGiven", "negated", yes("not-done")],
  ["DSTU2", ["Procedure"], "notPerformed", "negated", yes("not-done")],
  ["STU3", ["Procedure", "FamilyMemberHistory", "MedicationDispense"], "notDone", "negated", yes("not-done")],
  ["STU3", ["MedicationDispense"], "notDoneReasonCodeableConcept", "statusReason"],
  ["STU3", ["Procedure", "FamilyMemberHistory"], "notDoneReason", "statusReason"],
  ["DSTU2, STU3", medicines, "reasonNotTaken", "statusReason"],
  ["DSTU2, STU3", medicines, "reasonNotGiven", "statusReason"],
  ["DSTU2", ["Procedure"], "reasonNotPerformedCodeableConcept", "statusReason"],
  ["DSTU2, STU3", ["Immunization"], "explanation.reasonNotGiven", "/statusReason"],
  ["DSTU2, STU3", ["Immunization"], "explanation.reason", "/reasonCode"],

  // Allergies
  ["DSTU2", ["AllergyIntolerance"], "substance", "code"],
  [
    "DSTU2",
    ["AllergyIntolerance"],
    "status",
    "verificationStatus",
    { unconfirmed: "unconfirmed", confirmed: "confirmed", refuted: "refuted", "entered-in-error": "entered-in-error" },
  ],
  [
    "DSTU2",
    ["AllergyIntolerance"],
    "status",
    "clinicalStatus",
    { active: "active", inactive: "inactive", resolved: "resolved" },
  ],
  [
    "DSTU2",
    ["AllergyIntolerance"],
    "criticality",
    "criticality",
    { CRITL: "low", CRITH: "high", CRITU: "unable-to-assess" },
  ],
  ["DSTU2", ["AllergyIntolerance"], "lastOccurence", "lastOccurrence"],
  ["STU3", ["AllergyIntolerance", "Condition"], "assertedDate", "recordedDate"],

  // Medicines
  ["DSTU2", ["MedicationRequest"], "dateWritten", "authoredOn"],
  ["DSTU2", ["MedicationRequest"], "reasonEnded", "statusReason"],
  ["DSTU2", medicines, "reasonForUseCodeableConcept", "reasonCode"],
  ["DSTU2", medicines, "reasonCodeableConcept", "reasonCode"],
  ["R5", medicines, "reason", "reasonCode"],
  ["DSTU2", ["MedicationAdministration"], "effectiveTimeDateTime", "effectiveDateTime"],
  ["DSTU2", ["MedicationAdministration"], "effectiveTimePeriod", "effectivePeriod"],
  ["R5", ["MedicationAdministration"], "occurenceDateTime", "effectiveDateTime"],
  ["R5", ["MedicationAdministration"], "occurencePeriod", "effectivePeriod"],
  ["R5", ["MedicationAdministration"], "occurenceTiming", "effectiveTiming"],
  ...anyOf(dosages, [
    ["DSTU2, STU3", medicines, "doseQuantity", "doseAndRate.doseQuantity"],
    ["DSTU2, STU3", medicines, "doseRange", "doseAndRate.doseRange"],
    ["DSTU2", medicines, "quantityQuantity", "doseAndRate.doseQuantity"],
    ["DSTU2", medicines, "quantityRange", "doseAndRate.doseRange"],
    ["DSTU2", medicines, "quantity", "doseAndRate.doseQuantity"],
    ["STU3, R4 (of an administration)", medicines, "dose", "doseAndRate.doseQuantity"],
    ["DSTU2, STU3, R4 (of an administration)", medicines, "rateRatio", "doseAndRate.rateRatio"],
    ["DSTU2, STU3, R4 (of an administration)", medicines, "rateRange", "doseAndRate.rateRange"],
    ["DSTU2, STU3, R4 (of an administration)", medicines, "rateQuantity", "doseAndRate.rateQuantity"],
    ["DSTU2", medicines, "additionalInstructions", "additionalInstruction"],
    ["DSTU2", medicines, "siteCodeableConcept", "site"],
    ["DSTU2", medicines, "timing.repeat.periodUnits", "timing.repeat.periodUnit"],
    ["DSTU2", medicines, "timing.repeat.durationUnits", "timing.repeat.durationUnit"],
    ["R5", medicines, "asNeededFor", "asNeededCodeableConcept"],
    ["R5", medicines, "asNeeded", "asNeededBoolean"],
  ]),

  // Illnesses, procedures, vaccinations
  ["DSTU2", ["Condition"], "dateRecorded", "recordedDate"],
  ["DSTU2", ["Procedure"], "reasonCodeableConcept", "reasonCode"],
  ["R5", ["Procedure", "DeviceUseStatement", "Immunization", "ServiceRequest", "Encounter"], "reason", "reasonCode"],
  ["R5", ["Procedure"], "occurrenceDateTime", "performedDateTime"],
  ["R5", ["Procedure"], "occurrencePeriod", "performedPeriod"],
  ["R5", ["Procedure"], "occurrenceString", "performedString"],
  ["R5", ["Procedure"], "occurrenceAge", "performedAge"],
  ["R5", ["Procedure"], "occurrenceRange", "performedRange"],
  ["R5", ["Procedure"], "occurrenceTiming", "performedTiming"],
  ["DSTU2, STU3", ["Immunization"], "date", "occurrenceDateTime"],
  ["DSTU2, STU3", ["Immunization"], "vaccinationProtocol", "protocolApplied"],
  ["DSTU2, STU3", ["Immunization"], "protocolApplied.doseSequence", "protocolApplied.doseNumberPositiveInt"],
  ["R5", ["Immunization"], "protocolApplied.doseNumber", "protocolApplied.doseNumberString"],

  // Devices
  ["DSTU2, STU3", ["DeviceUseStatement"], "whenUsed", "timingPeriod"],
  ["DSTU2, STU3", ["DeviceUseStatement"], "indication", "reasonCode"],
  ["DSTU2", ["DeviceUseStatement"], "bodySiteCodeableConcept", "bodySite"],
  ["DSTU2, STU3", ["Device"], "model", "modelNumber"],
  ["R5", ["Device"], "name", "deviceName"],
  ["R5", ["Device"], "deviceName.value", "deviceName.name"],

  // The rest
  ["R5", ["Consent"], "date", "dateTime"],
  ["STU3", ["DiagnosticReport"], "codedDiagnosis", "conclusionCode"],
  ["R5", ["Encounter"], "actualPeriod", "period"],
  ["DSTU2, STU3", ["Encounter"], "reason", "reasonCode"],
  ["DSTU2, STU3", ["DocumentReference"], "created", "date"],
  ["DSTU2, STU3", ["DocumentReference"], "indexed", "date"],
  ["DSTU2", ["Observation"], "comments", "note.text"],
  ["STU3", ["Observation", "DiagnosticReport"], "comment", "note.text"],
  ["DSTU2", ["Procedure", "DeviceUseStatement", "Condition"], "notes", "note"],
]

type Mutable = { [name: string]: unknown }
const isMutable = (value: unknown): value is Mutable => isObject(value)

type Move = { parent: readonly string[]; from: string; toTop: boolean; to: readonly string[]; codes: Row[4] }

const moves = new Map<string, readonly Move[]>()

function movesOf(type: string): readonly Move[] {
  const known = moves.get(type)
  if (known !== undefined) return known
  const found = versionRows
    .filter(([, of]) => of.includes(type))
    .map(([, , path, target, codes]): Move => {
      const parent = path.split(".").slice(0, -1)
      const toTop = target.startsWith("/")
      const to = toTop ? [target.slice(1)] : target.split(".").slice(parent.length)
      return { parent, from: path.split(".").at(-1) ?? path, toTop, to, codes }
    })
  moves.set(type, found)
  return found
}

/** A resource with its elements where R4 has them, and R4's name of its type. What stands in no row is left as it is. */
export function normalized(type: string, resource: JsonObject): { type: string; resource: JsonObject } {
  const r4 = Object.hasOwn(renamedTypes, type) ? (renamedTypes[type] ?? type) : type
  const concerned = movesOf(r4).filter(({ parent: [first], from }) => Object.hasOwn(resource, first ?? from))
  if (concerned.length === 0) return { type: r4, resource }
  const copy: Mutable = structuredClone({ ...resource })
  for (const move of movesOf(r4)) {
    let parents: readonly unknown[] = [copy]
    for (const name of move.parent) parents = parents.flatMap((parent) => list(parent, name))
    for (const parent of parents.filter(isMutable)) moveIn(parent, copy, move)
  }
  return { type: r4, resource: copy }
}

function moveIn(parent: Mutable, top: Mutable, { from, to, toTop, codes }: Move): void {
  if (!Object.hasOwn(parent, from)) return
  const written = parent[from]
  const value =
    codes === undefined ? written : Object.hasOwn(codes, String(written)) ? codes[String(written)] : undefined
  if (value === undefined || value === null) return
  delete parent[from]
  // What stands where this would go keeps its place, and this one is shown under its own name.
  if (!put(toTop ? top : parent, to, value)) parent[from] = written
}

function put(target: Mutable, [name = "", inner]: readonly string[], value: unknown): boolean {
  const there = list(target, name)
  if (inner === undefined) {
    if (there.length > 0) return false
    target[name] = value
    return true
  }
  const [first] = there
  if (isMutable(first) && !Object.hasOwn(first, inner)) first[inner] = value
  else target[name] = [...there, { [inner]: value }]
  return true
}
