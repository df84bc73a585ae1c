import { execFileSync } from "node:child_process"
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { auditActions } from "../../contract/audit.ts"
import { routeNames } from "../../contract/routes.ts"
import { reasons, writingUseCases } from "../../functions/domain/writing-use-cases.ts"

const repository = path.join(import.meta.dirname, "../..")
const source = (file: string) => readFileSync(path.join(repository, file), "utf8")
const domain = globSync("functions/domain/**/*.ts", { cwd: repository })
const definedIn = (name: string) =>
  domain.filter((file) => new RegExp(`defineUseCase\\(\\s*"${name}"`).test(source(file)))

const folder = mkdtempSync(path.join(tmpdir(), "runner-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
cpSync(path.join(repository, ".oxlintrc.json"), path.join(folder, ".oxlintrc.json"))
mkdirSync(path.join(folder, "functions/domain"), { recursive: true })

/** What lint says of a domain file with this text; nothing where it lets it pass. */
const complaints = (text: string, name = "attempt"): string => {
  const file = `functions/domain/${name}.ts`
  writeFileSync(path.join(folder, file), text)
  const oxlint = path.join(repository, "node_modules/.bin/oxlint")
  try {
    execFileSync(oxlint, ["--deny-warnings", file], { cwd: folder, encoding: "utf8" })
    return ""
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout)
  }
}

describe("lint", () => {
  test("lets no domain file write to the store or append to a trail, however it spells it", () => {
    const attempts = [
      "export const attempt = (s: { write(): void }) => s.write()",
      'export const attempt = (s: { write(): void }) => s["write"]()',
      "export const attempt = ({ write }: { write(): void }) => write()",
      "export const attempt = (s: { write(): void }) => {\n  const { write: go } = s\n  go()\n}",
      "export const attempt = (a: { append(): void }) => a.append()",
    ]
    for (const attempt of attempts) expect(complaints(attempt)).toContain("Only the runner")
    expect(complaints("export const attempt = (s: { read(): void }) => s.read()")).toBe("")
  })

  test("lets no domain file name a port that changes something", () => {
    const ports = source("functions/domain/ports.ts")
    const writing = [...ports.matchAll(/export interface (\w+) extends \w+ \{/g)].map(([, name]) => String(name))
    const named = [...writing.filter((name) => name !== "ChangedHead"), "Notices"]
    expect(named).toHaveLength(9)
    for (const name of named)
      expect(complaints(`import type { ${name} } from "./ports.ts"\nexport type Attempt = ${name}`)).toContain(
        "Only the runner holds a port",
      )
    expect(complaints('import type { StoreReads } from "./ports.ts"\nexport type Attempt = StoreReads')).toBe("")
  })

  test("lets the runner do both", () => {
    const text = 'import type { Store } from "./ports.ts"\nexport const attempt = (store: Store) => store.write([])'
    expect(complaints(text, "runner")).toBe("")
  })
})

describe("every use-case that writes", () => {
  test("is decided in one file, and its handler asks that file", () => {
    const names = Object.keys(writingUseCases)
    for (const name of names) {
      expect([name, definedIn(name)]).toEqual([name, [expect.any(String)]])
      const [file = ""] = definedIn(name)
      expect(source(`functions/${name}.ts`)).toContain(`"../domain/${path.basename(file)}"`)
    }
    const defined = domain.flatMap((file) =>
      [...source(file).matchAll(/defineUseCase\(\s*"([^"]+)"/g)].map(([, n]) => n),
    )
    expect(new Set(defined)).toEqual(new Set(names))
  })

  test("is a route or a function that a clock or a stream calls", () => {
    const routes: readonly string[] = routeNames
    const others = Object.keys(writingUseCases).filter((name) => !routes.includes(name))
    expect(others).toEqual([
      "system/deactivate",
      "system/notify-patient",
      "system/sign-checkpoint",
      "system/sweep-accounts",
    ])
  })

  test("tells by its own name, and every action of the trail is one's", () => {
    const told = Object.entries(writingUseCases).flatMap(([name, useCase]) =>
      "event" in useCase ? [[name, useCase.event]] : [],
    )
    for (const [name = "", event] of told) expect(name.split("/")[1]).toBe(event)
    expect(new Set(told.map(([, event]) => event))).toEqual(new Set(auditActions))
  })

  test("has an event or a reason, and every reason is one's", () => {
    const given = Object.entries(writingUseCases).map(([name, useCase]) => [
      name,
      "event" in useCase || "silently" in useCase,
    ])
    expect(given.filter(([, has]) => has !== true)).toEqual([])
    const used = Object.values(writingUseCases).flatMap((useCase) => ("silently" in useCase ? useCase.silently : []))
    expect(new Set<string>(used)).toEqual(new Set(Object.keys(reasons)))
  })
})
