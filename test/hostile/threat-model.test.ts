import { existsSync, readFileSync } from "node:fs"
import { expect, test } from "vitest"
import { stories } from "../../attack/stories.ts"

const model = readFileSync("docs/threat-model.md", "utf8")
const cited = [...model.matchAll(/^- `((?:test\/[^`]+\.test|attack\/stories\/[a-z-]+)\.ts)`: "(.+)"$/gm)].map(
  ([, file = "", name = ""]) => ({ file, name }),
)

const isThere = ({ file, name }: (typeof cited)[number]) =>
  existsSync(file) &&
  (file.startsWith("attack/")
    ? stories.some((story) => story.name === name)
    : readFileSync(file, "utf8").includes(`"${name}"`))

test("every test and every story that the threat model names exists", () => {
  expect(cited.filter((each) => !isThere(each))).toEqual([])
})

test("every story is named by the threat model", () => {
  const named = new Set(cited.map(({ name }) => name))
  expect(stories.map(({ name }) => name).filter((name) => !named.has(name))).toEqual([])
})

test("every abuse of the threat model names a test, and every line that begins like one is read", () => {
  const [, ...abuses] = model.split(/^### /m)
  expect(abuses.length).toBeGreaterThanOrEqual(30)
  expect(abuses.map((abuse) => Number.parseInt(abuse, 10))).toEqual(abuses.map((_, i) => i + 1))
  expect(abuses.filter((abuse) => !/^- `(test|attack)\//m.test(abuse))).toEqual([])
  expect(cited).toHaveLength(model.match(/^- `(?:test|attack)/gm)?.length ?? 0)
})
