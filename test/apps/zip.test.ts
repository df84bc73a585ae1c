import { describe, expect, test } from "vitest"
import { bytesOf } from "../../apps/shared/files/bytes.ts"
import { readZip, unpackEntry, ZipFailure } from "../../apps/shared/files/zip.ts"
import { isLeftover, safeName, zipName } from "../../apps/shared/files/zip-names.ts"
import { joined } from "../../protocol/crypto/bytes.ts"
import { type ZipChange, zipOf } from "../kit/zip.ts"

const letter = new TextEncoder().encode("Kalium 4.2 mmol/l\n".repeat(200))
const files = { "letters/letter.txt": letter, "letters/": new Uint8Array(), "short.txt": bytesOf("short") }
const most = 1_000_000

const entryOf = async (bytes: Uint8Array<ArrayBuffer>, path: string) => {
  const file = new Blob([bytes])
  const entry = (await readZip(file)).find((each) => each.path === path)
  if (entry === undefined) throw new Error(`no ${path}`)
  return unpackEntry(file, entry, most)
}
const failureOf = async (attempt: Promise<unknown>): Promise<string> => {
  const error = await attempt.then(
    () => undefined,
    (why: unknown) => why,
  )
  return error instanceof ZipFailure ? error.code : `no failure of an archive: ${String(error)}`
}

describe("an archive", () => {
  test("has its files, deflated or not, and no folders", async () => {
    const bytes = zipOf(files)
    expect((await readZip(new Blob([bytes]))).map(({ path }) => path)).toEqual(["letters/letter.txt", "short.txt"])
    expect(await entryOf(bytes, "letters/letter.txt")).toEqual(letter)
    expect(await entryOf(bytes, "short.txt")).toEqual(bytesOf("short"))
  })

  test("is read past a comment at its end, and without any file in it", async () => {
    const bytes = zipOf(files)
    const commented = joined([bytes.subarray(0, -2), Uint8Array.of(5, 0), bytesOf("PK\x05\x06!")])
    expect(await entryOf(commented, "short.txt")).toEqual(bytesOf("short"))
    expect(await readZip(new Blob([zipOf({})]))).toEqual([])
  })

  test("whose numbers don't fit is read by the longer ones", async () => {
    const plain = zipOf({ "a.txt": bytesOf("aa") })
    const directory = plain.length - 22 - 46 - 5
    const long = (n: number) => Uint8Array.of(n, 0, 0, 0, 0, 0, 0, 0)
    const all = Uint8Array.from(plain)
    all.set([0xff, 0xff, 0xff, 0xff], directory + 24)
    all.set([12, 0], directory + 30)
    const body = joined([
      all.subarray(0, directory + 46 + 5),
      Uint8Array.of(1, 0, 8, 0),
      long(2),
      bytesOf("PK\x06\x06"),
      long(44),
      new Uint8Array(12),
      long(1),
      long(1),
      long(46 + 5 + 12),
      long(directory),
      bytesOf("PK\x06\x07"),
      new Uint8Array(4),
      long(directory + 46 + 5 + 12),
      Uint8Array.of(1, 0, 0, 0),
      bytesOf("PK\x05\x06"),
      new Uint8Array(4),
      new Uint8Array(12).fill(0xff),
      new Uint8Array(2),
    ])
    expect(await entryOf(body, "a.txt")).toEqual(bytesOf("aa"))
  })

  test.each([
    ["is encrypted", { flags: 1 }, "encrypted"],
    ["is packed by another method", { method: 12 }, "unsupported"],
    ["isn't the one that was packed", { crc: 1 }, "damaged"],
    ["is longer than it says", { size: letter.length - 1 }, "damaged"],
    ["is shorter than it says", { size: letter.length + 1 }, "damaged"],
    ["is larger than was asked for", { size: most + 1 }, "too-large"],
  ] satisfies [string, ZipChange, string][])("with a file that %s gives none of it", async (_, change, code) => {
    const bytes = zipOf({ a: letter }, { a: change })
    expect(await failureOf(entryOf(bytes, "a"))).toBe(code)
  })

  test("with a file that is packed too well to be anybody's is refused before it is unpacked", async () => {
    const bytes = zipOf({ a: new Uint8Array(5_000_000) })
    const [entry] = await readZip(new Blob([bytes]))
    if (entry === undefined) throw new Error("no entry")
    expect(await failureOf(unpackEntry(new Blob([bytes]), entry, 10_000_000))).toBe("too-large")
  })

  test("with files that share their bytes is refused", async () => {
    const bytes = zipOf({ a: letter, b: letter }, { b: { offset: 0 } })
    expect(await failureOf(readZip(new Blob([bytes])))).toBe("damaged")
  })

  test.each([
    ["text", letter, "not-zip"],
    ["nothing", new Uint8Array(), "not-zip"],
    ["an archive without its beginning", zipOf(files).slice(40), "damaged"],
    ["an archive without its end", zipOf(files).slice(0, -30), "not-zip"],
  ])("is not %s", async (_, bytes, code) => {
    expect(await failureOf(readZip(new Blob([bytes])))).toBe(code)
  })
})

describe("a name in an archive", () => {
  test.each([
    ["UTF-8", [0xce, 0x91], "Α"],
    ["the western code page", [0x42, 0x81, 0x72, 0x6f], "Büro"],
    ["the Greek one", [0x84, 0xa5, 0xe3, 0xac, 0xa9, 0xab, 0x98], "Εξήυστα"],
  ])("is read in %s", (_, bytes, name) => {
    expect(zipName(Uint8Array.from(bytes))).toBe(name)
  })

  test.each([
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\me\\letter.pdf", "letter.pdf"],
    ["\u202egpj.exe", "gpj.exe"],
    ["a\u0000b\n.txt", "ab.txt"],
    ["...", "file"],
    ["", "file"],
    [`${"x".repeat(500)}.pdf`, `${"x".repeat(120)}.pdf`],
  ])("%j is shown as %j", (path, name) => {
    expect(safeName(path)).toBe(name)
  })

  test.each(["__MACOSX/._a.jpg", "a/.DS_Store", "Thumbs.db", "a\\desktop.ini"])("%s is no file of a person", (path) => {
    expect(isLeftover(path)).toBe(true)
    expect(isLeftover("a/b.jpg")).toBe(false)
  })
})
