/** An element of an XML document. `from`, `to`: where it stands in the source. */
export type XmlElement = {
  /** Without its prefix. */
  name: string
  namespace?: string
  attributes: ReadonlyMap<string, string>
  /** What it stands in. */
  parent?: XmlElement
  children: XmlElement[]
  /** The characters directly in it. */
  text: string
  /** Its characters and its children, in their order. */
  content: (XmlElement | string)[]
  from: number
  to: number
}

export type ParsedXml = { outcome: "parsed"; root: XmlElement } | { outcome: "not-xml" | "too-deep" | "doctype" }

const predefined: ReadonlyMap<string, string> = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
])

class NotXml extends Error {}

/** Characters for their references; a reference to an entity that XML doesn't define itself is no XML here. */
function unescaped(text: string): string {
  if (!text.includes("&")) return text
  return text.replaceAll(/&([^;&\s]{0,12});?/g, (whole, name: string) => {
    const code = /^#x[0-9a-f]{1,6}$/i.test(name)
      ? Number.parseInt(name.slice(2), 16)
      : /^#\d{1,7}$/.test(name)
        ? Number(name.slice(1))
        : undefined
    const found = code === undefined ? predefined.get(name) : code <= 0x10ffff ? String.fromCodePoint(code) : undefined
    if (found === undefined || !whole.endsWith(";")) throw new NotXml()
    return found
  })
}

const nameShape = /[A-Za-z_][\w.:-]*/y
const attributeShape = /\s+([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y

/** `prefixes`: those that it declares itself. */
type Open = XmlElement & { tag: string; parent?: Open; prefixes?: Map<string, string> }

/**
 * The elements of an XML document, in one pass over it and without recursion. A document type declaration is refused: entities could stand in it,
 * which grow without end or fetch other files.
 */
export function parseXml(source: string, maxNesting: number): ParsedXml {
  try {
    return parse(source, maxNesting)
  } catch (error) {
    if (error instanceof NotXml) return { outcome: "not-xml" }
    throw error
  }
}

function parse(source: string, maxNesting: number): ParsedXml {
  const open: Open[] = []
  let root: XmlElement | undefined
  let at = source.startsWith("\ufeff") ? 1 : 0
  while (at < source.length) {
    const next = source.indexOf("<", at)
    const text = source.slice(at, next < 0 ? source.length : next)
    const inside = open.at(-1)
    if (inside !== undefined) append(inside, unescaped(text))
    else if (text.trim() !== "") throw new NotXml()
    if (next < 0) break
    const skipped = skip(source, next)
    if (skipped === "doctype") return { outcome: "doctype" }
    if (skipped !== undefined) {
      if (inside !== undefined) append(inside, skipped.text)
      at = skipped.to
    } else if (source[next + 1] === "/") {
      at = close(source, next, open)
    } else {
      if (inside === undefined && root !== undefined) throw new NotXml()
      const { element, to, isEmpty } = begin(source, next, inside)
      if (inside === undefined) root = element
      else {
        inside.children.push(element)
        inside.content.push(element)
      }
      if (isEmpty) element.to = to
      else open.push(element)
      if (open.length > maxNesting) return { outcome: "too-deep" }
      at = to
    }
  }
  if (root === undefined || open.length > 0) throw new NotXml()
  return { outcome: "parsed", root }
}

/** What a prefix stands for where `element` is the innermost that is open. */
function namespaceIn(element: Open | undefined, prefix: string): string | undefined {
  for (let at = element; at !== undefined; at = at.parent) {
    const found = at.prefixes?.get(prefix)
    if (found !== undefined) return found
  }
  return undefined
}

function append(element: Open, text: string): void {
  if (text === "") return
  element.text += text
  element.content.push(text)
}

/** Past a comment, an instruction or a CDATA section, whose characters are text. */
function skip(source: string, at: number): { to: number; text: string } | "doctype" | undefined {
  const until = (begin: string, end: string): number | undefined => {
    if (!source.startsWith(begin, at)) return undefined
    const found = source.indexOf(end, at + begin.length)
    if (found < 0) throw new NotXml()
    return found + end.length
  }
  const data = until("<![CDATA[", "]]>")
  if (data !== undefined) return { to: data, text: source.slice(at + 9, data - 3) }
  const to = until("<!--", "-->") ?? until("<?", "?>")
  if (to !== undefined) return { to, text: "" }
  return source.startsWith("<!", at) ? "doctype" : undefined
}

function close(source: string, at: number, open: Open[]): number {
  const end = source.indexOf(">", at)
  const element = open.pop()
  if (end < 0 || element === undefined || source.slice(at + 2, end).trimEnd() !== element.tag) throw new NotXml()
  element.to = end + 1
  return end + 1
}

function begin(source: string, at: number, inside: Open | undefined) {
  nameShape.lastIndex = at + 1
  const tag = nameShape.exec(source)?.[0]
  if (tag === undefined) throw new NotXml()
  const attributes = new Map<string, string>()
  let prefixes: Map<string, string> | undefined
  let to = at + 1 + tag.length
  for (;;) {
    attributeShape.lastIndex = to
    const found = attributeShape.exec(source)
    if (found === null) break
    const [whole, name = "", double, single] = found
    const value = unescaped(double ?? single ?? "")
    if (attributes.has(name)) throw new NotXml()
    attributes.set(name, value)
    if (name === "xmlns" || name.startsWith("xmlns:")) (prefixes ??= new Map()).set(name.slice(6), value)
    to += whole.length
  }
  const ending = /\s*(\/?)>/y
  ending.lastIndex = to
  const end = ending.exec(source)
  if (end === null) throw new NotXml()
  const [prefix, local] = tag.includes(":")
    ? [tag.slice(0, tag.indexOf(":")), tag.slice(tag.indexOf(":") + 1)]
    : ["", tag]
  const element: Open = {
    name: local,
    namespace: prefixes?.get(prefix) ?? namespaceIn(inside, prefix),
    attributes,
    ...(inside === undefined ? {} : { parent: inside }),
    children: [],
    text: "",
    content: [],
    from: at,
    to: source.length,
    tag,
    ...(prefixes === undefined ? {} : { prefixes }),
  }
  return { element, to: to + end[0].length, isEmpty: end[1] === "/" }
}
