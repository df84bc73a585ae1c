import { expect, test } from "vitest"
import { cardCommand } from "../../bin/ehr/card.ts"
import { parseCommandLine } from "../../bin/ehr/command-line.ts"
import { downloadCommand } from "../../bin/ehr/download.ts"
import { emergencyCommand } from "../../bin/ehr/emergency.ts"
import { UsageError } from "../../bin/ehr/exit.ts"

const id = `-${"A".repeat(20)}Q`

test("an identifier that begins with a hyphen is the value it is, wherever it stands", () => {
  expect(parseCommandLine(downloadCommand, [id, "--output", "file", "--json"])).toEqual({
    positionals: [id],
    values: { output: "file", json: true },
  })
  expect(parseCommandLine(downloadCommand, ["--json", id, "--output", "file"]).positionals).toEqual([id])
  expect(parseCommandLine(cardCommand, ["--revoke", id, "--json"])).toMatchObject({
    positionals: [],
    values: { revoke: id, json: true },
  })
  expect(parseCommandLine(emergencyCommand, ["--yes", "--record", id]).values).toEqual({ yes: true, record: id })
})

test("what follows two hyphens is no option, whatever it begins with", () => {
  for (const word of [id, "record", "--colour"])
    expect(parseCommandLine(downloadCommand, ["--output", "file", "--", word])).toMatchObject({
      positionals: [word],
      values: { output: "file" },
    })
})

test("a word that is no identifier and begins with a hyphen is an option, and unknown", () => {
  for (const word of ["--colour", "-x", `${id}A`, "--output-folder"])
    expect(() => parseCommandLine(downloadCommand, [word, "--output", "file"])).toThrow(UsageError)
})

test("too few words, too many, and an option without its value are refused", () => {
  for (const args of [
    ["--output", "file"],
    ["record", id, "--output", "file"],
    ["record", "--output"],
  ])
    expect(() => parseCommandLine(downloadCommand, args)).toThrow(UsageError)
})
