import { describe, expect, test } from "vitest"
import { listArchive, nameOf, unpackFile } from "../../apps/shared/archive/read.ts"
import { zipOf } from "../kit/zip.ts"

const utf8 = (text: string) => new Uint8Array(new TextEncoder().encode(text))
const archive = (files: Record<string, Uint8Array<ArrayBuffer>>) => new Blob([zipOf(files)])
const filesOf = async (of: Blob) => {
  const listing = await listArchive(of)
  if (listing.outcome !== "files") throw new Error(listing.outcome)
  return listing
}

describe("an archive of files", () => {
  test("is listed by the names of people's files, without what systems put beside them", async () => {
    const { files, more } = await filesOf(
      archive({
        "b/letter.txt": utf8("b"),
        "a.txt": utf8("a"),
        "__MACOSX/a.txt": utf8("x"),
        ".DS_Store": utf8("x"),
        "b/Thumbs.db": utf8("x"),
      }),
    )
    expect(files.map(({ path }) => path)).toEqual(["a.txt", "b/letter.txt"])
    expect(more).toBe(0)
  })

  test("of more files than anybody looks through is cut, and the rest counted", async () => {
    const many = Object.fromEntries(Array.from({ length: 503 }, (_, place) => [`${place}.txt`, utf8("x")]))
    expect(await filesOf(archive(many))).toMatchObject({ files: { length: 500 }, more: 3 })
  })

  test("gives each file by what it is, whatever path it names", async () => {
    const of = archive({ "../../etc/letter.txt": utf8("A letter of the clinic") })
    const [entry] = (await filesOf(of)).files
    if (entry === undefined) throw new Error("there is no file")
    expect(nameOf(entry)).toBe("letter.txt")
    const unpacked = await unpackFile(of, entry)
    expect(unpacked).toMatchObject({ outcome: "file", detected: { kind: "text" } })
  })

  test("that is damaged, or none, says so, and so does a file in it that is too large", async () => {
    expect(await listArchive(new Blob(["no archive at all, but long enough"]))).toEqual({ outcome: "not-zip" })
    const of = archive({ "a.txt": utf8("A letter") })
    const [entry] = (await filesOf(of)).files
    if (entry === undefined) throw new Error("there is no file")
    expect(await unpackFile(of, { ...entry, crc: 1 })).toEqual({ outcome: "damaged" })
    expect(await unpackFile(of, { ...entry, encrypted: true })).toEqual({ outcome: "encrypted" })
    expect(await unpackFile(of, { ...entry, size: 65 * 1024 * 1024 })).toEqual({ outcome: "too-large" })
  })
})
