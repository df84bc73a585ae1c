import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { isSurprise, type Row, summary, table } from "../../protocol/formal/report.ts"
import { ask, readVerdict, type Verdict } from "../../protocol/formal/verifpal.ts"

const report = (code: string, { exhausted = true, sessions = 2, version = "1.6.7" } = {}) => {
  const queries = [...code.matchAll(/../g)].map((_, at) => ({
    query: `confidentiality? s${at}`,
    envelope: { exhausted },
  }))
  return JSON.stringify({ version, models: [{ ok: true, analysis: { sessions, code, queries } }] })
}

describe("Verifpal's report", () => {
  it("holds if the search ended and broke no query", () => {
    expect(readVerdict(report("c0a0"), 2)).toEqual({ outcome: "holds" })
  })

  it("names the queries that are broken, also where the search was cut short", () => {
    const broken = { outcome: "broken", queries: ["confidentiality? s1"] }
    expect(readVerdict(report("c0a1"), 2)).toEqual(broken)
    expect(readVerdict(report("c0a1", { exhausted: false }), 2)).toEqual(broken)
  })

  it.each([
    ["a search that was cut short", report("c0", { exhausted: false })],
    ["a search of fewer sessions", report("c0", { sessions: 1 })],
    ["another version of the tool", report("c0", { version: "1.6.8" })],
    ["no query", report("")],
    ["a code of another length", report("c0").replace('"c0"', '"c0c0"')],
    ["a code of other letters", report("c0").replace('"c0"', '"c?"')],
    ["a model that can't be read", JSON.stringify({ version: "1.6.7", models: [{ ok: false, error: "parse error" }] })],
    [
      "two models",
      JSON.stringify({
        version: "1.6.7",
        models: [...JSON.parse(report("c0")).models, ...JSON.parse(report("c0")).models],
      }),
    ],
    ["no report", ""],
  ])("is no verdict after %s", (_, text) => {
    expect(readVerdict(text, 2).outcome).toBe("unknown")
  })
})

describe("the result of all models", () => {
  const row = (expected: Row["expected"], verdict: Verdict): Row => ({
    name: "closed.vp",
    attack: undefined,
    bound: "2 sessions",
    seconds: 1,
    expected,
    verdict,
    words: "Is it closed?",
  })
  const holds: Verdict = { outcome: "holds" }
  const broken: Verdict = { outcome: "broken", queries: ["confidentiality? share"] }
  const unknown: Verdict = { outcome: "unknown", because: "It took too long." }

  it("counts models that hold, mutants that are broken, and whatever else came out", () => {
    const rows = [row("holds", holds), row("holds", holds), row("broken", broken), row("broken", unknown)]
    expect(summary(rows)).toBe("2 models hold, 1 mutants broken, 1 surprises")
  })

  it.each([
    ["a broken model", row("holds", broken)],
    ["a mutant that holds", row("broken", holds)],
    ["a model without an answer", row("holds", unknown)],
    ["a mutant without an answer", row("broken", unknown)],
  ])("takes %s for a surprise", (_, surprising) => {
    expect(isSurprise(surprising)).toBe(true)
  })

  it("gives the reason below a surprise", () => {
    expect(table("Models", [row("holds", broken)])).toContain("\n    broken: confidentiality? share")
    expect(table("Models", [row("holds", unknown)])).toContain("\n    It took too long.")
    expect(table("Models", [row("holds", holds)])).not.toContain("\n    ")
  })
})

describe("asking Verifpal", () => {
  /** What is answered where the tool is a script with this body. */
  const asked = async (body: string): Promise<Verdict> => {
    const folder = mkdtempSync(join(tmpdir(), "verifpal-"))
    try {
      const binary = join(folder, "verifpal")
      writeFileSync(binary, `#!/bin/sh\n${body}\n`)
      chmodSync(binary, 0o755)
      return await ask(binary, "model.vp", 2)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  it("names the model, the sessions and the form of the report, and reads it", async () => {
    const right = `[ "$*" = "verify model.vp --sessions 2 --format json" ] || exit 1; echo '${report("c0a0")}'`
    expect(await asked(right)).toEqual({ outcome: "holds" })
  })

  it("has no answer where the tool fails, whatever it printed, or isn't there", async () => {
    for (const body of [`echo '${report("c0")}'; exit 3`, "kill -9 $$", "exec nowhere"])
      expect(await asked(body)).toMatchObject({ outcome: "unknown" })
    expect(await ask("/nowhere/verifpal", "model.vp", 2)).toMatchObject({ outcome: "unknown" })
  })
})
