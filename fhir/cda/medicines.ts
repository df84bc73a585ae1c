import { field, isObject, type JsonObject, numeral, text } from "../value.ts"
import type { XmlElement } from "../xml.ts"
import { amountOf, type Concept, codesOf, conceptOf, labelOf, timed } from "./data-types.ts"
import { attribute, child, children, isNegated, statementIn } from "./element.ts"
import { nameWords } from "./names.ts"
import { wordsIn } from "./narrative-block.ts"
import type { CdaReading } from "./reading.ts"
import { restOf } from "./rest.ts"
import {
  type Chain,
  detailOf,
  innermost,
  isNothing,
  nameInWords,
  related,
  resourceOf,
  type Stance,
  stanceOf,
  takeDetail,
} from "./statement.ts"
import { absenceOf, absent } from "./states.ts"
import { amount, takenWhen } from "./timing.ts"

/** SNOMED CT's codes for any medicine at all, and any vaccine. */
const generic = new Set(["410942007", "373873005", "105590001", "71181003", "787859002"])

const materialOf = (statement: XmlElement): XmlElement | undefined => {
  const product =
    child(statement, "consumable", "manufacturedProduct") ?? child(statement, "product", "manufacturedProduct")
  return child(product, "manufacturedMaterial") ?? child(product, "manufacturedLabeledDrug")
}

function wordsOf(reading: CdaReading, name: XmlElement | undefined): string | undefined {
  if (name === undefined) return undefined
  reading.take(name)
  return nameWords(name)
}

/** What a code calls it and the name on its package, where they differ. */
function named(concept: Concept | undefined, words: string | undefined): Concept | undefined {
  if (words === undefined) return concept
  const label = labelOf(concept)
  if (label === undefined) return { ...concept, text: words }
  const [one, other] = [label.toLowerCase(), words.toLowerCase()]
  return one.includes(other) ? concept : { ...concept, text: other.includes(one) ? words : `${words} (${label})` }
}

/** One substance in it, with how much. */
function ingredientOf(reading: CdaReading, ingredient: XmlElement): { name?: Concept; own: JsonObject }[] {
  const inner = child(ingredient, "ingredient") ?? child(ingredient, "ingredientSubstance")
  const name = named(conceptOf(reading, child(inner, "code")), wordsOf(reading, child(inner, "name")))
  const strength = amountOf(reading, child(ingredient, "quantity"))
  if (name === undefined && strength === undefined) return []
  const own = strength === undefined ? {} : { strength: strength[1] }
  return [{ ...(name === undefined ? {} : { name }), own: { itemCodeableConcept: name, ...own } }]
}

/** What is given. `own`: what it is made of. */
type Medicine = { name?: Concept; isAbsence?: true; own: JsonObject }

export function medicineIn(reading: CdaReading, chain: Chain, { negated }: Stance): Medicine {
  const statement = innermost(chain)
  const material = materialOf(statement)
  const code = child(material, "code")
  const absence = absenceOf(reading, child(statement, "code"), code)
  if (absence !== undefined) return { name: absence, isAbsence: true, own: {} }
  const isAny = codesOf(code).length > 0 && codesOf(code).every((one) => generic.has(one))
  const words = wordsOf(reading, child(material, "name"))
  const isNone = isAny || isNothing(code)
  const name = named(isAny ? undefined : conceptOf(reading, code), words)
  const ingredients = children(material, "ingredient").flatMap((one) => ingredientOf(reading, one))
  const form = conceptOf(reading, child(material, "formCode"))
  const own = {
    ...(ingredients.length > 0 ? { ingredient: ingredients.map(({ own }) => own) } : {}),
    ...(form === undefined ? {} : { form }),
  }
  if (name !== undefined) return { name, own }
  const substances = ingredients.flatMap(({ name }) => labelOf(name) ?? [])
  if (substances.length > 0) return { name: { text: substances.join(" + ") }, own }
  if (negated && isNone) return { name: absent("no-known-medications"), isAbsence: true, own }
  const said = nameInWords(reading, chain, negated)
  reading.isDoubtful = true
  return said === undefined ? { own } : { name: { text: said }, own }
}

/** What FHIR calls the states of HL7's ActStatus in which a medicine isn't simply taken. */
const states: Readonly<Record<string, string>> = {
  active: "active",
  aborted: "stopped",
  cancelled: "cancelled",
  held: "on-hold",
  new: "draft",
  obsolete: "stopped",
  suspended: "on-hold",
}

/** What SNOMED CT says of how it goes on with a medicine (C-CDA's Medication Status). */
const saidStates: Readonly<Record<string, string>> = {
  "55561003": "active",
  "421139008": "on-hold",
  "392521001": "completed",
  "73425007": "stopped",
}

/** The state that a statement inside says. */
function saidState(reading: CdaReading, statement: XmlElement): string | undefined {
  const detail = detailOf(statement, "33999-4")
  const [known] = codesOf(child(detail, "value")).flatMap((code) => saidStates[code] ?? [])
  if (known !== undefined) takeDetail(reading, detail)
  return known
}

/**
 * The state of a medicine. `completed` is said of a course that is over, and just as well of the record of one that goes on: without an end in the past
 * it says neither, and in a patient summary, which lists what is taken, nothing.
 */
function stateOf(
  reading: CdaReading,
  statement: XmlElement,
  { voided, status }: Stance,
  end: string | undefined,
): JsonObject {
  if (voided) return { status: "entered-in-error" }
  const said = saidState(reading, statement)
  if (said !== undefined) return { status: said }
  const known = status === undefined ? undefined : states[status]
  if (known !== undefined) return { status: known }
  const extension = status === undefined ? [] : [{ url: "statusCode", valueCode: status }]
  if (reading.isOver(end)) return { status: "completed" }
  return { ...(reading.isPatientSummary && status === "completed" ? {} : { status: "unknown" }), extension }
}

const instructions = new Set(["PINSTRUCT", "311401005", "409073007"])
const toStaff = new Set(["FINSTRUCT", "422037009"])

/** What its author wrote on how it is taken. */
function instructionsOf(reading: CdaReading, statement: XmlElement): JsonObject {
  const text: string[] = []
  const toPatient: string[] = []
  const toOthers: string[] = []
  for (const inner of related(statement)) {
    const code = attribute(child(inner, "code"), "code") ?? ""
    const into =
      code === "76662-6" ? text : instructions.has(code) ? toPatient : toStaff.has(code) ? toOthers : undefined
    if (into === undefined) continue
    const words = reading.words(child(inner, "text"))
    takeDetail(reading, inner)
    if (restOf(reading, inner).length === 0) reading.take(inner)
    if (words !== undefined) into.push(words)
  }
  return {
    ...(text.length > 0 ? { text: text.join(", ") } : {}),
    ...(toPatient.length > 0 ? { patientInstruction: toPatient.join(", ") } : {}),
    ...(toOthers.length > 0 ? { additionalInstruction: toOthers.map((words) => ({ text: words })) } : {}),
  }
}

/** That it is taken only when needed, and for what. */
function neededOf(reading: CdaReading, statement: XmlElement): JsonObject {
  const [first, another] = children(statement, "precondition")
  if (first === undefined || another !== undefined) return {}
  const criterion = child(first, "criterion")
  const value = child(criterion, "value")
  const named = value === undefined ? undefined : conceptOf(reading, value)
  const words = reading.words(child(criterion, "text"))
  const reason = named ?? (words === undefined ? undefined : { text: words })
  if (reason === undefined) {
    const code = attribute(child(criterion, "code"), "code") ?? "ASSERTION"
    const saysMore = (criterion?.children ?? []).some(
      ({ name }) => name !== "code" && name !== "value" && name !== "templateId",
    )
    if (code !== "ASSERTION" || saysMore) return {}
    reading.take(first)
    return { asNeededBoolean: true }
  }
  takeDetail(reading, criterion)
  return { asNeededCodeableConcept: reason }
}

/** How much of it, by which way, when. */
function dosageOf(reading: CdaReading, statement: XmlElement, timing: readonly JsonObject[]): JsonObject | undefined {
  const unit = child(statement, "administrationUnitCode")
  const dose = amount(reading, "dose", child(statement, "doseQuantity"))
  const rate = amount(reading, "rate", child(statement, "rateQuantity"))
  const amounts = [dose["doseQuantity"], field(dose["doseRange"], "low"), field(dose["doseRange"], "high")].filter(
    isObject,
  )
  const lacksUnit = amounts.length > 0 && amounts.every((one) => text(one, "unit") === undefined)
  const unitWords = lacksUnit ? labelOf(conceptOf(reading, unit)) : undefined
  const [first, second] = unitWords === undefined ? amounts : amounts.map((one) => ({ ...one, unit: unitWords }))
  const given =
    first === undefined
      ? dose
      : second === undefined
        ? { doseQuantity: first }
        : { doseRange: { low: first, high: second } }
  const [most] = children(statement, "maxDoseQuantity")
  const atMost = amountOf(reading, most)
  const way = conceptOf(reading, child(statement, "routeCode"))
  const site = conceptOf(reading, child(statement, "approachSiteCode"))
  const doseAndRate = { ...given, ...rate }
  const dosage = {
    ...instructionsOf(reading, statement),
    ...(timing.length > 0 ? { timing: timing.length === 1 ? timing[0] : timing } : {}),
    ...neededOf(reading, statement),
    ...(site === undefined ? {} : { site }),
    ...(way === undefined ? {} : { route: way }),
    ...(Object.keys(doseAndRate).length > 0 ? { doseAndRate: [doseAndRate] } : {}),
    ...(atMost?.[0] === "Ratio"
      ? { maxDosePerPeriod: atMost[1] }
      : atMost === undefined
        ? {}
        : { maxDosePerAdministration: atMost[1] }),
  }
  return Object.keys(dosage).length > 0 ? dosage : undefined
}

/** Whether a part names no medicine of its own. */
function isSameMaterial(part: XmlElement | undefined, whole: XmlElement | undefined): boolean {
  const said = (material: XmlElement | undefined) => {
    const code = child(material, "code")
    const words = material === undefined ? "" : wordsIn(material, 200)
    return [...codesOf(code), attribute(code, "displayName"), words].filter(Boolean)
  }
  const named = said(part)
  if (child(part, "ingredient") !== undefined) return false
  return named.length === 0 || named.join("\n") === said(whole).join("\n")
}

/** Doses that a statement gives in parts, each a statement in it without a medicine of its own. */
function partsOf(reading: CdaReading, statement: XmlElement): JsonObject[] {
  return children(statement, "entryRelationship").flatMap((relation) => {
    const part = statementIn(relation)
    if (part?.name !== "substanceAdministration" || isNegated(relation) || isNegated(part)) return []
    if (attribute(child(part, "code"), "code") === "76662-6") return []
    if (!isSameMaterial(materialOf(part), materialOf(statement))) return []
    const { at, start, end, timing } = takenWhen(reading, part)
    const dosage = dosageOf(reading, part, timing)
    if (dosage === undefined && start === undefined && end === undefined && at === undefined) return []
    for (const name of ["consumable", "statusCode", "text"]) reading.take(child(part, name))
    const sequence = attribute(child(relation, "sequenceNumber"), "value")
    reading.take(child(relation, "sequenceNumber"))
    const bounds = start === undefined && end === undefined ? [] : [{ repeat: { boundsPeriod: { start, end } } }]
    return [
      {
        ...(sequence === undefined ? {} : { sequence: numeral(sequence) }),
        ...dosage,
        ...(bounds.length > 0 || at !== undefined
          ? { timing: [...bounds, ...(at === undefined ? [] : [{ event: [at] }]), ...timing] }
          : {}),
        ...(restOf(reading, part).length > 0 ? { extension: restOf(reading, part) } : {}),
      },
    ]
  })
}

/** How a medicine list stands to what it lists. */
export type MedicineList = "taken" | "planned"

/** A medicine that is taken, or was; or one that is ordered, where it is an intention. */
export function medicationOf(reading: CdaReading, chain: Chain, of: MedicineList): JsonObject {
  const statement = innermost(chain)
  const stance = stanceOf(reading, chain)
  const { name, isAbsence, own } = medicineIn(reading, chain, stance)
  const { timing, ...times } = takenWhen(reading, statement)
  const whole = dosageOf(reading, statement, timing)
  const dosage = [...(whole === undefined ? [] : [whole]), ...partsOf(reading, statement)]
  const { extension, ...state } = stateOf(reading, statement, stance, times.end)
  const negated = stance.negated && isAbsence !== true
  if (negated) reading.isDoubtful = true
  // An intention in a list of what is taken is a prescription; in a plan it is no more than that.
  const isOrder = stance.mood === "INT" || stance.mood === "RQO"
  const isStatement = stance.mood === undefined
  return resourceOf(reading, isStatement ? "MedicationStatement" : "MedicationRequest", chain, {
    ...(stance.negated && !stance.voided ? {} : isAbsence === true && !stance.voided ? {} : state),
    ...(isOrder && of === "taken" ? { intent: "order" } : {}),
    ...(negated ? (isStatement ? { negated: "not-taken" } : { doNotPerform: true }) : {}),
    medicationCodeableConcept: name,
    ...timed("effective", times),
    ...(dosage.length > 0 ? { [isStatement ? "dosage" : "dosageInstruction"]: dosage } : {}),
    ...own,
    extension: isAbsence === true ? [] : extension,
  })
}

/** A vaccination. */
export function immunizationOf(reading: CdaReading, chain: Chain): JsonObject {
  const statement = innermost(chain)
  const stance = stanceOf(reading, chain)
  const found = medicineIn(reading, chain, stance)
  const { own } = found
  const isAbsence = found.isAbsence === true
  const isNoKnown = isAbsence && stance.negated && found.name !== undefined && isGenericAbsence(found.name)
  const name = isNoKnown ? absent("no-known-immunizations") : found.name
  const negated = stance.negated && !isAbsence
  if (negated) reading.isDoubtful = true
  const { timing, ...times } = takenWhen(reading, statement)
  const lot = child(statement, "consumable", "manufacturedProduct", "manufacturedMaterial", "lotNumberText")
  const whole = dosageOf(reading, statement, timing)
  const repeated = child(statement, "repeatNumber")
  const series = attribute(repeated, "unit") === undefined ? attribute(repeated, "value") : undefined
  if (series !== undefined) reading.take(repeated)
  const status = stance.voided ? "entered-in-error" : negated ? "not-done" : statusOf(stance)
  const code = child(statement, "code")
  if (attribute(code, "code") === "IMMUNIZ") reading.take(code)
  return resourceOf(reading, "Immunization", chain, {
    ...(isAbsence && !stance.voided ? {} : { status }),
    vaccineCode: name,
    occurrenceDateTime: times.at ?? times.start,
    lotNumber: lot === undefined ? undefined : wordsOf(reading, lot),
    ...(series === undefined ? {} : { protocolApplied: [{ doseNumberString: series }] }),
    ...(whole === undefined ? {} : { dosage: [whole] }),
    ...own,
    ...(times.end === undefined ? {} : { extension: [{ url: "until", valueDateTime: times.end }] }),
  })
}

const isGenericAbsence = ({ coding }: Concept): boolean =>
  coding?.some((one) => text(one, "code") === "no-known-medications") === true

const statusOf = ({ status }: Stance): string =>
  status === "completed" || status === undefined ? "completed" : (states[status] ?? "unknown")
