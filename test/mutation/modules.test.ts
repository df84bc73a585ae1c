import { globSync } from "node:fs"
import { expect, test } from "vitest"
import { modules } from "./modules.ts"

const named = Object.entries(modules)

test.for(["functions/domain/**/*.ts", "protocol/*.ts", "protocol/crypto/*.ts", "certify/!(*.http|logged-words).ts"])(
  "each file of %s belongs to one module",
  (folder) => {
    const files = globSync(folder)
    expect(files).not.toEqual([])
    for (const file of files) {
      const owners = named.filter(([, { mutate }]) => mutate.some((pattern) => globSync(pattern).includes(file)))
      expect(
        owners.map(([name]) => name),
        file,
      ).toHaveLength(1)
    }
  },
)

test.for(named)("each pattern of %s names files, and its tests are tests", ([, { mutate, tests }]) => {
  for (const pattern of [...mutate, ...tests]) expect(globSync(pattern), pattern).not.toEqual([])
  for (const file of tests.flatMap((pattern) => globSync(pattern))) expect(file).toMatch(/\.test\.ts$/)
})
