import { readdirSync, readFileSync } from "node:fs"
import path from "node:path"
import { gzipSync } from "node:zlib"
import { beforeAll, describe, expect, test } from "vitest"
import { buildApp, builtApp } from "../../apps/build.ts"
import { appNames } from "../../apps/policy.ts"

const read = (app: (typeof appNames)[number], file: string) => readFileSync(path.join(builtApp(app), file), "utf8")

/** A script and everything it imports before it runs; what it loads later is not among them. */
const withImports = (app: (typeof appNames)[number], script: string, found = new Set<string>()): Set<string> => {
  if (found.has(script)) return found
  found.add(script)
  for (const [, name] of read(app, `assets/${script}`).matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g))
    if (name !== undefined) withImports(app, name, found)
  return found
}

describe.each(appNames)("the built %s app", (app) => {
  beforeAll(() => buildApp(app), 120_000)

  test("runs its first screen on 40 kB of script, compressed", () => {
    const entry = /<script type="module"[^>]* src="\/assets\/([\w.-]+\.js)"/.exec(read(app, "index.html"))?.[1]
    if (entry === undefined) throw new Error("the page has no script")
    const scripts = [...withImports(app, entry)]
    const bytes = scripts.reduce((sum, script) => sum + gzipSync(read(app, `assets/${script}`), { level: 9 }).length, 0)
    expect(bytes).toBeGreaterThan(5_000)
    expect(bytes).toBeLessThanOrEqual(40_000)
  })

  test("has no script or style in the page itself, and loads from nowhere else", () => {
    const page = read(app, "index.html")
    expect(page).not.toMatch(/<style|\son\w+=|style=/)
    expect(page.match(/<script(?![^>]*\ssrc=)/)).toBeNull()
    for (const [, address] of page.matchAll(/(?:src|href)="([^"]*)"/g)) expect(address).toMatch(/^\/(?!\/)/)
  })

  test("has a worker that keeps every file of it, and nothing that it hasn't", () => {
    const kept: unknown = JSON.parse(/\[("\/[^\]]*)\]/.exec(read(app, "worker.js"))?.[0] ?? "null")
    const files = readdirSync(builtApp(app), { recursive: true, encoding: "utf8" })
      .map((file) => `/${file.split(path.sep).join("/")}`)
      .filter((file) => /\.\w+$/.test(file) && file !== "/worker.js")
    expect(kept).toEqual(files.sort())
  })

  test("decodes codes by its own WebAssembly, where it scans any", () => {
    const decoders = readdirSync(path.join(builtApp(app), "assets")).filter((file) => file.endsWith(".wasm"))
    // A patient scans the printed card when they recover on a new device, a member an invitation; the card page was opened by a camera.
    expect(decoders).toHaveLength(app === "card" ? 0 : 1)
  })
})

test("the card page is whole, with all six languages, in 60 kB as it is sent", () => {
  const files = readdirSync(builtApp("card"), { recursive: true, encoding: "utf8" }).filter((file) =>
    /\.\w+$/.test(file),
  )
  const bytes = files.reduce(
    (sum, file) => sum + gzipSync(readFileSync(path.join(builtApp("card"), file)), { level: 9 }).length,
    0,
  )
  expect(files.some((file) => file.endsWith(".html"))).toBe(true)
  expect(bytes).toBeLessThanOrEqual(60_000)
})
