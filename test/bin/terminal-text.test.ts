import { execFile } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { promisify } from "node:util"
import { afterAll, expect, test } from "vitest"
import { messageOf, terminalJson, terminalText } from "../../bin/terminal-text.ts"

const folder = mkdtempSync(path.join(tmpdir(), "terminal-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Sets the window's title, turns the text red, begins a control sequence in one byte, reverses what follows. */
const driving = "\u001b]0;pwned\u0007\u001b[31mRED\u009b2J\u202eabc\u{e0041}"
// oxlint-disable-next-line no-control-regex -- they are what must not be there
const drivers = /[\u001b\u0007\u009b\u202e]|\u{e0041}/u

test("a text for the terminal keeps its words and lines, and loses what drives a terminal", () => {
  expect(terminalText(`${driving}\nΑλλεργία\u200d`)).toBe("]0;pwned[31mRED2Jabc\nΑλλεργία\u200d")
  expect(messageOf(new Error(driving))).not.toMatch(drivers)
})

test("a value for the terminal is the same value, with what drives a terminal as its escape", () => {
  const written = terminalJson({ title: driving })
  expect(written).not.toMatch(drivers)
  expect(JSON.parse(written)).toEqual({ title: driving })
})

test.each([
  ["bin/audit-verify.ts", []],
  ["bin/certify.ts", []],
  ["bin/ehr.ts", ["emergency", "--yes", "--certificate", "x", "--card"]],
  ["bin/ehr.ts", ["upload", "--category", driving]],
])("%s %j repeats no control of a file or a word that it can't read", async (command, args) => {
  const file = path.join(folder, "broken.json")
  writeFileSync(file, driving)
  const run = promisify(execFile)(process.execPath, [command, ...args, file], {
    cwd: path.join(import.meta.dirname, "../.."),
  })
  const failed = await run.then(
    () => expect.unreachable(),
    (error: { stdout: string; stderr: string }) => error,
  )
  expect(failed.stderr.length).toBeGreaterThan(10)
  expect(failed.stdout + failed.stderr).not.toMatch(drivers)
})
