import { createInterface } from "node:readline/promises"
import { Writable } from "node:stream"
import { UsageError } from "./exit.ts"

const mute = () => new Writable({ write: (_chunk, _encoding, done) => done() })

/**
 * A secret, from the environment variable `name` or typed without echo. Never an argument: those stand in the list of processes and in a shell's
 * history.
 */
export const askSecret = async (name: string, question: string): Promise<string> => {
  const given = process.env[name]
  if (given !== undefined && given !== "") return given
  const { stdin, stderr } = process
  if (!stdin.isTTY) throw new UsageError(`There is no terminal to ask at: set ${name}.`)
  stderr.write(question)
  const terminal = createInterface({ input: stdin, output: mute(), terminal: true })
  try {
    return await terminal.question("")
  } finally {
    terminal.close()
    stderr.write("\n")
  }
}
