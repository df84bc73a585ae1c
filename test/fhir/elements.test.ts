import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { describe, expect, test } from "vitest"
import { readTypes } from "../../fhir/item.ts"
import { readSummary } from "../../fhir/summary.ts"
import { renamedTypes } from "../../fhir/versions.ts"

/** FHIR's published elements, version by version, as their type declarations have them. */
const versions = { DSTU2: "r2", STU3: "r3", R4: "r4", R4B: "r4b", R5: "r5" } as const
const folder = createRequire(import.meta.url)
  .resolve("@types/fhir/package.json")
  .replace("package.json", "")

interface Element {
  readonly name: string
  readonly type: string
  readonly isList: boolean
}
type Declared = ReadonlyMap<string, readonly Element[]>

const declaredIn = (file: string): Declared => {
  const source = readFileSync(`${folder}${file}.d.ts`, "utf8").replaceAll(/\/\*[\s\S]*?\*\//g, "")
  const own = new Map<string, { base?: string; elements: Element[] }>()
  for (const [, name, base, body] of source.matchAll(/export interface (\w+)(?: extends (\w+))? \{([^}]*)\}/g)) {
    const elements = [...body!.matchAll(/^\s*(?:readonly )?(\w+)\??: (.*?)(\[\])?(?: \| undefined)?;?\s*$/gm)]
    own.set(name!, {
      base,
      elements: elements.map(([, element, type, isList]) => ({
        name: element!,
        type: type!,
        isList: isList !== undefined,
      })),
    })
  }
  const all = (name: string): Element[] => {
    const known = own.get(name)
    return known === undefined ? [] : [...(known.base === undefined ? [] : all(known.base)), ...known.elements]
  }
  return new Map([...own.keys()].map((name) => [name, all(name)]))
}

/** What has no place in a summary: ids that only let elements be pointed at, the pixels of a file, a file's hash. */
const left = (path: string) =>
  /\._?id$|resourceType$/.test(path) || /(?:\.data|\.hash)$/.test(path) || /^\w+\.(contained|text)\b/.test(path)

/** A sample of an element with all that may stand in it, each text and number another: `marks` says where each stands. */
const sampleOf = (
  declared: Declared,
  type: string,
  path: string,
  depth: number,
  marks: Map<string, string>,
): unknown => {
  const mark = () => {
    const text = `Mark${marks.size}x`
    marks.set(path, text)
    return text
  }
  if (left(path)) return undefined
  if (type === "string") return mark()
  if (type === "number") {
    const number = 70_000 + marks.size
    marks.set(path, String(number))
    return number
  }
  if (type === "boolean") return true
  const literal = /'([^']+)'/.exec(type)?.[1]
  if (literal !== undefined) return literal
  // Elements that refer to each other have an end somewhere.
  if (depth > 5 || !declared.has(type)) return undefined
  const inner = declared.get(type)!.flatMap(({ name, type: of, isList }) => {
    if (name === "extension" || name === "modifierExtension") return []
    const primitive = name.startsWith("_")
    if ((primitive && depth > 1) || left(`${path}.${name}`)) return []
    const value = primitive
      ? { extension: [{ url: "http://example.org/beside", valueString: marked(marks, `${path}.${name}`) }] }
      : sampleOf(declared, of, `${path}.${name}`, depth + 1, marks)
    return value === undefined ? [] : [[name, isList ? [value] : value]]
  })
  return inner.length === 0 ? undefined : Object.fromEntries(inner)
}

const marked = (marks: Map<string, string>, path: string): string => {
  const text = `Mark${marks.size}x`
  marks.set(path, text)
  return text
}

/** As the one entry of a document. */
const alone = (resource: { resourceType: string; id: string }) => {
  const entry = [{ reference: `${resource.resourceType}/${resource.id}` }]
  const section = resource.resourceType === "Patient" ? [] : [{ entry }]
  const composition = { resourceType: "Composition", id: "first", section }
  const bundle = { resourceType: "Bundle", type: "document", entry: [{ resource: composition }, { resource }] }
  return JSON.stringify(readSummary(JSON.stringify(bundle)))
}

describe.each(Object.entries(versions))("the elements of %s", (_version, file) => {
  const declared = declaredIn(file)
  const types = [...readTypes, ...Object.keys(renamedTypes), "Patient"].filter((type) => declared.has(type))

  test("the types that are read are declared", () => {
    expect(types.length).toBeGreaterThan(18)
    expect(declared.get("AllergyIntolerance")!.length).toBeGreaterThan(20)
  })

  test.each(types)("every element of %s is in what is read of it", (type) => {
    const lost: string[] = []
    const base = { resourceType: type, id: "1" }
    const without = alone(base)
    let checked = 0
    for (const { name, type: of, isList } of declared.get(type)!) {
      const path = `${type}.${name}`
      if (name.startsWith("_") || left(path)) continue
      const marks = new Map<string, string>()
      const value =
        name === "extension" || name === "modifierExtension"
          ? { url: "http://example.org/an-extension", valueString: marked(marks, path) }
          : sampleOf(declared, of, path, 1, marks)
      if (value === undefined) continue
      checked++
      const read = alone({ ...base, [name]: isList ? [value] : value })
      // A yes, or one of few codes, changes what is read.
      if (read === without) lost.push(path)
      for (const [where, mark] of marks) if (!read.includes(mark)) lost.push(where)
    }
    expect(checked).toBeGreaterThan(5)
    expect(lost).toEqual([])
  })

  test.each(types)("what stands beside a simple element of %s is in what is read of it", (type) => {
    const lost = declared.get(type)!.flatMap(({ name, isList }) => {
      if (!name.startsWith("_") || left(`${type}.${name.slice(1)}`)) return []
      const beside = { extension: [{ url: "http://example.org/beside", valueString: "MarkBeside" }] }
      const read = alone({ resourceType: type, id: "1", [name]: isList ? [beside] : beside })
      return read.includes("MarkBeside") ? [] : [name]
    })
    expect(lost).toEqual([])
  })
})
