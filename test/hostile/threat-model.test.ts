import { existsSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"

const model = readFileSync("docs/threat-model.md", "utf8")
const cited = [...model.matchAll(/^- `(test\/[^`]+\.test\.ts)`: "(.+)"$/gm)].map(([, file = "", name = ""]) => ({
  file,
  name,
}))

test("every test that the threat model names exists", () => {
  const missing = cited.filter(
    ({ file, name }) => !existsSync(file) || !readFileSync(file, "utf8").includes(`"${name}"`),
  )
  expect(missing).toEqual([])
})

test("every abuse of the threat model names a test, and every line that begins like one is read", () => {
  const [, ...abuses] = model.split(/^### /m)
  expect(abuses.length).toBeGreaterThanOrEqual(15)
  expect(abuses.filter((abuse) => !/^- `test\//m.test(abuse))).toEqual([])
  expect(cited).toHaveLength(model.match(/^- `test/gm)?.length ?? 0)
})
