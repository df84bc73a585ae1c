import { expect, test } from "vitest"
import { cardCommand } from "../../bin/ehr/card.ts"
import { UsageError } from "../../bin/ehr/exit.ts"
import { openLines, openPartOf } from "../../bin/ehr/open-part.ts"
import { openLineKinds } from "../../protocol/open-part.ts"

test("what a card says is given word by word, and printed with what each line is about", () => {
  const said = openPartOf([
    "name=Eleni",
    "allergy=Penicillin = bad",
    "medicine=Warfarin",
    "call=Nikos, son, +30 210 1234567",
  ])
  expect(said).toEqual({
    name: "Eleni",
    language: "en",
    lines: [
      { about: "allergy", text: "Penicillin = bad" },
      { about: "medicine", text: "Warfarin" },
    ],
    contact: { name: "Nikos, son", phone: "+30 210 1234567" },
  })
  expect(openLines(said)).toEqual([
    "Allergy: Penicillin = bad",
    "Medicine: Warfarin",
    "Contact: Nikos, son +30 210 1234567",
  ])
  expect(openPartOf(["medicine=Βαρφαρίνη"]).language).toBe("el")
  for (const kind of openLineKinds)
    expect(openLines(openPartOf([`${kind}=x`]))).toEqual([expect.stringMatching(/^\w+: x$/)])
})

test.each([
  [[]],
  [["Penicillin"]],
  [["=Penicillin"]],
  [["blood=A"]],
  [["allergy="]],
  [["name=a", "name=b"]],
  [["call=Nikos"]],
  [["call=Nikos, at home"]],
  [["call=, +30 210 1234567"]],
  [[`other=${"x".repeat(121)}`]],
])("%j is nothing that a card can say", (words) => {
  expect(() => openPartOf(words)).toThrow(UsageError)
})

test("one thing is done with a card at a time, and words without --say are refused, before anybody is asked for a password", () => {
  const context = { directory: "/nowhere", signal: new AbortController().signal }
  const run =
    (values: Record<string, string | boolean>, positionals: string[] = []) =>
    () =>
      cardCommand.run({ values, positionals }, context)
  expect(run({ revoke: "A", say: "B" }, ["name=x"])).toThrow(UsageError)
  expect(run({ list: true, silence: "B" })).toThrow(UsageError)
  expect(run({ list: true }, ["name=x"])).toThrow(UsageError)
  expect(run({ say: "B" }, ["sick"])).toThrow(UsageError)
  expect(run({ change: "B", revoke: "B" })).toThrow(UsageError)
})
