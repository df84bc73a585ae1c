import { describe, expect, test } from "vitest"
import { listedChanges, writeNamed } from "../../functions/domain/named-changes.ts"
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
  expect(await writeNamed(writing.write, changes)).toEqual({ outcome: "written" })
  expect(writing.seen).toEqual([all])
  expect(listedChanges(changes).map(({ name }) => name)).toEqual(["one", "several", "several", "last"])
})

test("a conflict says by name what it lost to, each name once", async () => {
  const lostTo = async (at: readonly number[]) => {
    const written = await writeNamed(store({ outcome: "conflict", at }).write, changes)
    return written.outcome === "conflict" ? [...written.lostTo] : undefined
  }
  expect(await lostTo([0])).toEqual(["one"])
  expect(await lostTo([1, 2])).toEqual(["several"])
  expect(await lostTo([2, 3])).toEqual(["several", "last"])
})

describe("a change that can be made anew", () => {
  const revisions = (seen: readonly (readonly Change[])[]) =>
    seen.map((sent) => sent.map((change) => ("revision" in change ? change.revision : undefined)))
  const renewed = (attempts: number) => {
    const change = check()
    let revision = 1
    return { change, attempts, anew: async () => ({ ...change, revision: ++revision }) }
  }

  test("is tried again with all others where it alone was lost, as often as it says", async () => {
    const writing = store({ outcome: "conflict", at: [1] })
    const written = await writeNamed(writing.write, { one: check(), counted: renewed(3) })
    expect(written).toEqual({ outcome: "conflict", lostTo: new Set(["counted"]) })
    expect(revisions(writing.seen)).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
    ])
  })

  test("is not tried again where another was lost with it, and does not hide that one", async () => {
    const writing = store({ outcome: "conflict", at: [0, 1] })
    const written = await writeNamed(writing.write, { one: check(), counted: renewed(3) })
    expect(written).toEqual({ outcome: "conflict", lostTo: new Set(["one"]) })
    expect(writing.seen).toHaveLength(1)
  })

  test("ends the attempt with what it refuses by then", async () => {
    const anew = async () => {
      throw new Error("too often")
    }
    const writing = store({ outcome: "conflict", at: [0] })
    await expect(writeNamed(writing.write, { counted: { change: check(), attempts: 3, anew } })).rejects.toThrow(
      "too often",
    )
  })
})
