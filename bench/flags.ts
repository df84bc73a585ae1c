import { parseArgs } from "node:util"
import { loopbackEndpoint } from "../local/endpoint.ts"

/** What can be measured alone. */
export const sections = ["upload", "download", "steps", "memory", "emergency", "growth", "bundles", "surge"] as const
export type Section = (typeof sections)[number]

export interface Flags {
  /** Small and few: a check of the harness, not of the budgets. */
  readonly quick: boolean
  readonly only: ReadonlySet<Section>
  /** An S3 endpoint to measure in place of those that are started here. */
  readonly s3: string | undefined
}

const isSection = (word: string): word is Section => sections.some((section) => section === word)

/** Throws, saying what may be given, for anything else; an endpoint that isn't loopback is refused before anything is sent to it. */
export const readFlags = (args: readonly string[]): Flags => {
  const { values } = parseArgs({
    args: [...args],
    options: { quick: { type: "boolean", default: false }, only: { type: "string" }, s3: { type: "string" } },
  })
  const named = values.only === undefined ? [...sections] : values.only.split(",")
  const only = new Set<Section>()
  for (const word of named) {
    if (!isSection(word)) throw new Error(`--only takes ${sections.join(", ")}; not "${word}".`)
    only.add(word)
  }
  const s3 = values.s3 === undefined ? undefined : loopbackEndpoint(values.s3).origin
  return { quick: values.quick, only, s3 }
}
