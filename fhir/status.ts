import { codesOf } from "./fact.ts"
import { containsElement, field, type JsonObject, list, text } from "./value.ts"

/** Why an item mustn't be read like the others. */
export type SummaryMark =
  | "entered-in-error"
  | "refuted"
  | "deleted"
  | "superseded"
  | "other-patient"
  | "subject-unclear"
  | "not-done"
  | "not-taken"
  | "do-not-give"
  | "inactive"
  | "planned"
  | "unconfirmed"
  | "unresolved"
  | "unlisted"
  | "modified"

/** What none of which is true of the patient now: never among what holds. */
export const voidMarks: ReadonlySet<SummaryMark> = new Set([
  "entered-in-error",
  "refuted",
  "deleted",
  "superseded",
  "other-patient",
  "not-done",
  "not-taken",
])

/** Elements that say in which state a resource is, in any version, after `normalized`. */
export const statusElements = [
  "clinicalStatus",
  "verificationStatus",
  "status",
  "lifecycleStatus",
  "intent",
  "taken",
  "negated",
  "adherence",
] as const

/** Codes of FHIR's own systems, of SNOMED CT where it says the same, and of a display that says it in English. */
const marksByCode: ReadonlyMap<string, SummaryMark> = new Map(
  Object.entries({
    "entered-in-error": ["entered-in-error", "error", "nullified", "723510000"],
    refuted: ["refuted", "723511001", "410516002", "410594000"],
    "not-done": ["not-done", "declined"],
    "not-taken": ["not-taken", "not-taking", "not-taking-as-directed", "not-taking-not-as-directed"],
    inactive: [
      "inactive",
      "resolved",
      "remission",
      "stopped",
      "stopped-as-directed",
      "stopped-not-as-directed",
      "ended",
      "on-hold",
      "on-hold-as-directed",
      "on-hold-not-as-directed",
      "suspended",
      "aborted",
      "abandoned",
      "rejected",
      "revoked",
      "cancelled",
      "superseded",
      "deprecated",
      "retired",
      "expired",
      "413322009",
      "723506003",
      "73425007",
      "277022003",
    ],
    planned: ["intended", "draft", "proposed", "planned", "proposal", "plan", "option", "preparation"],
    unconfirmed: ["unconfirmed", "provisional", "differential", "preliminary", "unknown", "unk", "415684004"],
  } satisfies Partial<Record<SummaryMark, string[]>>).flatMap(([mark, codes]) =>
    codes.map((code): [string, SummaryMark] => [code, isMark(mark) ? mark : "modified"]),
  ),
)

function isMark(mark: string): mark is SummaryMark {
  return ["entered-in-error", "refuted", "not-done", "not-taken", "inactive", "planned", "unconfirmed"].includes(mark)
}

const completedMeansOver = new Set(["MedicationStatement", "MedicationRequest", "DeviceUseStatement", "CarePlan"])
/** Orders that are plans by their nature: their status says how the plan stands, and `plan` is not a doubt about it. */
const plans = new Set(["CarePlan", "Goal", "ServiceRequest"])

/** The codes of an element's every coding, whatever the order; of R5's adherence, of its code. */
const statusCodes = (resource: JsonObject, name: string): string[] =>
  list(resource, name).flatMap((element) => [...codesOf(element), ...codesOf(field(element, "code"))])

/** Why a resource, with its elements where R4 has them, isn't simply true: from every place that may say so. */
export function marksOf(type: string, resource: JsonObject): Set<SummaryMark> {
  const marks = new Set<SummaryMark>()
  const codes = statusElements.flatMap((name) => statusCodes(resource, name))
  for (const code of codes) {
    const mark = marksByCode.get(code)
    if (mark !== undefined && !(mark === "planned" && plans.has(type))) marks.add(mark)
  }
  // What never was is not over, though FHIR wants both said.
  if (marks.has("refuted")) marks.delete("inactive")
  if (completedMeansOver.has(type) && codes.includes("completed")) marks.add("inactive")
  if (type === "Condition" && hasEnded(resource) && statusCodes(resource, "clinicalStatus").length === 0)
    marks.add("inactive")
  if (field(resource, "doNotPerform") === true) marks.add("do-not-give")
  if (containsElement(resource, "modifierExtension") || text(resource, "implicitRules") !== undefined) {
    marks.add("modified")
  }
  return marks
}

/** An illness of which only the end is stated. */
const hasEnded = (resource: JsonObject): boolean =>
  Object.keys(resource).some((name) => name.startsWith("abatement") && resource[name] !== false)
