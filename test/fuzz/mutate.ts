import * as fc from "fast-check"

export type Bytes = Uint8Array<ArrayBuffer>

/** One change. `at`, `size` and `value` are taken modulo what there is, so that every edit means something anywhere. */
type Edit = {
  readonly kind: (typeof kinds)[number]
  readonly at: number
  readonly size: number
  readonly value: number
}
const kinds = ["flip", "set", "insert", "delete", "repeat", "copy", "cut", "splice", "json"] as const

/** A valid input, the layer of it that is changed, and how; or bytes from nowhere. */
export type Case =
  | { readonly from: number; readonly layer: number; readonly part: number; readonly edits: readonly Edit[] }
  | { readonly bytes: Bytes }

/** How to look inside an input and put it together again: base64url in a JWS, base45 in a card. */
export interface Layer {
  split(input: Bytes): Bytes[]
  join(parts: readonly Bytes[]): Bytes
}

const number = fc.nat({ max: 0xffff_ffff })
const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom(...kinds),
  at: number,
  size: fc.oneof(fc.nat({ max: 8 }), fc.nat({ max: 4096 })),
  value: fc.oneof(fc.constantFrom(0, 1, 0x22, 0x2e, 0x30, 0x41, 0x7f, 0x80, 0xff), number),
})
const smallEdit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom("flip", "set"),
  at: number,
  size: fc.constant(0),
  value: number,
})
const bytesFromNowhere = fc.uint8Array({ maxLength: 300 }).map((bytes) => Uint8Array.from(bytes))

export const cases: fc.Arbitrary<Case> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      from: number,
      layer: number,
      part: number,
      edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
    }),
  },
  // The smallest change there is: what else changes much is refused for its form alone.
  { weight: 7, arbitrary: fc.record({ from: number, layer: number, part: number, edits: fc.tuple(smallEdit) }) },
  { weight: 1, arbitrary: fc.record({ bytes: bytesFromNowhere }) },
)

/** The largest input that edits grow to. */
const maxSize = 256 * 1024

const concat = (...parts: readonly Uint8Array[]): Bytes => Uint8Array.from(Buffer.concat(parts))

const applied = (bytes: Bytes, { kind, at, size, value }: Edit, other: Bytes): Bytes => {
  const i = at % (bytes.length + 1)
  const [before, after] = [bytes.slice(0, i), bytes.slice(i)]
  const piece = bytes.slice(i, i + size + 1)
  switch (kind) {
    case "flip":
    case "set": {
      const [byte, ...rest] = after
      if (byte === undefined) return bytes
      return concat(before, Uint8Array.of(kind === "set" ? value : byte ^ (1 << (value % 8))), Uint8Array.from(rest))
    }
    case "insert":
      return concat(before, new Uint8Array((size % 8) + 1).fill(value), after)
    case "delete":
      return concat(before, after.slice(size + 1))
    case "repeat": {
      const times = Math.min(value % 300, Math.floor((maxSize - bytes.length) / (piece.length + 1)))
      return concat(before, ...Array.from({ length: Math.max(0, times) }, () => piece), after)
    }
    case "copy": {
      const j = value % (bytes.length + 1)
      return concat(bytes.slice(0, j), piece, bytes.slice(j))
    }
    case "cut":
      return before
    case "splice":
      return concat(before, other.slice(value % (other.length + 1)))
    case "json":
      return jsonEdited(bytes, at, size, value)
    default:
      return kind satisfies never
  }
}

type Place = { readonly holder: { [name: string]: unknown }; readonly name: string }
const placesIn = (value: unknown): Place[] => {
  if (typeof value !== "object" || value === null) return []
  const holder = value as { [name: string]: unknown }
  return Object.keys(holder).flatMap((name) => [{ holder, name }, ...placesIn(holder[name])])
}

const texts = [
  "",
  "A",
  "A".repeat(43),
  "A".repeat(22),
  "__proto__",
  "constructor",
  "\u0000",
  "\ud800",
  "Ä",
  "null",
  "2026-01-01T00:00:00.000Z",
]
const numbers = [0, 1, -1, 0.5, 2 ** 31, 2 ** 53, 2 ** 64, 1e308, -0]
const values: readonly unknown[] = [
  ...texts,
  ...numbers,
  null,
  true,
  false,
  [],
  {},
  [[]],
  { __proto__: null, a: 1 },
  Array(300).fill("A"),
]

/** One value of a JSON text replaced, removed, moved, renamed or written twice; other bytes as they are. */
const jsonEdited = (bytes: Bytes, at: number, how: number, value: number): Bytes => {
  let root: unknown
  try {
    root = JSON.parse(Buffer.from(bytes).toString())
  } catch {
    return bytes
  }
  const places = placesIn(root)
  const { holder, name } = places[at % Math.max(1, places.length)] ?? { holder: undefined, name: "" }
  const other = places[value % Math.max(1, places.length)]
  if (holder === undefined || other === undefined) return bytes
  let twice: string | undefined
  switch (how % 6) {
    case 0:
    case 1:
      holder[name] = values[value % values.length]
      break
    case 2:
      delete holder[name]
      break
    case 3:
      holder[name] = structuredClone(other.holder[other.name])
      break
    case 4:
      Object.defineProperty(holder, other.name === name ? "__proto__" : other.name, {
        value: holder[name],
        enumerable: true,
        configurable: true,
        writable: true,
      })
      break
    default:
      twice = `"${name}":${JSON.stringify(values[value % values.length])},`
  }
  const text = JSON.stringify(root)
  return Uint8Array.from(Buffer.from(twice === undefined ? text : text.replace(`"${name}":`, (found) => twice + found)))
}

const whole: Layer = { split: (input) => [input], join: ([only = new Uint8Array(0)]) => only }

/** The input that a case means. `from` is the number of the valid one it was made of, or of the one it became. */
export const inputOf = (
  made: Case,
  corpus: readonly Bytes[],
  layers: readonly Layer[],
): { input: Bytes; from: number } => {
  if ("bytes" in made) return { input: made.bytes, from: 0 }
  const from = made.from % corpus.length
  const valid = corpus[from] ?? new Uint8Array(0)
  const other = corpus[(from + 1) % corpus.length] ?? valid
  const all = [whole, ...layers]
  const { split, join } = all[made.layer % all.length] ?? whole
  const parts = split(valid)
  const others = split(other)
  const part = made.part % Math.max(1, parts.length)
  const changed = made.edits.reduce(
    (bytes, one) => applied(bytes, one, others[part] ?? valid).slice(0, maxSize),
    parts[part] ?? new Uint8Array(0),
  )
  const input = join(parts.with(part, changed))
  const became = corpus.findIndex((one) => Buffer.from(one).equals(input))
  return { input, from: became < 0 ? from : became }
}
