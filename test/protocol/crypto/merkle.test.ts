import * as fc from "fast-check"
import { describe, expect, test } from "vitest"
import { fromHex, toHex } from "../../../protocol/crypto/bytes.ts"
import { inclusionPath, isIncluded, leafHash, nodeHash, rootOf, treeHash } from "../../../protocol/crypto/merkle.ts"

// The inputs and roots that Certificate Transparency's implementations of RFC 6962 are held against
// (google/certificate-transparency, cpp/merkletree/merkle_tree_test.cc).
const inputs = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
const roots = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
const leavesOf = (data: readonly string[]) => Promise.all(data.map((hex) => leafHash(fromHex(hex))))

describe("vectors of RFC 6962", () => {
  test("the root of no leaves is the hash of nothing", async () => {
    expect(toHex(await treeHash([]))).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  })

  test("the roots of the first one to eight leaves", async () => {
    const leaves = await leavesOf(inputs)
    for (const [i, root] of roots.entries()) expect(toHex(await treeHash(leaves.slice(0, i + 1)))).toBe(root)
  })

  test.each([
    [
      0,
      8,
      [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
      ],
    ],
    [
      5,
      8,
      [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      ],
    ],
    [2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]],
    [
      1,
      5,
      [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
      ],
    ],
  ] as const)("give the path of leaf %i in a tree of %i", async (index, size, expected) => {
    const leaves = (await leavesOf(inputs)).slice(0, size)
    expect((await inclusionPath(index, leaves)).map(toHex)).toEqual(expected)
    const leaf = leaves[index] ?? new Uint8Array()
    expect(toHex((await rootOf(leaf, { index, size }, expected.map(fromHex))) ?? new Uint8Array())).toBe(
      roots[size - 1],
    )
  })
})

/** The tree of the definition, which hashes level by level: another way to the same root. */
const byLevels = async (leaves: readonly Uint8Array[]): Promise<Uint8Array | undefined> => {
  let level = leaves
  while (level.length > 1) {
    const next: Uint8Array[] = []
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i], level[i + 1]]
      if (left) next.push(right ? await nodeHash(left, right) : left)
    }
    level = next
  }
  return level[0]
}

const trees = fc
  .array(fc.uint8Array({ maxLength: 8 }), { minLength: 1, maxLength: 40 })
  .chain((data) => fc.record({ data: fc.constant(data), index: fc.nat(data.length - 1) }))
const grown = async ({ data, index }: { data: Uint8Array[]; index: number }) => {
  const leaves = await Promise.all(data.map(leafHash))
  const leaf = leaves[index] ?? new Uint8Array()
  const [root, path] = [await treeHash(leaves), await inclusionPath(index, leaves)]
  return { leaves, leaf, root, path, place: { index, size: leaves.length } }
}
const flipped = (bytes: Uint8Array, bit: number) => {
  const other = Uint8Array.from(bytes)
  const at = Math.floor(bit / 8) % other.length
  other[at] = (other[at] ?? 0) ^ (1 << (bit % 8))
  return other
}

describe("a tree", () => {
  test("has the root that hashing it level by level has", async () => {
    await fc.assert(
      fc.asyncProperty(trees, async (tree) => {
        const { leaves, root } = await grown(tree)
        expect(root).toEqual(await byLevels(leaves))
      }),
    )
  })

  test("includes each of its leaves, by a path no longer than its height", async () => {
    await fc.assert(
      fc.asyncProperty(trees, async (tree) => {
        const { root, leaf, path, place } = await grown(tree)
        expect(await isIncluded(root, leaf, place, path)).toBe(true)
        expect(path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(place.size)))
      }),
    )
  })

  test("includes nothing where any bit of the leaf, the root, or any level of the path is another", async () => {
    await fc.assert(
      fc.asyncProperty(trees, fc.nat(255), async (tree, bit) => {
        const { root, leaf, path, place } = await grown(tree)
        expect(await isIncluded(root, flipped(leaf, bit), place, path)).toBe(false)
        expect(await isIncluded(flipped(root, bit), leaf, place, path)).toBe(false)
        for (const level of path.keys()) {
          const changed = path.map((sibling, i) => (i === level ? flipped(sibling, bit) : sibling))
          expect(await isIncluded(root, leaf, place, changed)).toBe(false)
        }
      }),
    )
  })

  test("includes nothing by a path that is a level too short, too long, or in another order", async () => {
    await fc.assert(
      fc.asyncProperty(trees, async (tree) => {
        const { root, leaf, path, place } = await grown(tree)
        for (const level of path.keys())
          expect(
            await isIncluded(
              root,
              leaf,
              place,
              path.filter((_, i) => i !== level),
            ),
          ).toBe(false)
        expect(await isIncluded(root, leaf, place, [...path, root])).toBe(false)
        expect(await rootOf(leaf, place, [...path, root])).toBeUndefined()
        const reversed = path.toReversed()
        if (reversed.some((sibling, i) => toHex(sibling) !== toHex(path[i] ?? sibling)))
          expect(await isIncluded(root, leaf, place, reversed)).toBe(false)
      }),
    )
  })

  test("is not passed off as a smaller one: no node on the way up is its root", async () => {
    await fc.assert(
      fc.asyncProperty(trees, async (tree) => {
        const { leaf, path, place } = await grown(tree)
        for (const level of path.keys()) expect(await rootOf(leaf, place, path.slice(0, level))).toBeUndefined()
        if (path.length > 0) expect(await isIncluded(leaf, leaf, place, [])).toBe(false)
      }),
    )
  })

  test("includes no leaf at another's place, nor outside of it", async () => {
    await fc.assert(
      fc.asyncProperty(trees, fc.integer({ min: -2, max: 45 }), async (tree, index) => {
        const { leaves, root, leaf, path, place } = await grown(tree)
        const there = leaves[index]
        const same = there !== undefined && toHex(there) === toHex(leaf)
        if (!same) expect(await isIncluded(root, leaf, { ...place, index }, path)).toBe(false)
      }),
    )
  })

  test("takes no node for a leaf: the hash of two children is not that of their bytes", async () => {
    const [left, right] = await leavesOf(["00", "10"])
    if (!left || !right) throw new Error("no leaves")
    const both = new Uint8Array([...left, ...right])
    expect(await leafHash(both)).not.toEqual(await nodeHash(left, right))
  })

  test("has no path for a leaf it doesn't have", async () => {
    await expect(inclusionPath(2, await leavesOf(["00", "10"]))).rejects.toThrow(RangeError)
    await expect(inclusionPath(-1, await leavesOf(["00", "10"]))).rejects.toThrow(RangeError)
  })
})
