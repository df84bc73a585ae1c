/** `node bench/sealing.ts`: what the hybrid key costs against P-256 alone, in Node, in Chromium, and there on a slowed processor. */
import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { gzipSync } from "node:zlib"
import { build } from "esbuild"
import { type Browser, chromium } from "playwright-core"
import { type CaseName, type SealingTimes, sealedLength, steps } from "./sealing-cases.ts"
import { median, quantile } from "./statistics.ts"

type Times = Record<CaseName, SealingTimes>
declare global {
  var sealing: typeof import("./sealing-cases.ts")
}

const run = promisify(execFile)
const cases = new URL("sealing-cases.ts", import.meta.url).pathname
const rounds = 15
const batch = 10
const realms = 5
const slowdown = 6

const minified = async (contents: string): Promise<Uint8Array> => {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    minify: true,
    format: "iife",
    globalName: "sealing",
    platform: "browser",
    write: false,
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error("nothing was bundled")
  return file.contents
}

/** A new process for each realm, so that each has its first time. */
const inNode = async (): Promise<Times> => {
  const script = `import(${JSON.stringify(cases)}).then(async (m) => console.log(JSON.stringify(await m.measureSealing(${rounds}, ${batch}))))`
  const { stdout } = await run(process.execPath, ["--eval", script])
  const times: Times = JSON.parse(stdout)
  return times
}

/** A new page for each realm, in a secure context that nothing serves. */
const inChromium = async (browser: Browser, script: string, rate: number): Promise<Times> => {
  const page = await browser.newPage()
  await page.route("https://sealing.test/", (route) =>
    route.fulfill({ body: "<!doctype html>", contentType: "text/html" }),
  )
  await page.goto("https://sealing.test/")
  const session = await page.context().newCDPSession(page)
  await session.send("Emulation.setCPUThrottlingRate", { rate })
  await page.addScriptTag({ content: script })
  const times = await page.evaluate(([n, of]) => globalThis.sealing.measureSealing(n, of), [rounds, batch] as const)
  await page.close()
  return times
}

const merged = (all: readonly Times[], name: CaseName, step: keyof SealingTimes): number[] =>
  all.flatMap((times) => times[name][step])

const ms = (value: number): string => value.toFixed(2)

const row = (where: string, all: readonly Times[], step: keyof SealingTimes): string => {
  const [curve, hybrid] = [merged(all, "curve", step), merged(all, "hybrid", step)]
  const ratios = hybrid.map((value, i) => value / (curve[i] ?? Number.NaN))
  const cells = [median(curve), median(hybrid), quantile(hybrid, 0.95)].map(ms)
  return `| ${where} | ${step} | ${cells.join(" | ")} | ${median(ratios).toFixed(1)} |`
}

const sizes = async (): Promise<string[]> => {
  const primitives = `export * from "jose/jwe/compact/encrypt"; export * from "jose/jwe/compact/decrypt"; export * from "canonicalize"`
  const sealing = `export * from "../protocol/sealing.ts"`
  const [without, whole] = await Promise.all([minified(primitives), minified(`${primitives}; ${sealing}`)])
  const kB = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`
  const zipped = gzipSync(whole, { level: 9 }).length - gzipSync(without, { level: 9 }).length
  return [
    `A sealed data key: ${await sealedLength("curve")} characters by P-256 alone, ${await sealedLength("hybrid")} hybrid.`,
    `Script added to a page: ${kB(whole.length - without.length)} minified, ${kB(zipped)} compressed.`,
  ]
}

const script = new TextDecoder().decode(await minified(`export * from "./sealing-cases.ts"`))
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] })
const results: Record<string, Times[]> = { Node: [], Chromium: [], [`Chromium / ${slowdown}`]: [] }
for (let realm = 0; realm < realms; realm += 1) {
  results["Node"]?.push(await inNode())
  results["Chromium"]?.push(await inChromium(browser, script, 1))
  results[`Chromium / ${slowdown}`]?.push(await inChromium(browser, script, slowdown))
}
await browser.close()
console.log("| where | step | P-256 ms | hybrid ms | hybrid p95 | ratio |\n| --- | --- | --- | --- | --- | --- |")
for (const [where, all] of Object.entries(results)) {
  for (const step of [...steps, "first"] as const) console.log(row(where, all, step))
}
for (const line of await sizes()) console.log(line)
