import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import * as z from "zod/mini"

const version = "1.6.7"
const timeoutMs = 240_000
const reportBytes = 64 * 1024 * 1024
/** Where the binary is built, beside what else this repository makes and does not keep. */
const root = join(import.meta.dirname, "../../.local", `verifpal-${version}`)

const run = promisify(execFile)

/** What the tool says of one model. */
export type Verdict =
  | { readonly outcome: "holds" }
  | { readonly outcome: "broken"; readonly queries: readonly string[] }
  /** It gave no answer that counts: an error in the model, a search cut short, no end in time. */
  | { readonly outcome: "unknown"; readonly because: string }

const reportSchema = z.object({
  version: z.literal(version),
  models: z.tuple([
    z.union([
      z.object({
        ok: z.literal(true),
        analysis: z.object({
          sessions: z.int(),
          code: z.string(),
          queries: z.array(z.object({ query: z.string(), envelope: z.object({ exhausted: z.boolean() }) })),
        }),
      }),
      z.object({ ok: z.literal(false), error: z.string() }),
    ]),
  ]),
})

/** Returns the verdict in a report of `verifpal verify --format json`; unknown wherever the report is not the expected one. */
export function readVerdict(report: string, sessions: number): Verdict {
  const parsed = parseReport(report)
  if (parsed === undefined) return { outcome: "unknown", because: "Verifpal's report can't be read." }
  const [model] = parsed.models
  if (!model.ok) return { outcome: "unknown", because: model.error }
  const { code, queries, sessions: searched } = model.analysis
  const answers = [...code.matchAll(/[a-z]([01])/g)].map(([, digit]) => digit === "1")
  if (queries.length === 0 || !/^([a-z][01])+$/.test(code) || answers.length !== queries.length) {
    return { outcome: "unknown", because: `The code ${code} doesn't answer ${queries.length} queries.` }
  }
  if (searched !== sessions) return { outcome: "unknown", because: `It searched ${searched} sessions.` }
  const broken = queries.filter((_, at) => answers[at]).map(({ query }) => query)
  if (broken.length > 0) return { outcome: "broken", queries: broken }
  if (queries.some(({ envelope }) => !envelope.exhausted)) {
    return { outcome: "unknown", because: "The search was cut short." }
  }
  return { outcome: "holds" }
}

function parseReport(report: string): z.infer<typeof reportSchema> | undefined {
  try {
    return z.parse(reportSchema, JSON.parse(report))
  } catch {
    return undefined
  }
}

/** Returns the path of Verifpal. Builds it by cargo the first time, which takes some minutes; offline afterwards. */
export async function verifpal(log: (line: string) => void): Promise<string> {
  const binary = join(root, "bin", "verifpal")
  if (existsSync(binary)) return binary
  log(`Building Verifpal ${version} by cargo (once, some minutes) ...`)
  const install = ["install", `verifpal@${version}`, "--locked", "--ignore-rust-version", "--root", root]
  try {
    await run("cargo", install, { maxBuffer: reportBytes })
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error
    throw new Error("Rust's cargo is not installed, by which Verifpal is built (https://rustup.rs).", { cause: error })
  }
  return binary
}

/** Returns what Verifpal finds in the file, whose every principal runs so many times at once. */
export async function ask(binary: string, file: string, sessions: number): Promise<Verdict> {
  try {
    const { stdout } = await run(binary, ["verify", file, "--sessions", String(sessions), "--format", "json"], {
      timeout: timeoutMs,
      killSignal: "SIGKILL",
      maxBuffer: reportBytes,
    })
    return readVerdict(stdout, sessions)
  } catch (error) {
    return { outcome: "unknown", because: error instanceof Error ? error.message : String(error) }
  }
}
