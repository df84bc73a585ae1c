import { assert, property, stringMatching } from "fast-check"
import { expect, test } from "vitest"
import { requireBounded } from "../../functions/http/bounded-json.ts"
import { maxJsonDepth, maxJsonValues } from "../../protocol/primitives.ts"

const times = (length: number, value: object) => Array.from({ length }, () => value)
const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`
const values = (commas: number) => `[${"1,".repeat(commas)}1]`

test("JSON as deep and as long as a request may be passes, and the next is refused", () => {
  requireBounded(nested(maxJsonDepth))
  requireBounded(values(maxJsonValues))
  expect(() => requireBounded(nested(maxJsonDepth + 1))).toThrow("nested too deep")
  expect(() => requireBounded(`{"a":`.repeat(maxJsonDepth + 1))).toThrow("nested too deep")
  expect(() => requireBounded(values(maxJsonValues + 1))).toThrow("too many values")
})

test("what stands in strings counts for nothing, whatever is escaped in them", () => {
  const structure = stringMatching(/^[[\]{},:"\\a]{0,60}$/)
  assert(
    property(structure, (text) => {
      requireBounded(JSON.stringify([text.repeat(400), { [text]: text }]))
    }),
  )
  expect(() => requireBounded(`["\\"${nested(maxJsonDepth + 1)}"]`)).not.toThrow()
  expect(() => requireBounded(`["\\\\",${nested(maxJsonDepth + 1)}]`)).toThrow("nested too deep")
})

test("the largest manifest that the contract takes passes", () => {
  const descriptor = {
    recordId: "",
    version: 1,
    category: "",
    epoch: 1,
    size: 1,
    sha256: "",
    wrappedKey: "",
    metadata: "",
  }
  const page = { category: "summary", page: 0, descriptors: times(64, descriptor) }
  const key = { category: "", epoch: 1, wrappedKey: "" }
  const entry = { epoch: 1, sealed: "", previous: Array(100).fill("") }
  const card = { cardId: "", wrappedCategoryKeys: times(6, key) }
  requireBounded(
    JSON.stringify({
      manifest: "",
      keyRing: times(6, entry),
      pageLists: times(6, { salt: "", hashes: Array(256).fill("") }),
      pages: times(16, page),
      cards: times(20, card),
    }),
  )
})
