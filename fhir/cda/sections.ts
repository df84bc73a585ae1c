import { type SectionKey, sectionCodes } from "../section-key.ts"
import type { JsonObject } from "../value.ts"
import type { XmlElement } from "../xml.ts"
import { allergiesOf } from "./allergies.ts"
import { codesOf, conceptOf } from "./data-types.ts"
import { attribute, child, children, isNegated, statementIn } from "./element.ts"
import { isOfRelative, relativesIllness } from "./family.ts"
import { immunizationOf, medicationOf } from "./medicines.ts"
import { xhtmlOf } from "./narrative-block.ts"
import { isOfPregnancy, observationOf } from "./observations.ts"
import { problemOf } from "./problems.ts"
import { actOf, devicesOf, goalOf, procedureOf } from "./procedures.ts"
import type { CdaReading } from "./reading.ts"
import { type Chain, innermost, isEvent } from "./statement.ts"

/** LOINC's codes of sections whose entries are of a kind, and that are shown under their own titles: what held at another time, or in a hospital. */
const alike: ReadonlyMap<string, SectionKey> = new Map<string, SectionKey>([
  ["42346-7", "medications"],
  ["29549-3", "medications"],
  ["57828-6", "medications"],
  ["60590-7", "medications"],
  ["46241-6", "problems"],
  ["29308-4", "problems"],
  ["10219-4", "problems"],
  ["10218-6", "problems"],
  ["59768-2", "procedures"],
  ["29554-3", "procedures"],
])

const keyOf = (section: XmlElement): SectionKey | undefined =>
  codesOf(child(section, "code")).flatMap((code) => sectionCodes.get(code) ?? alike.get(code) ?? [])[0]

/** What a concern is about: the observations in it. */
const observationsIn = (statement: XmlElement): XmlElement[] =>
  children(statement, "entryRelationship").filter(
    (relation) =>
      ["SUBJ", "REFR", "COMP"].includes(attribute(relation, "typeCode") ?? "") &&
      statementIn(relation)?.name === "observation",
  )

/** An act that says no more by its code than that it holds others. */
const isConcern = (act: XmlElement): boolean => {
  const code = attribute(child(act, "code"), "code")
  return code === undefined || code === "CONC" || sectionCodes.has(code)
}

const isMedicineList = (key: SectionKey | undefined) => key === "medications" || key === "immunizations"

/** Medicines that stand in an act: those of an admission or a discharge (C-CDA). */
const administrationsIn = (act: XmlElement) =>
  children(act, "entryRelationship").flatMap((relation) => {
    const inner = statementIn(relation)
    return inner?.name === "substanceAdministration" ? [{ relation, inner }] : []
  })

/** The entries of one section, each as resources of FHIR's. */
class SectionEntries {
  readonly #reading: CdaReading
  readonly #key: SectionKey | undefined
  readonly references: JsonObject[] = []

  constructor(reading: CdaReading, key: SectionKey | undefined) {
    this.#reading = reading
    this.#key = key
  }

  /** `chain`: the statement and what it stands in. */
  read(chain: Chain): void {
    const statement = innermost(chain)
    switch (statement.name) {
      case "organizer":
        return this.#organizer(chain)
      case "act":
      case "observation":
        return this.#actOrObservation(chain)
      case "substanceAdministration":
        return this.#add(this.#isVaccine(statement) ? immunizationOf(this.#reading, chain) : this.#medication(chain))
      case "supply":
        return this.#supply(chain)
      case "procedure":
        return this.#key === "devices"
          ? this.#addAll(devicesOf(this.#reading, chain))
          : this.#add(procedureOf(this.#reading, chain, this.#isPlan(chain)))
      case "encounter":
        return this.#isPlan(chain)
          ? this.#add(procedureOf(this.#reading, chain, true))
          : this.#add(actOf(this.#reading, chain, "Encounter"))
      default:
        this.#add(actOf(this.#reading, chain, "Media"))
    }
  }

  #add(resource: JsonObject): void {
    this.references.push(this.#reading.add(resource))
  }

  #addAll(resources: readonly JsonObject[]): void {
    for (const resource of resources) this.#add(resource)
  }

  /** Where a plan stands in a list of what was, it is marked as one; among plans it is what they are. */
  #isPlan = (chain: Chain): boolean => this.#key === "plan" && !chain.every(isEvent)

  #isVaccine(statement: XmlElement): boolean {
    return this.#key === "immunizations" || codesOf(child(statement, "code")).includes("IMMUNIZ")
  }

  #medication(chain: Chain): JsonObject {
    return medicationOf(this.#reading, chain, this.#key === "medications" ? "taken" : "planned")
  }

  #supply(chain: Chain): void {
    if (this.#key === "medications") this.#add(this.#medication(chain))
    else this.#addAll(devicesOf(this.#reading, chain))
  }

  #actOrObservation(chain: Chain): void {
    const statement = innermost(chain)
    const isAct = statement.name === "act"
    const reader =
      this.#key === "allergies"
        ? "allergies"
        : this.#key === "problems" || this.#key === "past-problems"
          ? "problems"
          : undefined
    if (reader !== undefined) {
      const inner = isAct ? observationsIn(statement) : []
      for (const relation of inner) this.#reading.take(relation)
      if (isAct && isConcern(statement)) this.#reading.take(child(statement, "code"))
      const chains: Chain[] = isAct
        ? inner.flatMap((relation) => {
            const observation = statementIn(relation)
            return observation === undefined ? [] : [[...chain, observation] as const]
          })
        : [chain]
      for (const each of chains)
        this.#addAll(reader === "allergies" ? allergiesOf(this.#reading, each) : [problemOf(this.#reading, each)])
      if (chains.length > 0) return
    }
    const given = isAct && isMedicineList(this.#key) ? administrationsIn(statement) : []
    for (const { relation } of given) this.#reading.take(relation)
    for (const { inner } of given) this.read([...chain, inner])
    if (given.length > 0) return
    if (this.#key === "procedures") return this.#add(procedureOf(this.#reading, chain, this.#isPlan(chain)))
    if (attribute(statement, "moodCode") === "GOL") return this.#add(goalOf(this.#reading, chain))
    if (this.#isPlan(chain)) return this.#add(procedureOf(this.#reading, chain, true))
    if (isAct) return this.#add(actOf(this.#reading, chain, "Basic"))
    if (this.#key === "family-history") return this.#add(relativesIllness(this.#reading, chain))
    this.#observation(chain)
  }

  #observation(chain: Chain): void {
    const reference = this.#reading.add(observationOf(this.#reading, chain))
    this.references.push(reference)
    if (isOfPregnancy(innermost(chain))) this.#reading.pregnancies.push(reference)
  }

  #organizer(chain: Chain): void {
    const organizer = innermost(chain)
    const components = children(organizer, "component").flatMap((component) => {
      const statement = statementIn(component)
      return statement === undefined ? [] : [{ component, statement }]
    })
    for (const { component } of components) this.#reading.take(component)
    for (const { statement } of components) {
      if (this.#key === "family-history" && isOfRelative(organizer) && statement.name === "observation")
        this.#add(relativesIllness(this.#reading, [...chain, statement]))
      else this.read([...chain, statement])
    }
    if (components.length === 0) this.#add(actOf(this.#reading, chain, "Basic"))
  }
}

/** Why a section has no entries, in FHIR's codes. */
const emptyReasons: Readonly<Record<string, string>> = { MSK: "withheld", NASK: "notasked" }

function emptyReason(section: XmlElement): JsonObject | undefined {
  const flavour = attribute(section, "nullFlavor")
  if (flavour === undefined) return undefined
  const code = emptyReasons[flavour] ?? "unavailable"
  return { coding: [{ system: "http://terminology.hl7.org/CodeSystem/list-empty-reason", code }] }
}

/** A section with all that stands in it, as a section of FHIR's Composition. `outer`: the sections that it stands in. */
export function sectionOf(reading: CdaReading, section: XmlElement, outer: readonly XmlElement[]): JsonObject {
  const key = keyOf(section)
  const around = [...outer, section]
  const entries = new SectionEntries(reading, key)
  reading.isDoubtful = false
  const holders = children(section, "entry")
  for (const entry of holders) {
    const statement = statementIn(entry)
    if (statement === undefined) reading.isDoubtful = true
    else if (saysSomething(statement)) entries.read([around[0] ?? section, ...around.slice(1), statement])
    if (isNegated(entry)) reading.isDoubtful = true
  }
  const { isDoubtful } = reading
  const text = child(section, "text")
  const status = isDoubtful ? "additional" : "generated"
  const code = child(section, "code")
  const title = child(section, "title")
  return {
    title: title === undefined ? undefined : title.text.replaceAll(/\s+/g, " ").trim(),
    code: conceptOf(reading, code),
    ...(text === undefined ? {} : { text: { status, div: xhtmlOf(text) } }),
    entry: entries.references,
    ...(entries.references.length === 0 ? { emptyReason: emptyReason(section) } : {}),
    section: children(section, "component").flatMap((component) => {
      const inner = child(component, "section")
      return inner === undefined ? [] : [sectionOf(reading, inner, around)]
    }),
  }
}

const silentParts = new Set(["effectiveTime", "id", "statusCode", "templateId", "typeId"])

/** Whether anything stands in a statement besides numbers, its state and a time: a statement may stand there to say that there is none. */
function saysSomething(element: XmlElement): boolean {
  const said =
    element.text.trim() !== "" || ["displayName", "value"].some((name) => attribute(element, name) !== undefined)
  const isCoded = attribute(element, "code") !== undefined && attribute(element, "nullFlavor") === undefined
  return (
    said ||
    isCoded ||
    isNegated(element) ||
    element.children.some((inner) => !silentParts.has(inner.name) && saysSomething(inner))
  )
}
