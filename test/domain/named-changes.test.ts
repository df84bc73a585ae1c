import { expect, test } from "vitest"
import { listedChanges, namesAmong, writeNamed } from "../../functions/domain/named-changes.ts"
import type { Change, Written } from "../../functions/domain/ports.ts"
import { newId } from "../fakes/call.ts"

const check = (): Change => ({ check: { kind: "patient", patientId: newId() }, revision: 1 })
const changes = { one: check(), none: [], several: [check(), check()], last: check() }
const store = (written: Written) => {
  const seen: (readonly Change[])[] = []
  return {
    seen,
    write: async (sent: readonly Change[]) => {
      seen.push(sent)
      return written
    },
  }
}

test("named changes are written together, each of a name's in its order", async () => {
  const all = [changes.one, ...changes.several, changes.last]
  const writing = store({ outcome: "written" })
  expect(await writeNamed(writing, changes)).toEqual({ outcome: "written" })
  expect(writing.seen).toEqual([all])
  expect(listedChanges(changes).map(({ name }) => name)).toEqual(["one", "several", "several", "last"])
})

test("a conflict says by name what it lost to, each name once", async () => {
  const lostTo = async (at: readonly number[]) => {
    const written = await writeNamed(store({ outcome: "conflict", at }), changes)
    return written.outcome === "conflict" ? [...written.lostTo] : undefined
  }
  expect(await lostTo([0])).toEqual(["one"])
  expect(await lostTo([1, 2])).toEqual(["several"])
  expect(await lostTo([2, 3])).toEqual(["several", "last"])
})

test("names that changes don't have are left out", () => {
  expect([...namesAmong(changes, ["one", "usage", "toString"])]).toEqual(["one"])
})
