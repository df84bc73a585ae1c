import { expect, test } from "vitest"
import el from "../../apps/shared/words/el.ts"
import en from "../../apps/shared/words/en.ts"
import { sentences } from "../../bin/sentences.ts"
import { Problem } from "../../contract/errors.ts"
import { IntegrityFailure } from "../../protocol/integrity.ts"
import { Unreachable } from "../../sdk/api.ts"
import { codes } from "../../sdk/codes.ts"
import { TransferFailure } from "../../sdk/transfer/failure.ts"

test("a code means one thing: no two sources of codes share one", () => {
  expect(codes.length).toBeGreaterThan(80)
  expect(codes.toSorted()).toEqual([...new Set(codes)].toSorted())
})

test.each([
  ["the command line", sentences],
  ["the apps in English", en.codes],
  ["the apps in Greek", el.codes],
])("%s has a sentence for every code, and for nothing else", (_, dictionary) => {
  expect(Object.keys(dictionary).toSorted()).toEqual(codes.toSorted())
  for (const [code, sentence] of Object.entries(dictionary)) expect(sentence, code).toMatch(/^.{10,}[.;]$/)
})

test("an error of the SDK says its code and no sentence", () => {
  const errors = [
    new Problem("busy"),
    new IntegrityFailure("record-differs"),
    new TransferFailure("source-changed"),
    new Unreachable("unreachable"),
  ]
  expect(errors.map(({ message }) => message)).toEqual(errors.map(({ code }) => code))
  expect(errors.map(({ name }) => name)).toEqual(["Problem", "IntegrityFailure", "TransferFailure", "Unreachable"])
})
