import { execFileSync } from "node:child_process"
import { cpSync, globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, expect, test } from "vitest"

const repository = path.join(import.meta.dirname, "..")
const folder = mkdtempSync(path.join(tmpdir(), "rooms-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
cpSync(path.join(repository, ".oxlintrc.json"), path.join(folder, ".oxlintrc.json"))

const roomOf = (file: string) => file.split(path.sep)[0] ?? ""
/** Every folder that holds code. */
const rooms = [
  ...new Set(globSync("*/**/*.{ts,tsx}", { cwd: repository, exclude: ["node_modules"] }).map(roomOf)),
].toSorted()

/** What a file of each place may import of other rooms. What measures, tests and describes may import every room. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  "protocol/a.ts": [],
  "protocol/formal/a.ts": [],
  "text/a.ts": [],
  "fhir/a.ts": ["text"],
  "imaging/a.ts": ["text"],
  "contract/a.ts": ["protocol"],
  "certify/a.ts": ["protocol"],
  "functions/domain/a.ts": ["certify", "contract", "protocol"],
  "functions/domain/runner.ts": ["certify", "contract", "protocol"],
  "functions/http/a.ts": ["certify", "contract", "protocol"],
  "functions/patient/a.ts": ["certify", "contract", "protocol"],
  "functions/adapters/a.ts": ["certify", "contract", "protocol"],
  "lib/a.ts": ["apps", "certify", "contract", "protocol"],
  "sdk/a.ts": ["contract", "protocol", "text"],
  "sdk/patient/a.ts": ["contract", "protocol", "text"],
  "apps/ehr/a.tsx": ["contract", "fhir", "imaging", "protocol", "sdk", "text"],
  "apps/build.ts": ["contract", "fhir", "imaging", "protocol", "sdk", "text"],
  "bin/a.ts": ["apps", "certify", "contract", "fhir", "imaging", "lib", "protocol", "sdk", "text"],
  "bin/ehr/a.ts": ["apps", "certify", "contract", "fhir", "imaging", "lib", "protocol", "sdk", "text"],
  "local/a.ts": ["apps", "bin", "certify", "contract", "fhir", "imaging", "lib", "protocol", "sdk", "text"],
  "attack/a.ts": [
    "apps",
    "bin",
    "certify",
    "contract",
    "fhir",
    "functions",
    "imaging",
    "lib",
    "local",
    "protocol",
    "sdk",
    "text",
  ],
}
const others = (file: string) => rooms.filter((room) => room !== roomOf(file))

interface Complaint {
  readonly code: string
  readonly filename: string
  readonly labels: readonly { readonly span: { readonly line: number } }[]
}

/** What lint says of the files in `folder`. */
const complaints = (): readonly Complaint[] => {
  try {
    execFileSync(path.join(repository, "node_modules/.bin/oxlint"), ["--format", "json"], { cwd: folder })
    return []
  } catch (error) {
    return JSON.parse(String((error as { stdout?: unknown }).stdout)).diagnostics
  }
}

test("lint lets each room import the rooms it stands on, and no other", () => {
  for (const file of Object.keys(mayImport)) {
    const up = "../".repeat(file.split("/").length - 1)
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true })
    const line = (room: string) => `export type { Thing as Of${room} } from "${up}${room}/thing.ts"`
    writeFileSync(path.join(folder, file), others(file).map(line).join("\n"))
  }
  const restricted = complaints().filter(({ code }) => code.includes("no-restricted-imports"))
  const refused = Object.keys(mayImport).map((file) => {
    const lines = restricted.filter(({ filename }) => filename === file).map(({ labels }) => labels[0]?.span.line)
    return [file, others(file).filter((_, at) => lines.includes(at + 1))]
  })
  const expected = Object.entries(mayImport).map(([file, allowed]) => [
    file,
    others(file).filter((room) => !allowed.includes(room)),
  ])
  expect(Object.fromEntries(refused)).toEqual(Object.fromEntries(expected))
})

test("lint lets attacks and benchmarks import the kit of the tests alone, the kit none of those who use it, and the ports in memory no kit", () => {
  const folders = ["attack", "bench", "local", "sdk", "test/domain", "test/fakes", "test/flows", "test/kit"]
  const imported = folders.map((of) => `${of}/thing.ts`)
  for (const file of ["attack/kit.ts", "bench/kit.ts", "test/fakes/port.ts", "test/kit/kit.ts"]) {
    mkdirSync(path.join(folder, path.dirname(file)), { recursive: true })
    const specifier = (to: string) => path.relative(path.dirname(file), to).replace(/^(?!\.)/, "./")
    const lines = imported.map((to, i) => `export type { Thing as Of${i} } from "${specifier(to)}"`)
    writeFileSync(path.join(folder, file), lines.join("\n"))
  }
  const restricted = complaints().filter(({ code }) => code.includes("no-restricted-imports"))
  const refused = (file: string) =>
    restricted
      .filter(({ filename }) => filename === file)
      .flatMap(({ labels }) => imported[(labels[0]?.span.line ?? 0) - 1] ?? [])
      .toSorted()
  expect(refused("attack/kit.ts")).toEqual([
    "bench/thing.ts",
    "test/domain/thing.ts",
    "test/fakes/thing.ts",
    "test/flows/thing.ts",
  ])
  expect(refused("bench/kit.ts")).toEqual(["test/domain/thing.ts", "test/fakes/thing.ts", "test/flows/thing.ts"])
  expect(refused("test/fakes/port.ts")).toEqual(["test/kit/thing.ts"])
  expect(refused("test/kit/kit.ts")).toEqual([
    "attack/thing.ts",
    "bench/thing.ts",
    "local/thing.ts",
    "test/domain/thing.ts",
    "test/flows/thing.ts",
  ])
})
