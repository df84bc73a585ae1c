/** A `.vp` file: the question it asks, and the mends that can be taken out of it. README.md has the marks. */
export interface FormalModel {
  readonly name: string
  readonly question: string
  readonly sessions: number
  readonly mutants: readonly Mutant[]
  readonly source: string
}

export interface Mutant {
  readonly name: string
  /** The number of the attack in docs/claims.md that the mend stands against, if it is one of those. */
  readonly attack: string | undefined
  /** What is taken out, in words. */
  readonly change: string
}

const header = /^\/\/ (Question|Sessions|Mutant ([a-z0-9-]+)(?: \(attack (\d+)\))?): (.+)$/
const removal = /^\s*\S.*\s\/\/- ([a-z0-9-]+(?:, [a-z0-9-]+)*)$/
const insertion = /^(\s*)\/\/\+ ([a-z0-9-]+): (.+)$/
const query = /^\t(?:confidentiality|authentication|freshness|unlinkability|equivalence)\? /

/** Returns what the file says of itself. Throws if a part is missing, or a mark and the list of mutants differ. */
export function parseModel(name: string, source: string): FormalModel {
  let question: string | undefined
  let sessions: number | undefined
  const mutants: Mutant[] = []
  for (const line of source.split("\n")) {
    const [, kind, mutant, attack, text = ""] = header.exec(line) ?? []
    if (kind === "Question") question = text
    if (kind === "Sessions") sessions = Number(text)
    if (mutant !== undefined) mutants.push({ name: mutant, attack, change: text })
  }
  if (question === undefined) throw new Error(`${name} asks no question.`)
  if (sessions === undefined || !Number.isInteger(sessions) || sessions < 1) throw new Error(`${name} has no bound.`)
  if (mutants.length === 0) throw new Error(`${name} has no mutant: nothing shows that it can be broken.`)
  requireSameNames(name, mutants, source)
  requireWords(name, source)
  return { name, question, sessions, mutants, source }
}

/** Returns the model with one mend taken out: its marked lines go, and the lines that stand for it come. */
export function mutate({ source }: FormalModel, mutant: string): string {
  return source
    .split("\n")
    .filter((line) => !namesIn(removal.exec(line)?.[1]).includes(mutant))
    .map((line) => {
      const [, indent = "", name, replacement = ""] = insertion.exec(line) ?? []
      return name === mutant ? indent + replacement : line
    })
    .join("\n")
}

function namesIn(list: string | undefined): string[] {
  return list?.split(", ") ?? []
}

function requireSameNames(name: string, mutants: readonly Mutant[], source: string): void {
  const listed = new Set(mutants.map((mutant) => mutant.name))
  if (listed.size < mutants.length) throw new Error(`${name} lists a mutant twice.`)
  const marked = new Set<string>()
  for (const line of source.split("\n")) {
    const names = [...namesIn(removal.exec(line)?.[1]), ...namesIn(insertion.exec(line)?.[2])]
    if (names.length === 0 && /\/\/\s*[-+]/.test(line)) throw new Error(`${name} has a mark without a name: ${line}`)
    for (const mutant of names) marked.add(mutant)
  }
  const odd = [...listed, ...marked].filter((mutant) => !listed.has(mutant) || !marked.has(mutant))
  if (odd.length > 0) throw new Error(`${name} lists and marks different mutants: ${odd.join(", ")}.`)
}

/** Every query has its words in the line before it. */
function requireWords(name: string, source: string): void {
  const lines = source.split("\n")
  const wordless = lines.filter((line, at) => query.test(line) && !lines[at - 1]?.startsWith("\t// "))
  if (wordless.length > 0) throw new Error(`${name} asks without words: ${wordless.join(", ").trim()}`)
}
