import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import * as z from "zod/mini"
import { trustPolicy } from "../../protocol/trust-policy.ts"

test("the example of docs/operations.md is a trust policy once the authority's own values are in it", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/operations.md"), "utf8")
  const [, example = ""] = /```json\n([^`]+)```/.exec(page) ?? []
  const filled = example.replaceAll(/"<hex[^>]*>"/g, `"${"ab".repeat(32)}"`).replaceAll(/"<[^>]*>"/g, '"MAAA"')
  expect(example).toContain("<")
  expect(z.safeParse(trustPolicy, JSON.parse(filled))).toMatchObject({ success: true })
})
