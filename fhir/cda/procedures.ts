import type { JsonObject } from "../value.ts"
import type { XmlElement } from "../xml.ts"
import { type Concept, calledBy, codesOf, conceptOf, labelOf, timed, timesOf } from "./data-types.ts"
import { attribute, child, children } from "./element.ts"
import { nameWords } from "./names.ts"
import type { CdaReading } from "./reading.ts"
import { type Chain, innermost, nameInWords, resourceOf, type Stance, stanceOf } from "./statement.ts"
import { absenceOf, absent } from "./states.ts"

/** What FHIR calls the states of HL7's ActStatus, of something that is done. */
const states: Readonly<Record<string, string>> = {
  aborted: "stopped",
  active: "in-progress",
  cancelled: "not-done",
  completed: "completed",
  held: "on-hold",
  new: "preparation",
  suspended: "on-hold",
}

const stateOf = ({ voided, negated, status }: Stance): string =>
  voided
    ? "entered-in-error"
    : negated
      ? "not-done"
      : status === undefined
        ? "completed"
        : (states[status] ?? "unknown")

/** What is called by its code, else by its own words. */
function nameOf(reading: CdaReading, chain: Chain, { negated }: Stance): Concept | undefined {
  const found = conceptOf(reading, child(innermost(chain), "code"))
  const isAny = codesOf(child(innermost(chain), "code")).some((code) => code === "71388002")
  if (labelOf(found) !== undefined && !isAny) return found
  const words = nameInWords(reading, chain, negated)
  if (found === undefined) reading.isDoubtful = true
  return isAny && words !== undefined ? { ...found, text: words } : calledBy(found, words)
}

/** Something that was done; or that is to be done, where it is an intention. `isPlan`: it stands in a plan. */
export function procedureOf(reading: CdaReading, chain: Chain, isPlan: boolean): JsonObject {
  const statement = innermost(chain)
  const stance = stanceOf(reading, chain)
  const absence = absenceOf(reading, child(statement, "code"), child(statement, "value"))
  const code = absence ?? nameOf(reading, chain, stance)
  const negated = stance.negated && absence === undefined
  if (negated) reading.isDoubtful = true
  const isDone = stance.mood === undefined
  const status = isDone ? stateOf({ ...stance, negated }) : planState(stance)
  return resourceOf(reading, isPlan ? "ServiceRequest" : "Procedure", chain, {
    ...(absence === undefined || stance.voided ? { status } : {}),
    ...(negated && !isDone ? { doNotPerform: true } : {}),
    code,
    ...timed(isPlan ? "occurrence" : "performed", timesOf(reading, child(statement, "effectiveTime"))),
    bodySite: children(statement, "targetSiteCode").flatMap((site) => conceptOf(reading, site) ?? []),
  })
}

const planState = ({ voided, status }: Stance): string | undefined =>
  voided ? "entered-in-error" : status === "cancelled" || status === "aborted" ? "revoked" : undefined

/** What a goal is, in a plan. */
export function goalOf(reading: CdaReading, chain: Chain): JsonObject {
  const stance = stanceOf(reading, chain)
  const description = nameOf(reading, chain, stance)
  if (stance.negated) reading.isDoubtful = true
  const { at, start } = timesOf(reading, child(innermost(chain), "effectiveTime"))
  return resourceOf(reading, "Goal", chain, {
    lifecycleStatus: stance.voided ? "entered-in-error" : stance.status,
    ...(stance.negated ? { negated: "refuted" } : {}),
    description,
    startDate: start ?? at,
  })
}

type Found = { name?: Concept; isAbsence?: true; identifiers: JsonObject[] }

/** FDA's root of unique device identifiers. */
const udi = "2.16.840.1.113883.3.3719"

/** SNOMED CT's codes for any device at all. */
const isAnyDevice = (code: XmlElement | undefined): boolean =>
  codesOf(code).some((one) => ["40388003", "49062001", "63653004"].includes(one))

/** The devices that a statement is about. */
function devicesIn(reading: CdaReading, statement: XmlElement, negated: boolean): Found[] {
  const roles = children(statement, "participant").flatMap((participant) => child(participant, "participantRole") ?? [])
  const played = roles.flatMap((role) => {
    const device = child(role, "playingDevice") ?? child(role, "playingEntity")
    return device === undefined ? [] : [{ device, role }]
  })
  const material = child(statement, "product", "manufacturedProduct", "manufacturedMaterial")
  const all = [...played, ...(material === undefined ? [] : [{ device: material, role: material }])]
  return all.flatMap(({ device, role }): Found[] => {
    const code = child(device, "code")
    const absence = absenceOf(reading, code) ?? (negated && isAnyDevice(code) ? absent("no-known-devices") : undefined)
    if (absence !== undefined) return [{ name: absence, isAbsence: true, identifiers: [] }]
    const concept = conceptOf(reading, code)
    const model = child(device, "manufacturerModelName") ?? child(device, "name")
    const words = model === undefined ? undefined : nameWords(model)
    if (words !== undefined) reading.take(model)
    const label = labelOf(concept)
    const text =
      label === undefined || words === undefined || label.includes(words) ? (label ?? words) : `${label} (${words})`
    const identifiers = children(role, "id").flatMap((id) => {
      const number = attribute(id, "extension")
      const isUdi = attribute(id, "root")?.startsWith(udi) === true
      return number !== undefined && isUdi ? [{ url: "deviceIdentifier", valueString: number }] : []
    })
    if (text === undefined) return concept === undefined ? [] : [{ name: concept, identifiers }]
    return [{ name: { ...concept, text }, identifiers }]
  })
}

/** What somebody wears or has in them, by what says that it was given or put in. */
export function devicesOf(reading: CdaReading, chain: Chain): JsonObject[] {
  const statement = innermost(chain)
  const stance = stanceOf(reading, chain)
  const absence = absenceOf(reading, child(statement, "code"))
  const found = absence === undefined ? devicesIn(reading, statement, stance.negated) : []
  const words = nameInWords(reading, chain, stance.negated)
  if (absence === undefined && found.length === 0 && attribute(statement, "nullFlavor") !== undefined) return []
  const procedure =
    absence === undefined && statement.name === "procedure" ? conceptOf(reading, child(statement, "code")) : undefined
  const times = timesOf(reading, child(statement, "effectiveTime"))
  const isEnded = stance.status !== undefined && ["aborted", "cancelled", "obsolete"].includes(stance.status)
  const status = stance.voided
    ? "entered-in-error"
    : isEnded
      ? "stopped"
      : reading.isOver(times.end)
        ? "completed"
        : undefined
  const base = resourceOf(reading, "DeviceUseStatement", chain, {
    ...(status === undefined ? {} : { status }),
    ...timed("timing", times),
    bodySite: conceptOf(reading, child(statement, "targetSiteCode")),
    ...(procedure === undefined ? {} : { extension: [{ url: "procedure", valueCodeableConcept: procedure }] }),
  })
  const unnamed: Found = words === undefined ? { identifiers: [] } : { name: { text: words }, identifiers: [] }
  const all: Found[] =
    absence !== undefined
      ? [{ name: absence, isAbsence: true, identifiers: [] }]
      : found.length > 0
        ? found
        : [procedure === undefined ? unnamed : { name: procedure, identifiers: [] }]
  if (absence === undefined && found.length === 0) reading.isDoubtful = true
  return all.map(({ name, isAbsence, identifiers }) => {
    const negated = stance.negated && isAbsence !== true
    if (negated) reading.isDoubtful = true
    const device = {
      resourceType: "Device",
      id: "device",
      patient: reading.subject,
      type: name,
      extension: identifiers,
    }
    return {
      ...base,
      ...(negated ? { negated: "refuted" } : {}),
      contained: [device],
      device: { reference: "#device" },
    }
  })
}

/** A visit, or whatever else was done or said, as it stands. */
export function actOf(reading: CdaReading, chain: Chain, resourceType: string): JsonObject {
  const statement = innermost(chain)
  const stance = stanceOf(reading, chain)
  const name = nameOf(reading, chain, stance)
  if (stance.negated) reading.isDoubtful = true
  const { voided, status, negated } = stance
  const state = voided ? "entered-in-error" : status === "completed" ? undefined : status
  return resourceOf(reading, resourceType, chain, {
    ...(state === undefined ? {} : { status: state }),
    ...(negated ? { negated: "not-done" } : {}),
    [resourceType === "Encounter" ? "type" : "code"]: name,
    ...timed("effective", timesOf(reading, child(statement, "effectiveTime"))),
  })
}
