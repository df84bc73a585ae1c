import type { Coding, Fact, Value } from "../../../fhir/fact.ts"
import type { SummaryItem } from "../../../fhir/item.ts"
import type { Statement } from "../../../fhir/stated-summary.ts"
import { join } from "../../../fhir/value.ts"
import type { FactWords } from "../words/facts-en.ts"

/** The words, and how a date is written in them. */
export interface Saying {
  readonly facts: FactWords
  readonly date: (written: string) => string
}

const own = (words: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(words, key) ? words[key] : undefined

/** An element's name in words: `exposureRoute` without words of ours is "exposure route". */
const nameOf = (name: string, { facts: { names } }: Saying): string =>
  own(names, name) ??
  name.replaceAll(/[-_]/g, " ").replaceAll(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)

/** What says nothing that the value itself doesn't. */
const quiet = new Set(["translation", "userSelected"])
/** Parts whose value alone is clear. */
const plain = new Set(["text", "value", "manifestation", "description", "type", "code", "name", "dose"])

export const sayValue = (value: Value, saying: Saying): string | undefined => {
  const parts = (value.parts ?? []).filter(({ name }) => !quiet.has(name))
  const itself = sayItself(value, saying)
  if (value.kind === "parts") return sayParts(parts, saying)
  const rest = sayParts(parts, saying)
  return rest === undefined ? itself : join(" ", itself, `(${rest})`)
}

const sayItself = (value: Value, saying: Saying): string | undefined => {
  const { facts: words } = saying
  switch (value.kind) {
    case "text":
      return value.free === true ? value.text : (own(words.codes, value.text) ?? value.text)
    case "number":
      return value.number
    case "yes-no":
      return value.yes ? words.yes : words.no
    case "date":
      return sayDate(value.date, value.possible, saying)
    case "period":
      return sayPeriod(value, saying)
    case "concept":
      return sayConcept(value, saying)
    case "quantity": {
      const unit = value.unit ?? value.code
      const number = `${value.comparator ?? ""}${value.number ?? ""}`
      if (value.age !== true) return join(" ", number, unit)
      const [one, many] = unit !== undefined && isUnit(unit) ? words.units[unit] : [unit, unit]
      return words.atAge(join(" ", number, number === "1" ? one : many) ?? "")
    }
    case "range":
      return sayRange(value.low, value.high, saying)
    case "ratio":
      return join(
        " / ",
        value.numerator && sayValue(value.numerator, saying),
        value.denominator && sayValue(value.denominator, saying),
      )
    case "reference": {
      const name = value.display ?? (value.found && sayValue(value.found, saying)) ?? value.reference
      return value.resolved || value.display !== undefined ? name : join(" ", name, `(${words.notInDocument})`)
    }
    case "attachment":
      return `${words.attached}: ${[value.title, value.contentType, value.url].filter(Boolean).join(" ")}`
    case "curve":
      return words.curve
    case "absent":
      // The words that stand beside it give it.
      if (value.reason === "as-text") return undefined
      return words.notStated(value.reason && (own(words.codes, value.reason) ?? value.reason))
    case "parts":
      break
  }
  return undefined
}

const sayDate = (written: string, possible: boolean, { facts: words, date }: Saying): string =>
  possible ? date(written) : words.impossibleDate(written)

const sayPeriod = (
  { start, end, possible }: Extract<Value, { kind: "period" }>,
  saying: Saying,
): string | undefined => {
  const { facts: words } = saying
  const from = start && sayDate(start, true, saying)
  const to = end && sayDate(end, true, saying)
  if (!possible) return words.impossibleDate(join(" – ", start, end) ?? "")
  if (to === undefined) return from
  return from === undefined ? words.until(to) : words.between(from, to)
}

/** FHIR's own codes are words. */
const isFhirs = ({ system = "" }: Coding): boolean =>
  /^http:\/\/(terminology\.)?hl7\.org\/(fhir|CodeSystem)\//.test(system)

const sayConcept = (
  { text, codings }: Extract<Value, { kind: "concept" }>,
  { facts: words }: Saying,
): string | undefined => {
  // Somebody's own words are never a code: blood group A is not "abnormal".
  if (text !== undefined) return text
  const named = codings.find(({ display }) => display !== undefined)
  if (named?.display !== undefined)
    return (isFhirs(named) && named.code !== undefined ? own(words.codes, named.code) : undefined) ?? named.display
  const bare = codings.find(({ code }) => code !== undefined)
  if (bare?.code === undefined) return undefined
  return (
    own(words.codes, bare.code) ??
    (isFhirs(bare) ? bare.code : undefined) ??
    words.code(bare.code, bare.system?.split(/[/:]/).at(-1))
  )
}

const sayRange = (low: Value | undefined, high: Value | undefined, saying: Saying): string | undefined => {
  const { facts: words } = saying
  const [from, to] = [low && sayValue(low, saying), high && sayValue(high, saying)]
  if (from !== undefined && to !== undefined) return words.between(from, to)
  if (from !== undefined) return words.atLeast(from)
  return to === undefined ? undefined : words.atMost(to)
}

const sayParts = (parts: readonly Fact[], saying: Saying): string | undefined =>
  join(", ", ...parts.map((part) => sayFact(part, saying)))

const sayAll = (values: readonly Value[], saying: Saying): string | undefined =>
  join(", ", ...values.map((value) => sayValue(value, saying)))

/** An element and what it says: `route: oral`. */
export const sayFact = (fact: Fact, saying: Saying): string | undefined => {
  const special = Object.hasOwn(speakers, fact.name) ? speakers[fact.name] : undefined
  if (special !== undefined) return special(fact.values, saying)
  const said = sayAll(fact.values, saying)
  return said === undefined || plain.has(fact.name) ? said : `${nameOf(fact.name, saying)}: ${said}`
}

type Speaker = (values: readonly Value[], saying: Saying) => string | undefined

/** The parts of a value by name; what a speaker doesn't take it must say as `rest`. */
const partsOf = ({ parts = [] }: Value, taken: readonly string[]) => ({
  valuesOf: (name: string): readonly Value[] => parts.find((part) => part.name === name)?.values ?? [],
  rest: parts.filter(({ name }) => !taken.includes(name)),
})

const each = (values: readonly Value[], separator: string, say: (value: Value) => string | undefined) =>
  join(separator, ...values.map(say))

const sayReaction: Speaker = (values, saying) => {
  const said = each(values, "; ", (value) => {
    if (value.kind !== "parts") return sayValue(value, saying)
    const { valuesOf, rest } = partsOf(value, ["manifestation", "severity"])
    const severity = sayAll(valuesOf("severity"), saying)
    const what = join(", ", sayAll(valuesOf("manifestation"), saying), sayParts(rest, saying))
    return join(" ", what, severity && `(${severity})`)
  })
  return said && `${nameOf("reaction", saying)}: ${said}`
}

const sayDosage: Speaker = (values, saying) =>
  each(values, "; ", (value) => {
    if (value.kind !== "parts") return sayValue(value, saying)
    const { valuesOf, rest } = partsOf(value, ["text", "patientInstruction", "doseAndRate", "timing", "asNeeded"])
    const words = join(", ", ...["text", "patientInstruction"].map((name) => sayAll(valuesOf(name), saying)))
    const coded = join(
      ", ",
      each(valuesOf("doseAndRate"), ", ", (dose) => sayDose(dose, saying)),
      each(valuesOf("timing"), ", ", (timing) => sayTiming(timing, saying)),
      ...valuesOf("asNeeded").map((needed) => sayNeeded(needed, saying)),
      sayParts(rest, saying),
    )
    return words === undefined ? coded : join(" ", words, coded && `[${coded}]`)
  })

const sayNeeded = (value: Value, saying: Saying): string | undefined => {
  const { facts: words } = saying
  if (value.kind === "yes-no") return value.yes ? words.asNeeded : undefined
  const reason = sayValue(value, saying)
  return reason && words.asNeededFor(reason)
}

const sayDose = (value: Value, saying: Saying): string | undefined => {
  if (value.kind !== "parts") return sayValue(value, saying)
  const { valuesOf, rest } = partsOf(value, ["dose", "rate"])
  const [dose, rate] = [sayAll(valuesOf("dose"), saying), sayAll(valuesOf("rate"), saying)]
  const amount = dose !== undefined && rate !== undefined ? saying.facts.atRate(dose, rate) : (dose ?? rate)
  return join(", ", amount, sayParts(rest, saying))
}

const sayTiming = (value: Value, saying: Saying): string | undefined => {
  if (value.kind !== "parts") return sayValue(value, saying)
  const { valuesOf, rest } = partsOf(value, ["repeat", "code"])
  return join(
    ", ",
    each(valuesOf("repeat"), ", ", (repeat) => sayRepeat(repeat, saying)),
    sayAll(valuesOf("code"), saying),
    sayParts(rest, saying),
  )
}

const isUnit = (unit: string): unit is keyof FactWords["units"] =>
  ["s", "min", "h", "d", "wk", "mo", "a"].includes(unit)

const sayRepeat = (value: Value, saying: Saying): string | undefined => {
  const { facts: words } = saying
  const taken = ["frequency", "frequencyMax", "period", "periodMax", "periodUnit", "timeOfDay"]
  const { valuesOf, rest } = partsOf(value, taken)
  const [times, timesMax, period, periodMax, code] = taken.map((name) => sayAll(valuesOf(name), saying))
  const upTo = (low: string | undefined, high: string | undefined) => join("–", low, high)
  const [often, length] = [upTo(times, timesMax), upTo(period, periodMax)]
  const [one, many] =
    code === undefined ? ["?", "?"] : isUnit(code) ? (words.units[code] ?? [code, code]) : [code, code]
  const per = length === "1" ? one : join(" ", length, many)
  const said =
    often !== undefined && length !== undefined
      ? words.often(often, per ?? "")
      : often !== undefined && code !== undefined
        ? words.oftenUnknown(often, many ?? code)
        : often !== undefined
          ? `${often} ×`
          : length === undefined && code === undefined
            ? undefined
            : length === undefined
              ? words.countedIn(many ?? "")
              : words.oncePer(per ?? "")
  const clock = join(
    ", ",
    ...valuesOf("timeOfDay").map((time) => sayValue(time, saying)?.replace(/^(\d\d:\d\d):00$/, "$1")),
  )
  return join(", ", said, sayParts(rest, saying), clock && `${nameOf("timeOfDay", saying)} ${clock}`)
}

const sayRangeParts: Speaker = (values, saying) => {
  const said = each(values, "; ", (value) => {
    if (value.kind !== "parts") return sayValue(value, saying)
    const { valuesOf, rest } = partsOf(value, ["low", "high"])
    return join(", ", sayRange(valuesOf("low")[0], valuesOf("high")[0], saying), sayParts(rest, saying))
  })
  return said && `${nameOf("referenceRange", saying)} ${said}`
}

const sayComponent: Speaker = (values, saying) =>
  each(values, "; ", (value) => {
    if (value.kind !== "parts") return sayValue(value, saying)
    const { valuesOf, rest } = partsOf(value, ["code", "value"])
    return join(
      ", ",
      join(" ", sayAll(valuesOf("code"), saying), sayAll(valuesOf("value"), saying)),
      sayParts(rest, saying),
    )
  })

const sayProvision: Speaker = (values, saying) =>
  each(values, "; ", (value) => {
    if (value.kind !== "parts") return sayValue(value, saying)
    const { valuesOf, rest } = partsOf(value, ["type", "code"])
    const what = join(": ", sayAll(valuesOf("type"), saying), sayAll(valuesOf("code"), saying))
    return join(", ", what, sayParts(rest, saying))
  })

/** What an item is about, of which it is called: its own elements are the item's. */
const sayUsed: Speaker = (values, saying) => each(values, ", ", (value) => sayValue(value, saying))

const sayResults: Speaker = (values, { facts: words }) => words.results(values.length)

/** Who said an item of a stated summary, and when. */
const sayStatement: Speaker = ([value], saying) => {
  const { stated } = saying.facts
  if (value !== undefined && value.kind !== "parts") return sayValue(value, saying)
  const { valuesOf, rest } = partsOf(value ?? { kind: "parts" }, ["from", "name", "title", "date", "author", "on"])
  const said = (name: string) => sayAll(valuesOf(name), saying)
  const document = join(", ", said("title"), said("date"), said("author"))
  const [name, on] = [said("name"), said("on")]
  const [from] = valuesOf("from")
  const isPatient = from?.kind === "text" && from.text === "patient"
  const who =
    document !== undefined
      ? stated.inDocument(document)
      : name !== undefined
        ? stated.by(name)
        : isPatient
          ? stated.byPatient
          : said("from")
  return join(", ", who !== undefined && on !== undefined ? stated.on(who, on) : (who ?? on), sayParts(rest, saying))
}

/** The same, of a statement as data, by its days. */
export const sayStated = ({ origin, on }: Statement, { facts: { stated }, date }: Saying): string => {
  if (origin.from !== "document")
    return stated.on(origin.from === "patient" ? stated.byPatient : stated.by(origin.name), date(on))
  const day = origin.date?.slice(0, 10)
  const said = stated.inDocument(join(", ", origin.title, day && date(day), origin.author) ?? origin.title)
  return day === on ? said : stated.on(said, date(on))
}

/** What somebody proposes of an item, and why. */
const sayProposal: Speaker = ([value], saying) => {
  const { proposes } = saying.facts
  const { valuesOf, rest } = partsOf(value ?? { kind: "parts" }, ["change", "because"])
  const [change] = valuesOf("change")
  const said = change?.kind === "text" ? (own(proposes, change.text) ?? change.text) : undefined
  return join(", ", join(": ", said, sayAll(valuesOf("because"), saying)), sayParts(rest, saying))
}

/** Elements that are said in a way of their own; each says all of its parts. */
const speakers: Readonly<Record<string, Speaker>> = {
  reaction: sayReaction,
  dosage: sayDosage,
  dosageInstruction: sayDosage,
  doseAndRate: (values, saying) => each(values, ", ", (value) => sayDose(value, saying)),
  timing: (values, saying) => each(values, ", ", (value) => sayTiming(value, saying)),
  repeat: (values, saying) => each(values, ", ", (value) => sayRepeat(value, saying)),
  referenceRange: sayRangeParts,
  device: sayUsed,
  medication: sayUsed,
  component: sayComponent,
  provision: sayProvision,
  hasMember: sayResults,
  "stated-origin": sayStatement,
  proposal: sayProposal,
  result: sayResults,
  interpretation: (values, saying) => {
    const said = sayAll(values, saying)
    return said && `[${said}]`
  },
}

/** An item of a summary as it is shown. */
export interface SaidItem {
  readonly label: string
  readonly detail?: string
  readonly status?: string
  readonly severity?: string
  readonly onset?: string
  /** What else stands in it. */
  readonly aside?: string
}

/** What a name is coded as besides: codings that don't agree with each other are a thing a reader must see. */
const alsoCoded = (name: Value | undefined, label: string, { facts: words }: Saying): string | undefined => {
  if (name?.kind === "reference") return alsoCoded(name.found, label, { facts: words, date: String })
  if (name?.kind !== "concept") return undefined
  const others = name.codings
    .flatMap(({ display }) => display ?? [])
    .filter((display) => !label.toLowerCase().includes(display.toLowerCase()))
  return others.length === 0 ? undefined : `${words.alsoCoded} ${[...new Set(others)].join(", ")}`
}

export const sayLabel = ({ type, name: written, absence, source }: SummaryItem, saying: Saying): string => {
  const { facts: words } = saying
  const name = absence !== undefined && written?.kind === "reference" ? (written.found ?? written) : written
  const { parts: _parts, ...bare } = name ?? { kind: "parts" }
  const inWords =
    name === undefined ? undefined : name.kind === "parts" ? sayValue(name, saying) : sayItself(bare, saying)
  const named =
    name?.kind === "concept" && name.text === undefined && name.codings.every(({ display }) => display === undefined)
  if (absence !== undefined && (named || inWords === undefined)) {
    if (absence.said === "no-information") return words.absences.unknown
    return absence.within === "allergies" ? words.absences.allergies[absence.of] : words.absences.other
  }
  if (inWords === undefined || name?.kind === "absent") return join(" ", words.notNamed(source), inWords) ?? source
  return type === "DiagnosticReport" ? `${words.report}: ${inWords}` : inWords
}

/** What a program needs, and nobody else. */
const technical = new Set(["subject", "patient", "meta", "narrativeLink", "generatedText"])
/** Of a patient, what is shown above. */
const ofPatient = new Set([...technical, "name", "identifier", "telecom", "communication"])

/** The rest of what a Patient says, fact by fact. */
export const sayPatientAside = (aside: readonly Fact[], saying: Saying): string[] =>
  aside.filter(({ name }) => !ofPatient.has(name)).flatMap((fact) => sayFact(fact, saying) ?? [])

/** Whom it is about, where that isn't plain. */
const subjectOf = ({ marks, aside }: SummaryItem): readonly Fact[] =>
  marks.includes("other-patient") || marks.includes("subject-unclear")
    ? aside.filter(({ name }) => name === "subject" || name === "patient")
    : []

const referredIn = (facts: readonly Fact[]): string | undefined => {
  const [value] = facts.find(({ name }) => name === "subject" || name === "patient")?.values ?? []
  return value?.kind === "reference" ? value.reference : undefined
}

/** Without what the item says itself: whose it is, where that is the same, and what it is called. */
const withoutRepeats = (fact: Fact, { aside }: SummaryItem, label: string, saying: Saying): Fact => {
  if (fact.name !== "device" && fact.name !== "medication") return fact
  const own = referredIn(aside)
  const repeats = (part: Fact) =>
    part.name === "patient"
      ? own !== undefined && referredIn([part]) === own
      : part.name === "type" && sayAll(part.values, saying) === label
  const values = fact.values.map((value) =>
    value.parts === undefined ? value : { ...value, parts: value.parts.filter((part) => !repeats(part)) },
  )
  return { ...fact, values }
}

/** Expressly without a day, for no reason that tells anything. */
const isUnknown = ({ values: [value, ...others] }: Fact): boolean =>
  value?.kind === "absent" &&
  value.parts === undefined &&
  others.length === 0 &&
  (value.reason ?? "unknown") === "unknown"

/** Elements that say who said an item, and those that say when. */
const origins = ["informationSource", "asserter", "recorder", "requester", "author", "performer"]
const recordings = ["dateAsserted", "recordedDate", "recorded", "recordedOn", "issued"]

/** Who said an item and when, as far as it says so itself. */
export const sayOrigin = ({ aside }: SummaryItem, saying: Saying): string | undefined => {
  const first = (names: readonly string[]) =>
    names.flatMap((name) => aside.filter((fact) => fact.name === name)).find((fact) => !isUnknown(fact))
  const statement = first(["stated-origin"])
  if (statement !== undefined) return sayFact(statement, saying)
  const [who, on] = [first(origins), first(recordings)]
  return join(", ", who && sayFact(who, saying), on && sayFact(on, saying))
}

export const sayItem = (item: SummaryItem, saying: Saying): SaidItem => {
  const label = sayLabel(item, saying)
  const { name, facts: stated, states, severity, when, aside } = item
  const parts = name?.kind === "parts" ? [] : (name?.parts ?? []).filter((part) => !quiet.has(part.name))
  return {
    label,
    detail: join(
      "; ",
      ...subjectOf(item).map((fact) => sayFact(fact, saying)),
      sayParts(parts, saying),
      ...stated.map((fact) => sayFact(withoutRepeats(fact, item, label, saying), saying)),
      alsoCoded(name, label, saying),
    ),
    status: join(
      ", ",
      ...states
        .filter(({ name, values: [value] }) => name !== "intent" || value?.kind !== "text" || value.text !== "order")
        .map(({ values }) => sayAll(values, saying)),
    ),
    severity: severity && sayValue(severity, saying),
    onset: when && !isUnknown(when) ? sayAll(when.values, saying) : undefined,
    aside: join("; ", ...aside.filter(({ name }) => !technical.has(name)).map((fact) => sayFact(fact, saying))),
  }
}
