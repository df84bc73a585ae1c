import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import cards from "../../apps/ehr/cards/words-en.ts"
import form from "../../apps/ehr/stated/words-en.ts"
import ehr from "../../apps/ehr/words/en.ts"
import certificate from "../../apps/hcp/words/certificate-en.ts"
import hcp from "../../apps/hcp/words/en.ts"
import pin from "../../apps/hcp/words/pin-en.ts"
import practiceAudit from "../../apps/practice/audit/words-en.ts"
import practiceFile from "../../apps/practice/file/words-en.ts"
import practiceImport from "../../apps/practice/import/words-en.ts"
import practiceMembers from "../../apps/practice/members/words-en.ts"
import practice from "../../apps/practice/words/en.ts"
import files from "../../apps/shared/files/words-en.ts"
import trends from "../../apps/shared/trends/words-en.ts"
import about from "../../apps/shared/words/about-en.ts"
import critical from "../../apps/shared/words/critical-en.ts"
import shared from "../../apps/shared/words/en.ts"

const apps = join(import.meta.dirname, "../../apps")
const sources = (folder: string): string[] =>
  globSync("**/*.{ts,tsx}", { cwd: join(apps, folder), exclude: ["**/words/*"] }).map((file) =>
    readFileSync(join(apps, folder, file), "utf8"),
  )

const bindingsIn = (pattern: string): [key: string, name: string][] =>
  [...pattern.matchAll(/(\w+)(?:\s*:\s*(\w+))?/g)].map(([, key = "", name = key]) => [key, name])

/** The rest of the block that a place in a source is in. */
const blockFrom = (source: string): string => {
  let depth = 0
  for (let i = 0; i < source.length; i++) {
    if (source[i] === "{") depth++
    else if (source[i] === "}" && --depth < 0) return source.slice(0, i)
  }
  return source
}

/** The keys after each place where a source has a name, `*` for any key; a text, a tag and a property of that name are something else. */
const usesOf = (source: string, name: string): string[] =>
  [...source.matchAll(new RegExp(`(?<![\\w."'<-])${name}((?:\\??\\.\\w+)*)(?![\\w:"'=-]|\\s*=[^=])(\\[)?`, "g"))].map(
    ([, keys = "", index]) => `${keys}${index === undefined ? "" : ".*"}`,
  )

/** The paths of a dictionary that a source names: directly, or by a name that it gives to a part of the dictionary within a block. */
const pathsIn = (source: string, dictionary: string): string[] => {
  const bound = [...source.matchAll(new RegExp(`const \\{([^}]*)\\} = ${dictionary}\\.value((?:\\.\\w+)*)\\n`, "g"))]
  const named = bound.flatMap((match) => {
    const [statement, pattern = "", path = ""] = match
    const block = blockFrom(source.slice(match.index + statement.length))
    return bindingsIn(pattern).flatMap(([key, name]) => usesOf(block, name).map((keys) => `${path}.${key}${keys}`))
  })
  const whole = [...source.matchAll(new RegExp(`const (\\w+) = ${dictionary}\\.value((?:\\.\\w+)*)\\n`, "g"))]
  const wholes = whole.flatMap((match) => {
    const [statement, name = "", path = ""] = match
    return usesOf(blockFrom(source.slice(match.index + statement.length)), name).map((keys) => `${path}${keys}`)
  })
  const others = [...bound, ...whole].reduce((rest, [statement]) => rest.replace(statement, ""), source)
  return [...named, ...wholes, ...usesOf(others, `${dictionary}\\.value`)]
}

/** The path of every sentence, after a point each. */
const leaves = (words: object, path = ""): string[] =>
  Object.entries(words).flatMap(([key, value]: [string, unknown]) => {
    const here = `${path}.${key}`
    return typeof value === "object" && value !== null && !Array.isArray(value) ? leaves(value, here) : [here]
  })

/** A word is used where it is named, where any of its group is asked for by a key, or where its group is handed on whole. */
const unusedIn = (words: object, used: readonly string[]): string[] => {
  const named = new Set(used)
  return leaves(words).filter((leaf) => {
    const keys = leaf.split(".").slice(1)
    const above = keys.map((_, i) => `.${keys.slice(0, i).join(".")}`.replace(/\.$/, ""))
    return !named.has(leaf) && !above.some((group) => group !== "" && (named.has(group) || named.has(`${group}.*`)))
  })
}

test.each([
  ["app's own", about, ["shared"], "aboutWords"],
  ["files'", files, ["shared", "ehr", "hcp"], "fileWords"],
  ["first seconds'", critical, ["shared"], "criticalWords"],
  ["trends'", trends, ["shared", "hcp", "practice"], "trendWords"],
  ["shared", shared, ["shared", "ehr", "hcp", "practice"], "sharedWords"],
  ["EHR App's", ehr, ["ehr"], "words"],
  ["summary form's", form, ["shared", "ehr"], "formWords"],
  ["cards'", cards, ["ehr"], "cardWords"],
  ["certificate's", certificate, ["hcp"], "certificateWords"],
  ["PIN's", pin, ["hcp"], "pinWords"],
  ["HCP App's", hcp, ["hcp"], "words"],
  ["Practice App's", practice, ["practice"], "words"],
  ["log's", practiceAudit, ["practice"], "auditWords"],
  ["patient file's", practiceFile, ["practice"], "patientWords"],
  ["import's", practiceImport, ["practice"], "importWords"],
  ["members's", practiceMembers, ["practice"], "memberWords"],
] as const)("the %s dictionary has no word that nothing shows", (_, words, folders, dictionary) => {
  const used = folders.flatMap(sources).flatMap((source) => pathsIn(source, dictionary))
  expect(unusedIn(words, used)).toEqual([])
})

test("a word that nothing names is found, and one that is named in any way is not", () => {
  const words = { a: { b: "", c: "" }, d: "", e: { f: "", g: "" }, h: { i: "", j: "" }, k: { l: "", m: "" }, n: "" }
  const source = `
    const { a: says, d } = words.value
    const { k } = words.value
    const whole = words.value
    show(says.b, d, words.value.e.f, words.value.h[key], k, whole.n)
  `
  expect(unusedIn(words, pathsIn(source, "words"))).toEqual([".a.c", ".e.g"])
})
