import { expect, test } from "vitest"
import { isPinned, pinned } from "../../bench/fast-store.ts"

const built = (version: string, hash: string) =>
  `/bin/versitygw: go1.26.8\n\tpath\t${pinned.command}\n\tmod\t${pinned.module}\t${version}\t${hash}\n\tdep\texample.org/x\tv1.0.0\th1:x=\n`

test("only what was built from the pinned module, by version and hash, is started", () => {
  expect(isPinned(built(pinned.version, pinned.hash))).toBe(true)
  expect(isPinned(built("v1.8.1", pinned.hash))).toBe(false)
  expect(isPinned(built(pinned.version, "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="))).toBe(false)
  expect(isPinned(built("(devel)", ""))).toBe(false)
  expect(isPinned("")).toBe(false)
})
