import type { JsonObject } from "../value.ts"
import { type Concept, codesOf, conceptOf, timesOf } from "./data-types.ts"
import { attribute, child, children } from "./element.ts"
import type { CdaReading } from "./reading.ts"
import { type Chain, innermost, nameInWords, resourceOf, type Stance, stanceOf } from "./statement.ts"
import { absenceOf, absent, clinicalState, severityOf, verification } from "./states.ts"

/** What SNOMED CT says by kinds of finding that name none. */
const generic = new Set(
  `ASSERTION 55607006 404684003 64572001 282291009 409586006 418799008 248536005 373930000 363873005 312850006`.split(
    /\s+/,
  ),
)

/** What a problem is; `isAbsence` where it says that there is none. */
function nameOf(reading: CdaReading, chain: Chain, { negated }: Stance): { name?: Concept; isAbsence?: true } {
  const observation = innermost(chain)
  const [code, value] = [child(observation, "code"), child(observation, "value")]
  const absence = absenceOf(reading, value, code)
  if (absence !== undefined) return { name: absence, isAbsence: true }
  const codes = codesOf(value)
  const isGeneric = codes.length > 0 && codes.every((one) => generic.has(one))
  if (negated && isGeneric && child(value, "originalText") === undefined)
    return { name: absent("no-known-problems"), isAbsence: true }
  const concept = conceptOf(reading, value)
  if (concept !== undefined && !isGeneric) return { name: concept }
  reading.isDoubtful = true
  const words = nameInWords(reading, chain, negated)
  return words === undefined ? (concept === undefined ? {} : { name: concept }) : { name: { text: words } }
}

/** The illness, complaint or finding of an observation. */
export function problemOf(reading: CdaReading, chain: Chain): JsonObject {
  const observation = innermost(chain)
  const stance = stanceOf(reading, chain)
  const { name, isAbsence } = nameOf(reading, chain, stance)
  const negated = stance.negated && isAbsence !== true
  if (negated) reading.isDoubtful = true
  const times = timesOf(reading, child(observation, "effectiveTime"))
  const { extension, ...state } = clinicalState(reading, chain, stance, times, "condition-clinical")
  const code = child(observation, "code")
  const kind = attribute(code, "code") === "ASSERTION" ? undefined : conceptOf(reading, code)
  reading.take(code)
  return resourceOf(reading, "Condition", chain, {
    ...state,
    ...verification(reading, chain, { ...stance, negated }, "condition-ver-status"),
    ...(kind === undefined ? {} : { category: [kind] }),
    ...severityOf(reading, observation),
    code: name,
    bodySite: children(observation, "targetSiteCode").flatMap((site) => conceptOf(reading, site) ?? []),
    onsetDateTime: times.start ?? times.at,
    ...(times.end !== undefined && reading.isOver(times.end) ? { abatementDateTime: times.end } : { extension }),
  })
}
