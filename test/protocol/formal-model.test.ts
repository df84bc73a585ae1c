import { readdirSync, readFileSync } from "node:fs"
import { basename, join } from "node:path"
import { describe, expect, it } from "vitest"
import { mutate, parseModel } from "../../protocol/formal/model.ts"
import { exploredModels } from "../../protocol/formal/state-models.ts"

const source = [
  "// Question: Is it closed?",
  "// Sessions: 2",
  "// Mutant unsealed (attack 1): The answer isn't sealed.",
  "// Mutant open: The key is told.",
  "principal Cloud[",
  "\tanswer = PKE_ENC(key, share) //- unsealed",
  "\t//+ unsealed: answer = CONCAT(key, share)",
  "\tcheck = HASH(key) //- open, unsealed",
  "\t//+ open: leaks key",
  "]",
  "queries[",
  "\t// Nobody reads the share.",
  "\tconfidentiality? share",
  "]",
].join("\n")

describe("a model of the protocol", () => {
  it("says its question, its bound and its mutants in its first lines", () => {
    expect(parseModel("closed", source)).toMatchObject({
      name: "closed",
      question: "Is it closed?",
      sessions: 2,
      mutants: [
        { name: "unsealed", attack: "1", change: "The answer isn't sealed." },
        { name: "open", attack: undefined, change: "The key is told." },
      ],
    })
  })

  it("gives a mutant by taking its marked lines out and putting its own in", () => {
    const lines = mutate(parseModel("closed", source), "unsealed").split("\n").slice(4, 8)
    expect(lines).toEqual(["principal Cloud[", "\tanswer = CONCAT(key, share)", "\t//+ open: leaks key", "]"])
  })

  it("keeps in one mutant what stands for another", () => {
    const mutant = mutate(parseModel("closed", source), "open")
    expect(mutant).toContain("answer = PKE_ENC(key, share)")
    expect(mutant).toContain("\n\tleaks key\n")
    expect(mutant).not.toContain("check =")
  })

  it.each([
    ["without a question", "// Question: Is it closed?", "//", "asks no question"],
    ["without a bound", "// Sessions: 2", "//", "has no bound"],
    ["with a bound that is no number", "// Sessions: 2", "// Sessions: two", "has no bound"],
    ["with a mutant that no line marks", "//+ open: leaks key", "", "different mutants: open"],
    ["with a mark of no listed mutant", "//- unsealed", "//- unsaeled", "different mutants: unsaeled"],
    ["with a mark that has no name", "//+ open: leaks key", "//+ leaks key", "mark without a name"],
    ["with a query that has no words", "\t// Nobody reads the share.", "", "asks without words"],
  ])("is refused %s", (_, part, instead, message) => {
    const text = source.replace("check = HASH(key) //- open, unsealed", "check = HASH(key)").replace(part, instead)
    expect(() => parseModel("closed", text)).toThrow(message)
  })

  it("is refused without any mutant, since nothing would show that it can be broken", () => {
    expect(() => parseModel("closed", "// Question: Is it closed?\n// Sessions: 1\n")).toThrow("has no mutant")
  })
})

describe("the project's models", () => {
  const folder = join(import.meta.dirname, "../../protocol/formal")
  const models = readdirSync(folder)
    .filter((file) => file.endsWith(".vp"))
    .map((file) => parseModel(basename(file, ".vp"), readFileSync(join(folder, file), "utf8")))

  it.each(["1", "3", "5", "6", "7", "11"])("have a mutant without the mend of attack %s", (attack) => {
    expect(models.flatMap(({ mutants }) => mutants).some((mutant) => mutant.attack === attack)).toBe(true)
  })

  it("differ from each of their mutants", () => {
    for (const model of models) {
      for (const { name } of model.mutants) expect(mutate(model, name), `${model.name} ${name}`).not.toBe(model.source)
    }
  })

  it("are all in the README of their folder and in the page of claims", () => {
    const pages = [join(folder, "README.md"), join(folder, "../../docs/claims.md")].map((page) =>
      readFileSync(page, "utf8"),
    )
    for (const { name } of models) for (const page of pages) expect(page).toContain(`${name}.vp`)
  })

  it("have each mutant against an attack in that attack's line of the page of claims", () => {
    const lines = readFileSync(join(folder, "../../docs/claims.md"), "utf8").split("\n")
    const files = models.map(({ name, mutants }) => ({ name: `${name}.vp`, mutants }))
    for (const { name: file, mutants } of [...files, ...exploredModels]) {
      for (const { name, attack } of mutants) {
        if (attack === undefined) continue
        const line = lines.find((candidate) => candidate.startsWith(`| ${attack} |`))
        expect(line?.split(`\`${file}\``)[1]?.split(";")[0], `${file} ${name}`).toMatch(new RegExp(`[ ,]${name}\\b`))
      }
    }
  })
})
