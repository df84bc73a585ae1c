import { type JsonObject, numeral } from "../value.ts"
import type { XmlElement } from "../xml.ts"
import { amountOf, quantityOf, type Times, timesOf } from "./data-types.ts"
import { attribute, child, children, dataType } from "./element.ts"
import type { CdaReading } from "./reading.ts"
import { attributesOf, restOf } from "./rest.ts"

/** Events of the day that FHIR's EventTiming calls the same. */
const whens = new Set("AC ACD ACM ACV C CD CM CV HS PC PCD PCM PCV WAKE".split(" "))
const units = new Set(["s", "min", "h", "d", "wk", "mo", "a"])

const kindOf = (time: XmlElement): string => {
  const type = dataType(time)
  if (type !== undefined) return type
  const has = (name: string) => child(time, name) !== undefined
  return has("period") ? "PIVL_TS" : has("event") ? "EIVL_TS" : has("comp") ? "SXPR_TS" : "IVL_TS"
}

/** How often so many of a unit are in a day: twice for 12 hours; nothing where they aren't a whole number. */
function timesADay(value: string, unit: string): number | undefined {
  const hours = Number(value) * (unit === "h" ? 1 : unit === "d" ? 24 : unit === "min" ? 1 / 60 : Number.NaN)
  const times = Math.round(24 / hours)
  return times >= 1 && times <= 24 && Math.abs(times * hours - 24) < 1e-6 && hours < 24 ? times : undefined
}

/** Every so long (PIVL_TS). A pharmacy's half day is two times a day; a strict one is a number of hours. */
function periodic(reading: CdaReading, time: XmlElement): JsonObject {
  const period = child(time, "period")
  const [value, unit] = [attribute(period, "value"), attribute(period, "unit")]
  const isFree = attribute(time, "institutionSpecified") === "true"
  const often =
    value !== undefined && unit !== undefined && (isFree || unit === "d") ? timesADay(value, unit) : undefined
  if (value !== undefined && unit !== undefined && units.has(unit)) {
    reading.take(period)
    return often === undefined
      ? { frequency: numeral("1"), period: numeral(value), periodUnit: unit }
      : { frequency: numeral(String(often)), period: numeral("1"), periodUnit: "d" }
  }
  const [low, high] = [child(period, "low"), child(period, "high")]
  const [least, most] = [attribute(low, "value"), attribute(high, "value")]
  const same = attribute(low, "unit")
  if (least === undefined || most === undefined || same === undefined || !units.has(same)) return {}
  if (same !== attribute(high, "unit")) return {}
  reading.take(period)
  return { frequency: numeral("1"), period: numeral(least), periodMax: numeral(most), periodUnit: same }
}

function event(reading: CdaReading, time: XmlElement): JsonObject {
  const code = child(time, "event")
  const written = attribute(code, "code")
  if (written === undefined || !whens.has(written)) return {}
  reading.take(code)
  return { when: [written] }
}

/** When something is taken, by one time of a statement, with all that stands in it; another kind of time is left. */
function timingOf(reading: CdaReading, time: XmlElement): JsonObject[] {
  const kind = kindOf(time)
  if (kind === "SXPR_TS") return children(time, "comp").flatMap((comp) => timingOf(reading, comp))
  if (kind !== "PIVL_TS" && kind !== "EIVL_TS") return []
  const repeat = kind === "PIVL_TS" ? periodic(reading, time) : event(reading, time)
  const silent = new Set(["institutionSpecified", "operator"])
  const marks = attributesOf(time).filter(({ url }) => !silent.has(String(url)))
  const extension = [...marks, ...restOf(reading, time)]
  reading.take(time)
  const isEmpty = Object.keys(repeat).length === 0
  if (isEmpty && extension.length === 0) return []
  return [{ ...(isEmpty ? {} : { repeat }), ...(extension.length > 0 ? { extension } : {}) }]
}

export type Taken = Times & { timing: JsonObject[] }

/** From when until when, and when in between, by the times of a statement. Takes them. */
export function takenWhen(reading: CdaReading, statement: XmlElement): Taken {
  const found: Taken = { timing: [] }
  for (const time of children(statement, "effectiveTime")) {
    const kind = kindOf(time)
    const isInterval = (kind === "IVL_TS" || kind === "TS") && found.start === undefined && found.end === undefined
    if (isInterval) {
      Object.assign(found, timesOf(reading, time))
      const width = quantityOf(reading, child(time, "width"))
      if (width !== undefined) found.timing.push({ repeat: { boundsDuration: width } })
      continue
    }
    found.timing.push(...timingOf(reading, time))
  }
  return found
}

/** A dose, or another amount, under FHIR's name: `doseQuantity`, `doseRange`. */
export function amount(reading: CdaReading, name: string, element: XmlElement | undefined): JsonObject {
  const found = amountOf(reading, element)
  return found === undefined ? {} : { [`${name}${found[0]}`]: found[1] }
}
