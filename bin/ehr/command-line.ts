import { parseArgs } from "node:util"
import * as z from "zod/mini"
import { identifier } from "../../protocol/primitives.ts"
import type { Command, Given } from "./command.ts"
import { UsageError } from "./exit.ts"

/** What every command takes. */
const general = { json: { type: "boolean" }, profile: { type: "string" } } as const

/** One identifier in 64 begins with a hyphen: it is a value all the same, written so that `parseArgs` takes it for one. */
const withHyphens = (args: readonly string[], options: Command["options"]): string[] => {
  const end = args.indexOf("--")
  const written: string[] = []
  const positionals: string[] = end < 0 ? [] : args.slice(end + 1)
  for (const arg of end < 0 ? args : args.slice(0, end)) {
    const before = written.at(-1) ?? ""
    if (!(arg.startsWith("-") && z.safeParse(identifier, arg).success)) written.push(arg)
    else if (before.startsWith("--") && options[before.slice(2)]?.type === "string")
      written.splice(-1, 1, `${before}=${arg}`)
    else positionals.push(arg)
  }
  return positionals.length === 0 ? written : [...written, "--", ...positionals]
}

/** What a command is given by the words after its name; `UsageError` where they are none of its own. */
export const parseCommandLine = (command: Command, args: readonly string[]): Given => {
  const options = { ...command.options, ...general }
  try {
    const { values, positionals } = parseArgs({ args: withHyphens(args, options), allowPositionals: true, options })
    const [least, most] = command.positionals
    if (positionals.length < least || positionals.length > most) throw new UsageError("Too few or too many words.")
    // No option of ours may be repeated.
    const single = Object.entries(values).flatMap(([name, value]) => (Array.isArray(value) ? [] : [[name, value]]))
    return { values: Object.fromEntries(single), positionals }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : "Not a command line of ours.")
  }
}
