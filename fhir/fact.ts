import { hasDateShape, isPossibleDate } from "./date.ts"
import { field, isObject, type JsonObject, list, numberText, text } from "./value.ts"

/** `display`: in words; where only a translation gives them, the translation. */
export type Coding = { system?: string; version?: string; code?: string; display?: string }

/** What an element says, whatever FHIR type it has. `parts`: what else stands in it, so that nothing of an element is lost. */
export type Value =
  /** `free`: somebody's words, whatever code they look like. */
  (
    | { kind: "text"; text: string; free?: true }
    | { kind: "number"; number: string }
    | { kind: "yes-no"; yes: boolean }
    /** As written; not `possible`: no calendar has it, or no living person's record. */
    | { kind: "date"; date: string; possible: boolean }
    | { kind: "period"; start?: string; end?: string; possible: boolean }
    | { kind: "concept"; text?: string; codings: Coding[] }
    /** `number`: as written. `age`: of a person, in that unit. */
    | {
        kind: "quantity"
        number?: string
        comparator?: string
        unit?: string
        code?: string
        system?: string
        age?: true
      }
    | { kind: "range"; low?: Value; high?: Value }
    | { kind: "ratio"; numerator?: Value; denominator?: Value }
    /** `found`: what the resource it means is called; not `resolved`: that resource isn't in the document. */
    | { kind: "reference"; reference?: string; display?: string; found?: Value; resolved: boolean }
    | { kind: "attachment"; title?: string; contentType?: string; url?: string; inline: boolean }
    /** A series of measured numbers, such as an ECG. */
    | { kind: "curve" }
    /** Expressly without a value; `reason`: a code of data-absent-reason. */
    | { kind: "absent"; reason?: string }
    | { kind: "parts" }
  ) & { parts?: Fact[] }

/** An element and what it says. `name`: FHIR's, without the type of a choice (`onset` for `onsetAge`); of an extension, its address's end. */
export type Fact = { name: string; values: Value[] }

/** Finds what the target of a reference is called; `undefined` where the document doesn't contain it. */
export type NameOf = (reference: JsonObject) => { found?: Value } | undefined

/** Elements of any version that may have one of several types, which then ends their name: `onsetAge`. */
const choices =
  `abatement additionalInstructions age allowed amount answer asNeeded author bodySite born bounds deceased definition detail
  diagnosis dose doseNumber due effective effectiveTime estimatedAge event fact identified indicator item location manifestation medication
  multipleBirth notDoneReason occurence occurrence onset outcome performed population problem product quantity rate reason reasonForUse reasonNotPerformed
  reported scheduled seriesDoses serviced site source start statusReason timing value`
    .split(/\s+/)
    .toSorted((one, other) => other.length - one.length)
const choice = new RegExp(`^(${choices.join("|")})([A-Z][A-Za-z0-9]*)$`)
const types = new Set(
  `Address Age Annotation Attachment Base64Binary Boolean Canonical Code CodeableConcept CodeableReference Coding ContactPoint Count Date DateTime
  Decimal Distance Dosage Duration Expression HumanName Id Identifier Instant Integer Integer64 Markdown Money Oid Period PositiveInt Quantity Range
  Ratio RatioRange Reference SampledData Signature String Time Timing UnsignedInt Uri Url Uuid`.split(/\s+/),
)

type Named = { name: string; type?: string }
const named = new Map<string, Named>()
/** Names that are remembered: FHIR has some hundreds, a hostile document any number. */
const mostNamed = 2_000

function withoutType(written: string): Named {
  const known = named.get(written)
  if (known !== undefined) return known
  const [, base, type] = choice.exec(written) ?? []
  const found = base === undefined || type === undefined || !types.has(type) ? { name: written } : { name: base, type }
  if (named.size < mostNamed) named.set(written, found)
  return found
}

/** Elements that hold words, never a code. */
const freeText = new Set(
  `comment conclusion description detail family given lotNumber manufacturer modelNumber name patientInstruction serialNumber summary text title
  value`.split(/\s+/),
)

/** Without meaning: it only lets other elements point here. */
const meaningless = new Set(["id", "resourceType"])

/** What the elements of an object say, but for those of `taken`, in the order of `first`, then as they stand. */
export function factsIn(
  object: unknown,
  { taken = [], first = [], nameOf }: { taken?: Iterable<string>; first?: readonly string[]; nameOf?: NameOf } = {},
): Fact[] {
  if (!isObject(object)) return []
  const skipped = new Set(taken)
  const facts = new Map<string, Value[]>()
  const add = (name: string, values: readonly Value[]) => {
    if (values.length > 0) facts.set(name, [...(facts.get(name) ?? []), ...values])
  }
  for (const key of Object.keys(object)) {
    const base = key.startsWith("_") ? key.slice(1) : key
    if (skipped.has(base) || meaningless.has(base)) continue
    if (key === "extension" || key === "modifierExtension") {
      for (const extension of list(object, key)) add(...extensionFact(extension, nameOf))
      continue
    }
    if (key.startsWith("_") && Object.hasOwn(object, base)) continue
    const { name, type = freeText.has(base) ? "String" : undefined } = withoutType(base)
    add(name, valuesOf(object, base, type, nameOf))
  }
  const rank = (name: string) => (first.includes(name) ? first.indexOf(name) : first.length)
  return [...facts]
    .map(([name, values]) => ({ name, values }))
    .toSorted((one, other) => rank(one.name) - rank(other.name))
}

/** What the element `key` of an object says, with the extensions that JSON keeps beside it (`_key`). */
export function valuesOf(object: unknown, key: string, type?: string, nameOf?: NameOf): Value[] {
  const values = list(object, key).flatMap((value) => valueOf(value, type, nameOf) ?? [])
  const beside = list(object, `_${key}`).flatMap((extended) => factsIn(extended, { nameOf }))
  if (beside.length === 0) return values
  const last = values.at(-1)
  if (last === undefined) return [absentOr({ kind: "parts", parts: beside })]
  return [...values.slice(0, -1), withParts(last, beside)]
}

const withParts = (value: Value, more: readonly Fact[]): Value =>
  more.length === 0 ? value : { ...value, parts: [...(value.parts ?? []), ...more] }

/** A value whose only part says why there is none. */
function absentOr(value: Value): Value {
  const absent = value.parts?.find(({ name }) => name === "data-absent-reason")
  if (absent === undefined || value.kind !== "parts") return value
  const rest = value.parts?.filter((part) => part !== absent) ?? []
  const [reason] = absent.values
  return withParts({ kind: "absent", reason: reason?.kind === "text" ? reason.text : undefined }, rest)
}

const tailOf = (url: string) => url.split(/^urn:/i.test(url) ? ":" : /[/#]/).at(-1) || url

function extensionFact(extension: unknown, nameOf?: NameOf): [string, Value[]] {
  const name = tailOf(text(extension, "url") ?? "extension")
  const facts = factsIn(extension, { taken: ["url"], nameOf })
  const values = facts.find((fact) => fact.name === "value")?.values ?? []
  const inner = facts.filter((fact) => fact.name !== "value")
  const [first, ...others] = values
  if (first === undefined) return [name, [{ kind: "parts", ...(inner.length === 0 ? {} : { parts: inner }) }]]
  return [name, [withParts(first, inner), ...others]]
}

const keysAre = (object: JsonObject, ...allowed: readonly string[]) =>
  Object.keys(object).every(
    (key) => allowed.includes(key.startsWith("_") ? key.slice(1) : key) || key === "id" || key === "extension",
  )

/** The value of one element, by its shape, which is alike in every version of FHIR. */
export function valueOf(value: unknown, type?: string, nameOf?: NameOf): Value | undefined {
  const number = numberText(value)
  if (number !== undefined) return { kind: "number", number }
  if (typeof value === "boolean") return { kind: "yes-no", yes: value }
  if (typeof value === "string") return ofString(value, type)
  if (!isObject(value)) return undefined
  const shape = shapes.find((candidate) => candidate.fits(value, type))
  if (shape === undefined) {
    const parts = factsIn(value, { nameOf })
    return parts.length === 0 ? undefined : absentOr({ kind: "parts", parts })
  }
  const rest = factsIn(value, { taken: shape.takes, nameOf })
  const beside = Object.keys(value)
    .filter((key) => key.startsWith("_") && shape.takes.includes(key.slice(1)))
    .flatMap((key) => list(value, key).flatMap((extended) => factsIn(extended)))
  return withParts(shape.read(value, nameOf, type), [...rest, ...beside, ...(shape.rest?.(value) ?? [])])
}

function ofString(value: string, type?: string): Value | undefined {
  if (value.trim() === "") return undefined
  const isDate = type === "DateTime" || type === "Date" || type === "Instant" || hasDateShape(value)
  return isDate && /^\d{4}/.test(value)
    ? { kind: "date", date: value, possible: isPossibleDate(value) }
    : { kind: "text", text: value, ...(type === "String" || type === "Markdown" ? { free: true } : {}) }
}

type Shape = {
  fits: (object: JsonObject, type?: string) => boolean
  /** The elements that `read` keeps. */
  takes: readonly string[]
  read: (object: JsonObject, nameOf?: NameOf, type?: string) => Value
  /** What stands deeper in those elements and isn't kept by `read`. */
  rest?: (object: JsonObject) => Fact[]
}

const codingKeys = ["system", "version", "code", "display"] as const
const quantityKeys = ["value", "comparator", "unit", "system", "code"] as const
const isCoding = (object: JsonObject) =>
  keysAre(object, ...codingKeys, "userSelected") && codingKeys.some((key) => text(object, key) !== undefined)

const shapes: readonly Shape[] = [
  {
    fits: (object) =>
      list(object, "coding").length > 0 || (text(object, "text") !== undefined && keysAre(object, "text")),
    takes: ["coding", "text"],
    read: (object) => ({ kind: "concept", text: text(object, "text"), codings: list(object, "coding").map(codingOf) }),
    rest: (object) => list(object, "coding").flatMap((coding) => codingRest(coding)),
  },
  {
    fits: isCoding,
    takes: codingKeys,
    read: (object) => ({ kind: "concept", codings: [codingOf(object)] }),
  },
  {
    // R5's CodeableReference: the concept, and beside it the resource.
    fits: (object) => isObject(field(object, "concept")),
    takes: ["concept"],
    read: (object, nameOf) => valueOf(field(object, "concept"), undefined, nameOf) ?? { kind: "parts" },
  },
  {
    fits: (object) => isObject(field(object, "reference")) && keysAre(object, "reference"),
    takes: ["reference"],
    read: (object, nameOf) => valueOf(field(object, "reference"), undefined, nameOf) ?? { kind: "parts" },
  },
  {
    fits: (object) =>
      (numberText(field(object, "value")) !== undefined || text(object, "unit") !== undefined) &&
      keysAre(object, ...quantityKeys),
    takes: quantityKeys,
    read: (object, _nameOf, type) => quantityOf(object, type),
  },
  {
    fits: (object) =>
      keysAre(object, "start", "end") && ["start", "end"].some((key) => text(object, key) !== undefined),
    takes: ["start", "end"],
    read: (object) => {
      const [start, end] = [text(object, "start"), text(object, "end")]
      const possible = [start, end].every((date) => date === undefined || isPossibleDate(date))
      return { kind: "period", start, end, possible }
    },
  },
  {
    fits: (object) => keysAre(object, "low", "high") && ["low", "high"].some((key) => isObject(field(object, key))),
    takes: ["low", "high"],
    read: (object) => ({ kind: "range", low: valueOf(field(object, "low")), high: valueOf(field(object, "high")) }),
  },
  {
    fits: (object) =>
      keysAre(object, "numerator", "denominator") &&
      ["numerator", "denominator"].some((key) => isObject(field(object, key))),
    takes: ["numerator", "denominator"],
    read: (object) => ({
      kind: "ratio",
      numerator: valueOf(field(object, "numerator")),
      denominator: valueOf(field(object, "denominator")),
    }),
  },
  {
    fits: (object) =>
      text(object, "reference") !== undefined ||
      (text(object, "display") !== undefined && keysAre(object, "display", "type", "identifier")),
    takes: ["reference", "display"],
    read: (object, nameOf) => {
      const target = nameOf?.(object)
      const kept = {
        reference: text(object, "reference"),
        display: text(object, "display"),
        resolved: target !== undefined,
      }
      return { kind: "reference", ...kept, ...(target?.found === undefined ? {} : { found: target.found }) }
    },
  },
  {
    fits: (object) =>
      text(object, "contentType") !== undefined || (text(object, "data") !== undefined && !("origin" in object)),
    takes: ["contentType", "title", "url", "data", "hash"],
    read: (object) => ({
      kind: "attachment",
      title: text(object, "title"),
      contentType: text(object, "contentType"),
      url: text(object, "url"),
      inline: text(object, "data") !== undefined,
    }),
  },
  { fits: (object) => "origin" in object && "dimensions" in object, takes: ["data"], read: () => ({ kind: "curve" }) },
]

function codingOf(coding: unknown): Coding {
  return {
    system: text(coding, "system"),
    version: text(coding, "version"),
    code: text(coding, "code"),
    display: text(coding, "display") ?? translationsOf(coding)[0],
  }
}

/** What an extension of the display says in other languages. */
function translationsOf(coding: unknown): string[] {
  return list(field(coding, "_display"), "extension").flatMap((extension) =>
    list(extension, "extension").flatMap((part) =>
      text(part, "url") === "content" ? (text(part, "valueString") ?? []) : [],
    ),
  )
}

const codingRest = (coding: unknown): Fact[] => [
  ...factsIn(coding, { taken: codingKeys }),
  ...codingKeys.flatMap((key) => list(coding, `_${key}`).flatMap((extended) => factsIn(extended))),
]

function quantityOf(object: JsonObject, type?: string): Value {
  return {
    kind: "quantity",
    number: numberText(field(object, "value")) ?? text(object, "value"),
    comparator: text(object, "comparator"),
    unit: text(object, "unit"),
    code: text(object, "code"),
    system: text(object, "system"),
    ...(type === "Age" ? { age: true } : {}),
  }
}

/** The codings of an element that is a concept, a coding, or R5's CodeableReference; a bare code is one. */
export function codings(concept: unknown): Coding[] {
  if (typeof concept === "string") return concept.trim() === "" ? [] : [{ code: concept }]
  const value = valueOf(concept)
  return value?.kind === "concept" ? value.codings : []
}

/** Every word and code by which a concept names itself, in small letters with hyphens: `entered-in-error`. */
export function codesOf(concept: unknown): string[] {
  const words = codings(concept).flatMap(({ code, display }) => [code, display])
  return [...words, text(concept, "text")]
    .filter((word) => word !== undefined)
    .map((word) =>
      word
        .trim()
        .toLowerCase()
        .replaceAll(/[\s_]+/g, "-"),
    )
}

/** A concept's own words: its text, else the first display. */
export const wordsOf = (value: Value | undefined): string | undefined =>
  value === undefined
    ? undefined
    : value.kind === "concept"
      ? (value.text ?? value.codings.find(({ display }) => display !== undefined)?.display)
      : value.kind === "text"
        ? value.text
        : value.kind === "reference"
          ? (value.display ?? wordsOf(value.found))
          : undefined
