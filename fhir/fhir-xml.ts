import { numeral } from "./value.ts"
import type { XmlElement } from "./xml.ts"

export const fhirNamespace = "http://hl7.org/fhir"
const xhtmlNamespace = "http://www.w3.org/1999/xhtml"

/** Elements that are numbers wherever they stand. XML doesn't say so; JSON does. */
const numbers = new Set(
  `frequency frequencyMax period periodMax count countMax duration durationMax offset rank doseNumberPositiveInt seriesDosesPositiveInt doseSequence
  valueInteger valueDecimal multipleBirthInteger numberOfSeries numberOfInstances total factor lowerLimit upperLimit dimensions`.split(
    /\s+/,
  ),
)
/** Elements whose `value` is a number, but for these: a number somebody is known by, a telephone number, a device's name. */
const textual = /identifier$|^(telecom|deviceName|name|requisition|property|characteristic)$/i

function primitive(name: string, parent: string, value: string): unknown {
  if ((value === "true" || value === "false") && !/(String|Code|Markdown|Uri)$/.test(name)) return value === "true"
  const mayBeNumber = numbers.has(name) || (name === "value" && !textual.test(parent))
  return mayBeNumber ? numeral(value) : value
}

type Built = { [name: string]: unknown }

/**
 * A FHIR resource from its XML, as `parseFhir` would give it from its JSON: numbers as written, a narrative as its source. An element that occurs
 * once is no array, which the reader takes as one.
 */
export function resourceOfXml(root: XmlElement, source: string): Built {
  return { resourceType: root.name, ...contentOf(root, source) }
}

const isResource = ({ name, namespace }: XmlElement) => namespace === fhirNamespace && /^[A-Z]/.test(name)

function contentOf(element: XmlElement, source: string): Built {
  const built: Built = Object.fromEntries(
    ["id", "url"].flatMap((name) => {
      const value = element.attributes.get(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
  for (const child of element.children) {
    if (child.namespace === xhtmlNamespace) {
      append(built, child.name, source.slice(child.from, child.to))
      continue
    }
    const [inner] = child.children.filter(isResource)
    const value = child.attributes.get("value")
    if (inner !== undefined) append(built, child.name, resourceOfXml(inner, source))
    else if (value === undefined) append(built, child.name, contentOf(child, source))
    else {
      append(built, child.name, primitive(child.name, element.name, value))
      if (child.children.length > 0) append(built, `_${child.name}`, contentOf(child, source))
    }
  }
  return built
}

function append(built: Built, name: string, value: unknown): void {
  const there = Object.hasOwn(built, name) ? built[name] : undefined
  const next = there === undefined ? value : Array.isArray(there) ? [...there, value] : [there, value]
  // Assigned, a name like __proto__ would be no name.
  Object.defineProperty(built, name, { value: next, enumerable: true, configurable: true, writable: true })
}
