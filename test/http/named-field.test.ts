import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import * as z from "zod/mini"
import { maxFieldLength, problemDetails } from "../../contract/errors.ts"
import { type RouteName, routeNames, routes } from "../../contract/routes.ts"
import { namedField } from "../../functions/http/named-field.ts"

const fieldOf = (schema: z.core.$ZodType, value: unknown): string | undefined => {
  const parsed = z.safeParse(schema, value)
  if (parsed.success) throw new Error("the value is valid")
  return namedField(schema, parsed.error)
}

const item = z.strictObject({ size: z.int(), name: z.optional(z.strictObject({ given: z.string() })) })
const schema = z.strictObject({ descriptor: item, items: z.array(item), open: z.optional(z.nullable(item)) })
const valid = { descriptor: { size: 1 }, items: [{ size: 1 }, { size: 2 }], open: null }

describe("the field of an invalid request", () => {
  test.each<[string | undefined, unknown]>([
    ["descriptor", { ...valid, descriptor: undefined }],
    ["descriptor.size", { ...valid, descriptor: { size: "CANARY" } }],
    ["descriptor.name.given", { ...valid, descriptor: { size: 1, name: { given: 7 } } }],
    ["items.1.size", { ...valid, items: [{ size: 1 }, { size: "CANARY" }] }],
    ["open.size", { ...valid, open: {} }],
    ["items", { ...valid, items: { CANARY: 1 } }],
    [undefined, ["CANARY"]],
    [undefined, "CANARY"],
  ])("is named by its path: %s", (field, value) => {
    expect(fieldOf(schema, value)).toBe(field)
  })

  test("is the object around it, where nobody asked for the field", () => {
    const key = "5Xw0b1kCANARYqk3v9"
    expect(fieldOf(schema, { ...valid, [key]: 1 })).toBeUndefined()
    expect(fieldOf(schema, { ...valid, descriptor: { size: 1, [key]: 1 } })).toBe("descriptor")
    expect(fieldOf(schema, { ...valid, items: [{ size: 1, [key]: 1 }] })).toBe("items.0")
  })

  test.each<[string, z.core.$ZodType, unknown]>([
    ["a record's keys", z.record(z.string(), z.int()), { CANARY: "x" }],
    ["a record's keys in a list", z.array(z.record(z.string(), z.int())), [{ CANARY: "x" }]],
    ["a map's keys", z.map(z.string(), z.int()), new Map([["CANARY", "x"]])],
    ["other fields", z.catchall(z.object({ known: z.int() }), z.int()), { known: 1, CANARY: "x" }],
    [
      "a path that a check makes up",
      z.any().check((checked) => void checked.issues.push({ code: "custom", input: "", path: ["CANARY"] })),
      1,
    ],
  ])("ends before what its sender may name: %s", (_, of, value) => {
    const field = fieldOf(z.strictObject({ of }), { of: value })
    expect(field).toMatch(/^of(\.0)?$/)
  })

  test("inherits no name from what every object has", () => {
    const open = z.strictObject({ of: z.catchall(z.object({}), z.int()) })
    for (const name of ["constructor", "toString", "hasOwnProperty"])
      expect(fieldOf(open, { of: { [name]: "x" } })).toBe("of")
  })

  test("is cut at a whole name, where its path would be too long", () => {
    const name = "n".repeat(30)
    const deep = [1, 2, 3, 4, 5].reduce<z.core.$ZodType>((inner) => z.strictObject({ [name]: inner }), z.int())
    const value = [1, 2, 3, 4, 5].reduce<unknown>((inner) => ({ [name]: inner }), "x")
    const field = fieldOf(deep, value)
    expect(field).toBe([name, name, name].join("."))
    expect(field?.length).toBeLessThanOrEqual(maxFieldLength)
  })
})

/** Every name that a request's schema declares, wherever it stands. */
const namesIn = (of: z.core.$ZodType): string[] => {
  if (of instanceof z.ZodMiniObject)
    return Object.entries(of.def.shape).flatMap(([name, inner]) => [name, ...namesIn(inner)])
  if (of instanceof z.ZodMiniArray) return namesIn(of.def.element)
  if (of instanceof z.ZodMiniOptional || of instanceof z.ZodMiniNullable) return namesIn(of.def.innerType)
  return []
}

const declared = new Map(routeNames.map((name) => [name, new Set(namesIn(routes[name].request))]))

/** Anything that might be sent: names of the contract and of the sender's own, with what must not come back as text and as names. */
const sent = (name: RouteName) => {
  const names = [...(declared.get(name) ?? []), "CANARY", "__proto__", "constructor"]
  return fc.letrec<{ any: unknown; object: unknown }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<unknown>("CANARY", "A".repeat(22), 7, null, "https://canary.example/CANARY"),
      tie("object"),
      fc.array(tie("any"), { maxLength: 3 }),
    ),
    object: fc.dictionary(fc.constantFrom(...names), tie("any"), { maxKeys: names.length }),
  })).object
}

test.each(routeNames)("%s answers an invalid request with names of its schema alone", (name) => {
  const { request } = routes[name]
  let named = 0
  fc.assert(
    fc.property(sent(name), (value) => {
      const parsed = z.safeParse(request, value)
      if (parsed.success) return
      const field = namedField(request, parsed.error)
      if (field === undefined) return
      named++
      const answer = { type: "about:blank", status: 400, code: "request-invalid", field, requestId: "r" }
      expect(z.parse(problemDetails, answer).field).toBe(field)
      for (const part of field.split(".")) expect(/^\d+$/.test(part) || declared.get(name)?.has(part), part).toBe(true)
    }),
    { numRuns: 50 },
  )
  expect(named > 0).toBe((declared.get(name)?.size ?? 0) > 0)
})
