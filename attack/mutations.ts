import * as z from "zod/mini"

/** One change of one reply. `path` names the field, with `[]` for every place in an array: `grants[].status`. */
export interface Mutation {
  readonly path: string
  readonly kind: string
  /** Whether the reply is still one the contract allows. */
  readonly valid: boolean
  /** The innermost item of a list in which the field stands, as the honest cloud gave it. */
  readonly item: unknown
  readonly mutated: unknown
}

type Step = string | number
type Json = unknown

const at = (value: Json, steps: readonly Step[]): Json =>
  steps.reduce<Json>((inner, step) => (inner as Record<Step, Json> | undefined)?.[step], value)

/** A copy with one place changed; `change` gets the container and the name within it. */
const changed = (
  root: Json,
  steps: readonly Step[],
  change: (inside: Record<Step, Json>, last: Step) => void,
): Json => {
  const copy = structuredClone({ root })
  const whole = ["root", ...steps]
  change(at(copy, whole.slice(0, -1)) as Record<Step, Json>, whole.at(-1) as Step)
  return copy.root
}
const set = (root: Json, steps: readonly Step[], value: Json) =>
  changed(root, steps, (inside, last) => {
    inside[last] = value
  })
const without = (root: Json, steps: readonly Step[]) =>
  changed(root, steps, (inside, last) => {
    delete inside[last]
  })

const nameOf = (steps: readonly Step[]) =>
  steps
    .map((step) => (typeof step === "number" ? "[]" : `.${step}`))
    .join("")
    .replace(/^\./, "") || "(whole)"

type Definition = { type: string; entries?: Record<string, string>; innerType?: Schema; element?: Schema } & {
  shape?: Record<string, Schema>
  options?: Schema[]
  valueType?: Schema
}
type Schema = { def: Definition }

/** The schema of a place, through optionals, arrays, records and unions; undefined where the contract takes any JSON. */
const schemaAt = (schema: Schema | undefined, value: Json, steps: readonly Step[]): Schema | undefined => {
  if (schema === undefined) return undefined
  const { def } = schema
  if (def.innerType !== undefined) return schemaAt(def.innerType, value, steps)
  if (def.options !== undefined)
    return schemaAt(
      def.options.find((option) => z.safeParse(option as never, value).success),
      value,
      steps,
    )
  const [step, ...rest] = steps
  if (step === undefined) return schema
  const next = def.shape?.[step] ?? def.element ?? def.valueType
  return schemaAt(next, at(value, [step]), rest)
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
/** Another character that leaves the unused bits of the last one alone, wherever it stands. */
export const flipped = (text: string, place: number) => {
  const value = alphabet.indexOf(text[place] ?? "")
  const other = value < 0 ? "x" : (alphabet[(value + 32) % 64] ?? "A")
  return text.slice(0, place) + other + text.slice(place + 1)
}

/** Other texts that the contract takes in this place. */
const otherTexts = (text: string): [kind: string, text: string][] => {
  if (/^\d{4}-\d\d-\d\dT/.test(text)) {
    const shifted = (days: number) => new Date(Date.parse(text) + days * 86_400_000).toISOString()
    return [
      ["a day earlier", shifted(-1)],
      ["a day later", shifted(1)],
    ]
  }
  if (/^H1\.[\w-]+$/.test(text))
    return [
      ["first character", flipped(text, 3)],
      ["middle character", flipped(text, text.length >> 1)],
      ["cut", text.slice(0, -4)],
    ]
  const parts = text.split(".")
  if (/^[\w-]+$/.test(text) && text.length >= 16)
    return [
      ["first character", flipped(text, 0)],
      ["middle character", flipped(text, text.length >> 1)],
    ]
  if ((parts.length === 3 || parts.length === 5) && parts.every((part) => /^[\w-]*$/.test(part)) && text.length > 60)
    return parts.flatMap((part, i): [string, string][] =>
      part === "" ? [] : [[`part ${i + 1}`, parts.with(i, flipped(part, part.length >> 1)).join(".")]],
    )
  if (text.startsWith("http")) {
    const url = new URL(text)
    url.host = "elsewhere.example"
    return [
      ["another host", url.href],
      ["another path", `${text.split("?")[0]}x`],
      ["a private host", text.replace(/^https?:\/\/[^/]+/, "https://192.168.1.1")],
      ["this very machine", text.replace(/^https?:\/\/[^/]+/, "http://127.0.0.1:9")],
      ["another scheme", text.replace(/^https?:/, "httpx:")],
    ]
  }
  return [["other text", `${text}x`]]
}

const otherNumbers = (number: number): [string, number][] => [
  ["+1", number + 1],
  ["-1", number - 1],
  ["huge", Number.MAX_SAFE_INTEGER],
  ["zero", 0],
]

function* ofLeaf(root: Json, steps: readonly Step[], schema: Schema | undefined, other: Json) {
  const value = at(root, steps)
  const entries = schemaAt(schema, root, steps)?.def.entries
  if (typeof value === "string" && entries !== undefined) {
    for (const entry of Object.values(entries)) if (entry !== value) yield { kind: `to ${entry}`, to: entry as Json }
  } else if (typeof value === "string") {
    for (const [kind, to] of otherTexts(value)) yield { kind, to: to as Json }
  } else if (typeof value === "number") {
    for (const [kind, to] of otherNumbers(value)) if (to !== value) yield { kind, to: to as Json }
  }
  const swapped = at(other, steps)
  if (typeof swapped === typeof value && swapped !== value) yield { kind: "another patient's", to: swapped }
  yield { kind: "another type", to: typeof value === "number" ? "1" : 1 }
  yield { kind: "null", to: null }
}

function* ofArray(items: readonly Json[], foreign: Json) {
  const [first] = items
  if (items.length > 0) yield { kind: "emptied", to: [] as Json }
  if (items.length > 1) {
    yield { kind: "first dropped", to: items.slice(1) }
    yield { kind: "last dropped", to: items.slice(0, -1) }
    yield { kind: "reordered", to: items.toReversed() }
  }
  if (first !== undefined) yield { kind: "first doubled", to: [first, ...items] }
  if (Array.isArray(foreign) && foreign.length > 0) {
    yield { kind: "one of another patient's", to: [...items, foreign[0]] }
    yield { kind: "another patient's", to: foreign }
  }
  yield { kind: "no array", to: {} }
}

const leavesOf = (value: Json, path = ""): string[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, `${path}.${Array.isArray(value) ? "" : name}`))
    : [path]

/** The first item of each shape, and the last of all: what a long list has to say, said once. */
const oneOfEachShape = (items: readonly Json[]): number[] => {
  const known = new Set<string>()
  // Of a long list, the first items that together have every field, and the last.
  if (items.length > 12)
    return items.flatMap((item, i) => {
      const leaves = leavesOf(item)
      const fresh = leaves.some((leaf) => !known.has(leaf)) || i === items.length - 1
      for (const leaf of leaves) known.add(leaf)
      return fresh ? [i] : []
    })
  const shapes = items.map((item) => [...new Set(leavesOf(item))].sort().join())
  return [...new Set([...shapes.map((shape) => shapes.indexOf(shape)), items.length - 1])].filter((i) => i >= 0)
}

/** What may stand in a place the honest reply left empty. */
const additions = (schema: Schema | undefined, value: object): [string, Json][] => {
  const shape = schema?.def.shape ?? {}
  return Object.keys(shape).flatMap((name): [string, Json][] => {
    if (Object.hasOwn(value, name) || shape[name]?.def.innerType === undefined) return []
    const tries: Json[] = [
      "x".repeat(8),
      "1",
      "A".repeat(22),
      "A".repeat(43),
      "https://elsewhere.example/x",
      "YQ.YQ.YQ",
      "YQ.YQ.YQ.YQ.YQ",
      1,
      [],
    ]
    const fitting = tries.find((each) => z.safeParse(shape[name] as never, each).success)
    return fitting === undefined ? [] : [[name, fitting]]
  })
}

/**
 * Every change of every field of a reply: leaves changed, removed, of another type, swapped with `other`'s; arrays emptied, cut,
 * reordered, doubled, mixed with another patient's; optional fields added. `other`: the same reply for another patient.
 */
export function* mutationsOf(schema: z.core.$ZodType, reply: Json, other: Json): Generator<Mutation> {
  const root = schema as unknown as Schema
  const itemAt = (steps: readonly Step[]) => {
    const items = steps.flatMap((step, i) => (typeof step === "number" ? [at(reply, steps.slice(0, i + 1))] : []))
    return items.findLast((item) => typeof item === "object")
  }
  const same = JSON.stringify(reply)
  function* walk(steps: readonly Step[]): Generator<Mutation> {
    for (const { path, kind, mutated } of changesAt(steps))
      if (JSON.stringify(mutated) !== same)
        yield { path, kind, mutated, item: itemAt(steps), valid: z.safeParse(schema, mutated).success }
    const value = at(reply, steps)
    const inner = Array.isArray(value) ? oneOfEachShape(value) : []
    if (Array.isArray(value)) for (const i of inner) yield* walk([...steps, i])
    else if (typeof value === "object" && value !== null)
      for (const name of Object.keys(value)) yield* walk([...steps, name])
  }
  const asMutation = (path: string, kind: string, mutated: Json) => ({ path, kind, mutated })
  function* changesAt(steps: readonly Step[]) {
    const value = at(reply, steps)
    const path = nameOf(steps)
    if (steps.length > 0 && typeof steps.at(-1) === "string") yield asMutation(path, "removed", without(reply, steps))
    if (Array.isArray(value)) {
      for (const { kind, to } of ofArray(value, at(other, steps))) yield asMutation(path, kind, set(reply, steps, to))
    } else if (typeof value === "object" && value !== null) {
      for (const [name, added] of additions(schemaAt(root, reply, steps), value))
        yield asMutation(nameOf([...steps, name]), "added", set(reply, [...steps, name], added))
      const foreign = at(other, steps)
      if (typeof foreign === "object" && foreign !== null && steps.length > 0)
        yield asMutation(path, "another patient's", set(reply, steps, foreign))
    } else {
      for (const { kind, to } of ofLeaf(reply, steps, root, other)) yield asMutation(path, kind, set(reply, steps, to))
    }
  }
  yield* walk([])
  for (const [kind, mutated] of [
    ["another patient's", other],
    ["null", null],
    ["an array", [reply]],
  ] as const)
    if (mutated !== undefined && JSON.stringify(mutated) !== same)
      yield { path: "(whole)", kind, mutated, item: undefined, valid: z.safeParse(schema, mutated).success }
}
