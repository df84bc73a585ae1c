import type { JsonObject } from "../value.ts"
import type { XmlElement } from "../xml.ts"
import { type Concept, calledBy, codesOf, conceptOf, labelOf, timesOf } from "./data-types.ts"
import { attribute, child, children } from "./element.ts"
import { nameWords } from "./names.ts"
import type { CdaReading } from "./reading.ts"
import {
  type Chain,
  detailOf,
  innermost,
  isEvent,
  isNothing,
  ownWords,
  related,
  resourceOf,
  stanceOf,
  takeDetail,
} from "./statement.ts"
import { absenceOf, absent, clinicalState, severityOf, verification } from "./states.ts"

type Kind = { type?: "allergy" | "intolerance"; category?: "food" | "medication" | "environment" }

/** What SNOMED CT says by kinds of allergy that name no substance. */
const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["419199007", { type: "allergy" }],
  ["106190000", { type: "allergy" }],
  ["418038007", {}],
  ["420134006", {}],
  ["416098002", { type: "allergy", category: "medication" }],
  ["419511003", { category: "medication" }],
  ["59037007", { type: "intolerance", category: "medication" }],
  ["414285001", { type: "allergy", category: "food" }],
  ["418471000", { category: "food" }],
  ["235719002", { type: "intolerance", category: "food" }],
  ["426232007", { type: "allergy", category: "environment" }],
])
/** Codes that say only that something is asserted, or that there is a substance. */
const empty = new Set(["ASSERTION", "64970000", "105590001"])

const noneKnown = {
  medication: "no-known-medication-allergies",
  food: "no-known-food-allergies",
  environment: "no-known-environmental-allergies",
} as const

/** Whether an element names no substance, but only that there is an allergy, or of what kind. */
function isGeneric(element: XmlElement | undefined): boolean {
  const codes = codesOf(element)
  if (codes.length > 0) return codes.every((code) => kinds.has(code) || empty.has(code))
  const isNamed = attribute(element, "displayName") !== undefined || child(element, "originalText") !== undefined
  return !isNamed && (element?.text.trim() ?? "") === ""
}

const agentsOf = (observation: XmlElement): XmlElement[] =>
  children(observation, "participant").filter(({ attributes }) => attributes.get("typeCode") === "CSM")

/** The substances that an allergy is to, each a concept; none where it names none. */
const substancesIn = (reading: CdaReading, observation: XmlElement): Concept[] =>
  agentsOf(observation).flatMap((participant) => {
    const entity = child(participant, "participantRole", "playingEntity")
    const [code, name] = [child(entity, "code"), child(entity, "name")]
    const codes = codesOf(code)
    const saysNothing = codes.length > 0 && codes.every((one) => empty.has(one))
    const concept = saysNothing ? undefined : conceptOf(reading, code)
    const words = name === undefined ? undefined : nameWords(name)
    if (words === undefined) return concept ?? []
    reading.take(name)
    const label = labelOf(concept)
    if (concept === undefined || label === undefined) return { ...concept, text: words }
    return label.toLowerCase().includes(words.toLowerCase()) ? concept : { ...concept, text: `${label} (${words})` }
  })

/** Whether a statement has no substance: it is about none. */
const isAboutNone = (observation: XmlElement): boolean =>
  agentsOf(observation).every((participant) => {
    const role = child(participant, "participantRole")
    const entity = child(role, "playingEntity")
    return [participant, role, entity, child(entity, "code")].some(isNothing)
  })

/** What an allergy is to, one by one; `negated` where it says that there is none of a kind. */
function namesOf(reading: CdaReading, chain: Chain, negated: boolean): { name?: Concept; isAbsence?: true }[] {
  const observation = innermost(chain)
  const [code, value] = [child(observation, "code"), child(observation, "value")]
  const agents = agentsOf(observation).map((agent) => child(agent, "participantRole", "playingEntity", "code"))
  const absence = absenceOf(reading, value, code, ...agents)
  if (absence !== undefined) return [{ name: absence, isAbsence: true }]
  const substances = substancesIn(reading, observation)
  if (substances.length > 0) return substances.map((name) => ({ name }))
  if (!isGeneric(value)) return [{ name: conceptOf(reading, value) }]
  const kind = [value, code].flatMap(codesOf).find((one) => kinds.has(one))
  if (negated && kind !== undefined && isAboutNone(observation)) {
    const { category } = kinds.get(kind) ?? {}
    return [{ name: absent(category === undefined ? "no-known-allergies" : noneKnown[category]), isAbsence: true }]
  }
  reading.isDoubtful = true
  const [inValue, inCode] = [value, code].map((element) => reading.words(child(element, "originalText")))
  const words = negated ? undefined : (inValue ?? ownWords(reading, chain) ?? inCode)
  return [words === undefined ? {} : { name: { text: words } }]
}

/** What kind of allergy it is: FHIR's code, with the words as written beside it. */
function typeOf(reading: CdaReading, observation: XmlElement): JsonObject {
  const written = [child(observation, "value"), child(observation, "code")].filter(
    (element) => element !== undefined && !reading.isTaken(element),
  )
  const [type, category] = (["type", "category"] as const).map(
    (name) => written.flatMap(codesOf).flatMap((code) => kinds.get(code)?.[name] ?? [])[0],
  )
  const said = written.flatMap((element) => {
    const codes = codesOf(element)
    const isEmpty = codes.length > 0 && codes.every((code) => empty.has(code))
    const concept = conceptOf(reading, element)
    return concept === undefined || (isEmpty && concept.text === undefined) ? [] : [concept]
  })
  const label = said.flatMap((concept) => labelOf(concept) ?? [])[0]
  return {
    ...(type === undefined
      ? { type: said[0] }
      : { type, ...(label === undefined ? {} : { _type: { extension: [{ url: "text", valueString: label }] } }) }),
    ...(category === undefined ? {} : { category: [category] }),
  }
}

/** By its relation, or by the template of C-CDA's Reaction Observation where that is another. */
const isReaction = (inner: XmlElement): boolean =>
  attribute(inner.parent, "typeCode") === "MFST" ||
  children(inner, "templateId").some((one) => attribute(one, "root") === "2.16.840.1.113883.10.20.22.4.9")

function reactionsOf(reading: CdaReading, observation: XmlElement): JsonObject[] {
  return related(observation)
    .filter((inner) => isEvent(inner) && isReaction(inner))
    .map((manifestation) => {
      const code = child(manifestation, "code")
      const value = conceptOf(reading, child(manifestation, "value"))
      const coded = value ?? (codesOf(code).every((one) => empty.has(one)) ? undefined : conceptOf(reading, code))
      const words = ownWords(reading, [manifestation])
      const named = calledBy(coded, words)
      const { at, start, end } = timesOf(reading, child(manifestation, "effectiveTime"))
      const severity = severityOf(reading, manifestation)
      takeDetail(reading, manifestation)
      const isSaid = words === undefined || labelOf(named)?.toLowerCase().includes(words.toLowerCase()) === true
      return {
        manifestation: named ?? { text: words },
        ...(named === undefined || isSaid ? {} : { description: words }),
        ...severity,
        onset: at ?? start,
        ...(end === undefined ? {} : { extension: [{ url: "until", valueDateTime: end }] }),
      }
    })
}

const risks: Readonly<Record<string, string>> = { CRITH: "high", CRITL: "low", CRITU: "unable-to-assess" }

function criticalityOf(reading: CdaReading, observation: XmlElement): JsonObject {
  const detail = detailOf(observation, "82606-5")
  const value = child(detail, "value")
  const [known] = codesOf(value).flatMap((code) => risks[code] ?? [])
  const criticality = known ?? labelOf(conceptOf(reading, value))
  if (criticality === undefined) return {}
  takeDetail(reading, detail)
  return { criticality }
}

const verificationSystem = "allergyintolerance-verification"

/** The allergies of an observation: one for each substance that it names. */
export function allergiesOf(reading: CdaReading, chain: Chain): JsonObject[] {
  const observation = innermost(chain)
  const stance = stanceOf(reading, chain)
  const names = namesOf(reading, chain, stance.negated)
  const times = timesOf(reading, child(observation, "effectiveTime"))
  const state = clinicalState(reading, chain, stance, times, "allergyintolerance-clinical")
  const own = {
    ...state,
    ...typeOf(reading, observation),
    ...criticalityOf(reading, observation),
    ...severityOf(reading, observation),
    onsetDateTime: times.start ?? times.at,
    reaction: reactionsOf(reading, observation),
  }
  const ofSubstance = verification(reading, chain, stance, verificationSystem)
  const ofAbsence = verification(reading, chain, { ...stance, negated: false }, verificationSystem)
  const base = resourceOf(reading, "AllergyIntolerance", chain, { code: names[0]?.name, ...own })
  return names.map(({ name, isAbsence }) => {
    if (stance.negated && isAbsence !== true) reading.isDoubtful = true
    return { ...base, code: name, ...(isAbsence === true ? ofAbsence : ofSubstance) }
  })
}
