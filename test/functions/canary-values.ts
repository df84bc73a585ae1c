import * as z from "zod/mini"

/**
 * Values that a schema takes, with a word in each of them that nothing of ours may ever repeat. They come from the contract, so that a new
 * route or item has them without anybody's doing.
 */
const word = "CANARY"
const padded = (length: number) => word.padEnd(length, "A")

/** The first of these that fits is what a string is filled with. */
const strings = [
  `${word} some text of a person, 7 aA!`,
  `http://127.0.0.1/${word}?X-Amz-Signature=${word}`,
  padded(22),
  padded(43),
  padded(54),
  // An encapsulation key of ML-KEM-768.
  padded(1579),
  `H1.${word}`,
  [word, word, word].join("."),
  [word, word, word, word, word].join("."),
  "canary@canary.example",
  "731946",
  "7",
  "ca".repeat(32),
  "2999-01-01T00:00:00.000Z",
]

/** As it stands, in the usual encodings at any offset, the code of an e-mail, and the thumbprint that stands for a person. */
const traces = [
  word,
  ...[0, 1, 2].map((skip) =>
    Buffer.from(`${" ".repeat(skip)}${word}`)
      .toString("base64")
      .slice(skip === 0 ? 0 : skip + 1, 8),
  ),
  Buffer.from(word).toString("hex"),
  "731946",
  "ca".repeat(32),
].map((trace) => trace.toLowerCase())

/** Which traces of canaries are in a text. */
export const canariesIn = (text: string): string[] => traces.filter((trace) => text.toLowerCase().includes(trace))

/** Whether those that may be absent are there. */
type Fields = "all" | "required"
type JsonSchema = Record<string, unknown>
const isSchema = (value: unknown): value is JsonSchema => typeof value === "object" && value !== null

const textFor = ({ pattern, minLength, maxLength, format }: JsonSchema): string => {
  const fits = (text: string) =>
    (typeof pattern !== "string" || new RegExp(pattern).test(text)) &&
    (typeof minLength !== "number" || text.length >= minLength) &&
    (typeof maxLength !== "number" || text.length <= maxLength) &&
    (format !== "email" || text.includes("@")) &&
    (format !== "date-time" || text.startsWith("29"))
  const found = strings.find(fits)
  if (found === undefined) throw new Error(`no canary fits ${String(pattern)}`)
  return found
}

const valueFor = (schema: JsonSchema, fields: Fields): unknown => {
  if ("const" in schema) return schema["const"]
  const {
    enum: allowed,
    anyOf,
    oneOf,
    allOf,
    type,
    properties,
    items,
    additionalProperties,
    minItems,
    required,
  } = schema
  // What is in force goes furthest.
  if (Array.isArray(allowed)) return allowed.find((value) => value === "active") ?? allowed[0]
  for (const choices of [anyOf, oneOf]) if (Array.isArray(choices)) return valueFor(choices[0], fields)
  if (Array.isArray(allOf)) return valueFor(Object.assign({ ...schema, allOf: undefined }, ...allOf), fields)
  if (type === "object") {
    const named = Object.entries(isSchema(properties) ? properties : {})
      .filter(([name]) => fields === "all" || (Array.isArray(required) && required.includes(name)))
      .map(([name, of]) => [name, valueFor(of as JsonSchema, fields)])
    return named.length > 0 || !isSchema(additionalProperties) ? Object.fromEntries(named) : { [word]: word }
  }
  if (type === "array") {
    const count = Math.max(1, typeof minItems === "number" ? minItems : 1)
    return Array.from({ length: count }, () => valueFor(items as JsonSchema, fields))
  }
  if (type === "integer" || type === "number") return 1
  if (type === "boolean") return true
  if (type === "null") return null
  return type === "string" ? textFor(schema) : { [word]: word }
}

export const canaryOf = (schema: z.core.$ZodType, fields: Fields = "all"): Record<string, unknown> => {
  const value = valueFor(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }), fields)
  return value as Record<string, unknown>
}
