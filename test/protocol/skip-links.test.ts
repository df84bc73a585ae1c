import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { isLinked, type Linked, linksBetween, namedBy, verifyLinks } from "../../protocol/skip-links.ts"
import { statementHash } from "../../protocol/statement.ts"

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url")
const header = part({ alg: "ES256", typ: "manifest" })
const compact = (payload: object) => `${header}.${part(payload)}.AAAA`
const parse = (payload: unknown) => payload as Linked

/** A line of `length` statements, number 1 first. `name` makes it another one from number `from` on. */
async function lineOf(length: number, name = "", from = 1): Promise<{ text: string; hash: string; linked: Linked }[]> {
  const line: { text: string; hash: string; linked: Linked }[] = []
  for (let number = 1; number <= length; number++) {
    const [previous = null, ...skips] = namedBy(number).map((named) => line[named - 1]!.hash)
    const linked = { number, previous, skips }
    const text = compact({ ...linked, name: number >= from ? name : "" })
    line.push({ text, hash: await statementHash(text), linked })
  }
  return line
}
const length = 70
const line = await lineOf(length)
const way = (from: number, to: number, of = line) => linksBetween(from, to).map((number) => of[number - 1]!.text)
const at = (number: number, of = line) => ({ number, hash: of[number - 1]?.hash ?? null })
const start = (number: number, of = line) => ({ ...of[number - 1]!.linked, hash: of[number - 1]!.hash })
const verify = (from: number, to: number, links = way(from, to)) => verifyLinks(start(from), links, at(to), parse)

describe("the numbers a statement names", () => {
  test.each([
    [1, []],
    [2, [1]],
    [3, [2]],
    [4, [3, 2]],
    [6, [5, 4]],
    [8, [7, 6, 4]],
    [12, [11, 10, 8]],
    [64, [63, 62, 60, 56, 48, 32]],
  ])("of %d are %j", (number, named) => {
    expect(namedBy(number)).toEqual(named)
  })

  test("are named exactly where a statement is well linked", () => {
    for (const { linked } of line) {
      expect(isLinked(linked)).toBe(true)
      expect(isLinked({ ...linked, skips: [...linked.skips, "a"] })).toBe(false)
      expect(isLinked({ ...linked, skips: linked.skips.slice(1) })).toBe(linked.skips.length === 0)
      expect(isLinked({ ...linked, previous: linked.previous === null ? "a" : null })).toBe(false)
    }
  })
})

describe("the way back", () => {
  test("has at most two steps for each binary digit, each named by the one before", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), fc.integer({ min: 0, max: 2 ** 40 }), (from, below) => {
        const to = below % from
        const numbers = linksBetween(from, to)
        expect(numbers.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(from + 1)))
        for (const [i, number] of numbers.entries()) {
          expect(namedBy(numbers[i - 1] ?? from)).toContain(number)
          expect(number).toBeGreaterThan(to)
        }
        const last = numbers.at(-1) ?? from
        if (to > 0) expect(namedBy(last)).toContain(to)
        else expect(last).toBe(1)
      }),
    )
  })

  test("is empty between neighbours and from a statement to itself", () => {
    expect(linksBetween(5, 4)).toEqual([])
    expect(linksBetween(8, 4)).toEqual([])
    expect(linksBetween(5, 5)).toEqual([])
    expect(linksBetween(13, 3)).toEqual([12, 8, 4])
  })

  test("leads from any statement to any before it, to itself and to the beginning", async () => {
    for (const from of [1, 2, 3, 4, 31, 32, 33, 63, 64, 70]) for (let to = 0; to <= from; to++) await verify(from, to)
  })

  test("doesn't lead forward, nor to another of the same number", async () => {
    await expect(verify(4, 5, [])).rejects.toThrow("older")
    const other = await lineOf(8, "other", 8)
    await expect(verifyLinks(start(8), [], at(8, other), parse)).rejects.toThrow("same number")
    await expect(verifyLinks(start(8), [line[6]!.text], at(8), parse)).rejects.toThrow("same number")
    await verifyLinks(start(8), [], at(8), parse)
  })

  test("never leads into a fork, wherever it begins and however far apart both are", async () => {
    for (const fork of [1, 2, 8, 9, 40, 64]) {
      const other = await lineOf(length, "other", fork)
      for (const from of [fork + 1, 65, 70].filter((number) => number > fork))
        for (let to = fork; to < from; to += 3) {
          await expect(verifyLinks(start(from), way(from, to), at(to, other), parse)).rejects.toThrow()
          await expect(verifyLinks(start(from), way(from, to, other), at(to, other), parse)).rejects.toThrow()
          await expect(verifyLinks(start(from, other), way(from, to), at(to), parse)).rejects.toThrow()
        }
      if (fork > 1) await verifyLinks(start(70, other), way(70, fork - 1, other), at(fork - 1), parse)
    }
  })

  test("doesn't end where there was no beginning", async () => {
    await expect(verifyLinks(start(4), way(4, 0), { number: 0, hash: line[0]!.hash }, parse)).rejects.toThrow("past")
    const headless = { ...start(1), previous: line[5]!.hash }
    await expect(verifyLinks(headless, [], { number: 0, hash: null }, parse)).rejects.toThrow("past")
    const unnamed = { ...start(4), skips: [] }
    await expect(verifyLinks(unnamed, [], at(2), parse)).rejects.toThrow("past")
  })

  test("is refused with a link too many, too few, exchanged or changed", async () => {
    const links = way(47, 3)
    expect(links.length).toBeGreaterThan(3)
    await verify(47, 3, links)
    for (const bad of [
      [],
      links.slice(1),
      links.slice(0, -1),
      links.toReversed(),
      [...links, line[2]!.text],
      [line[45]!.text, ...links],
      links.with(1, line[20]!.text),
      links.with(1, compact({ ...start(linksBetween(47, 3)[1]!), name: "x" })),
    ])
      await expect(verify(47, 3, bad)).rejects.toThrow()
  })

  test("believes no link that isn't a statement, or whose number isn't its own", async () => {
    await expect(verify(4, 1, ["", ...way(4, 1).slice(1)])).rejects.toThrow()
    const liar = compact({ number: 1, previous: null, skips: [] })
    const from = { number: 3, previous: await statementHash(liar), skips: [], hash: "h" }
    await expect(verifyLinks(from, [liar], at(1), parse)).rejects.toThrow("broken link")
  })
})
