import { describe, expect, test } from "vitest"
import { type FileItem, type Item, joined, moved, pagesOf, parted } from "../../apps/ehr/adding/items.ts"
import { pdfOfPictures } from "../../apps/shared/files/pdf-of-pictures.ts"
import type { PreparedFile } from "../../apps/shared/files/prepare.ts"
import { pictures } from "../kit/pictures.ts"

const jpeg = new Blob([pictures["image/jpeg"]])

describe("a PDF of pictures", () => {
  const pages = [
    { jpeg, width: 1800, height: 2400 },
    { jpeg, width: 2400, height: 1800 },
  ]
  const written = async () => Buffer.from(await pdfOfPictures(pages).arrayBuffer()).toString("latin1")

  test("says of each of its objects where it begins", async () => {
    const text = await written()
    const start = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)?.[1])
    const [, count, table = ""] = /^xref\n0 (\d+)\n([^t]*)trailer/.exec(text.slice(start)) ?? []
    const entries = table.match(/.{20}/gs) ?? []
    expect(entries).toHaveLength(Number(count))
    for (const [number, entry] of entries.entries())
      if (number > 0) expect(text.slice(Number(entry.slice(0, 10)))).toMatch(new RegExp(`^${number} 0 obj\\n`))
  })

  test("has each picture bit for bit, on a sheet that lies as the picture does", async () => {
    const text = await written()
    const coded = Buffer.from(pictures["image/jpeg"]).toString("latin1")
    expect(text.split(coded)).toHaveLength(3)
    expect(text.match(/\/MediaBox\[[^\]]*\]/g)).toEqual([
      "/MediaBox[0 0 595.28 841.89]",
      "/MediaBox[0 0 841.89 595.28]",
    ])
    expect(text).toContain("/Kids[3 0 R 6 0 R]")
  })

  test("says nothing of who made it, when and by what", async () => {
    expect(await written()).not.toMatch(/Info|Creat|Produc|Title|Date/)
  })
})

const prepared = (kind: "image" | "pdf", cleaned = true): PreparedFile => ({
  file: new File([jpeg], "scan.jpg"),
  detected: { kind, contentType: kind === "image" ? "image/jpeg" : "application/pdf", category: "document" },
  ...(kind === "image"
    ? { picture: cleaned ? { outcome: "cleaned" } : { outcome: "uncleaned", because: "undecodable" } }
    : {}),
})
const item = (key: number, of: PreparedFile): FileItem => ({
  kind: "file",
  key,
  name: `scan ${key}.jpg`,
  title: `scan ${key}`,
  category: "laboratory",
  prepared: of,
  asItIs: false,
})
const chosen: readonly Item[] = [
  item(1, prepared("pdf")),
  item(2, prepared("image")),
  item(3, prepared("image", false)),
  item(4, prepared("image")),
]
const keysOf = (items: readonly Item[]) => items.map(({ key }) => key)

describe("pictures that become one document", () => {
  test("stand in the place and under the title of the first; what isn't clean stays by itself", () => {
    const together = joined(chosen)
    expect(keysOf(together)).toEqual([1, 2, 3])
    expect(together[1]).toMatchObject({ kind: "pages", title: "scan 2", category: "laboratory" })
    expect(together.flatMap(pagesOf).map(({ name }) => name)).toEqual(["scan 2.jpg", "scan 4.jpg"])
  })

  test("take in pictures that are chosen later, after their own", () => {
    const more = joined([...joined(chosen), item(5, prepared("image"))])
    expect(keysOf(more)).toEqual([1, 2, 3])
    expect(more.flatMap(pagesOf).map(({ key }) => key)).toEqual([2, 4, 5])
  })

  test("are documents of their own again when that is wanted", () => {
    const together = joined(chosen)
    const [, pages] = together
    if (pages?.kind !== "pages") throw new Error("no pages")
    expect(keysOf(parted(together, pages))).toEqual([1, 2, 4, 3])
  })

  test("are none where no picture is chosen", () => {
    const [pdf] = chosen
    expect(joined(pdf === undefined ? [] : [pdf])).toEqual([pdf])
  })

  test("change places with the page before or after, and stay at either end", () => {
    const pages = joined(chosen).flatMap(pagesOf)
    const order = (key: number, by: -1 | 1) => moved(pages, key, by).map((page) => page.key)
    expect(order(2, 1)).toEqual([4, 2])
    expect(order(4, -1)).toEqual([4, 2])
    expect(order(2, -1)).toEqual([2, 4])
    expect(order(4, 1)).toEqual([2, 4])
    expect(order(9, 1)).toEqual([2, 4])
  })
})
